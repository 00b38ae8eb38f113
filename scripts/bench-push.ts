/**
 * How long after a canary's verdict HAProxy has the new weights: `npm run bench:push [-- CHANGES]`.
 * By socket: the verdict is folded into belief, judged, planned, committed, pushed, and seen by a connection of its own;
 * real recorder, store, pusher, sink and HAProxy. By agent: HAProxy asks for a plan that has just changed.
 * Needs `apt-get install haproxy`. Prints one line of JSON; exits with 1 above what the documentation promises.
 */

import { loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createBoard } from '../src/app/board.ts';
import { createClockWatch } from '../src/app/clock-watch.ts';
import { createDoorbell } from '../src/app/doorbell.ts';
import { pushForever } from '../src/app/pusher.ts';
import { createRecorder } from '../src/app/recorder.ts';
import { DAY, HOUR, MINUTE } from '../src/core/base.ts';
import type { TargetEvent, Verdict } from '../src/core/model.ts';
import type { Route } from '../src/core/route.ts';
import { DEFAULT_ROUTING } from '../src/core/routing.ts';
import type { RouterSink } from '../src/ports/channels.ts';
import type { Commit } from '../src/ports/store.ts';
import { haproxyAgent } from '../src/routers/haproxy-agent.ts';
import { haproxySocket } from '../src/routers/haproxy-socket.ts';
import { openSqlite } from '../src/store/sqlite.ts';
import { openStore } from '../src/store/store.ts';
import { systemClock } from '../src/system/clock.ts';
import { createHttp } from '../src/system/http.ts';
import { aSettings, NO_SIGNER } from '../test/app/world.ts';
import { startHaproxy, tcp, type Haproxy } from '../test/peers/haproxy.ts';
import { NAMES, planOf, serversOf } from '../test/peers/plans.ts';
import { backend, endAll, folder, freePort } from '../test/peers/process.ts';

const SOCKET_P99_MS_MAX = 10;
const AGENT_INTER_MS = 500;
const AGENT_CHANGES = 30;
const LOOKS_MAX = 10_000;
const KLING = 'kling/m';
const YEAR_MS = 365 * DAY;
const GOOD_IN_A_ROW = 24;

const changes = Number(process.argv[2] ?? 300);
const servers = serversOf((name) => `t2v/${name}`);
const http = createHttp({ clock: systemClock });

function quantiles(values: readonly number[]): { p50Ms: number; p99Ms: number } {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => {
    const value = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
    return Math.round(value * 100) / 100;
  };
  return { p50Ms: at(0.5), p99Ms: at(0.99) };
}

/** Weights that differ from those before, one target drained every other time. */
function weightsOf(n: number): number[] {
  const first = 10 + (n % 50);
  return n % 2 === 0 ? [first, 0, 100 - first] : [first, 30, 70 - first];
}

/** Looks until every server has its weight. */
async function seen(haproxy: Haproxy, weights: readonly number[], everyMs: number): Promise<void> {
  for (let n = 0; n < LOOKS_MAX; n++) {
    const held = await haproxy.weights();
    if (NAMES.every((name, n) => held[name] === weights[n])) return;
    if (everyMs > 0) await wait(everyMs);
  }
  throw new Error(`HAProxy never had ${weights.join(', ')}`);
}

/** What the machine itself takes: one question to HAProxy and one turn of the event loop. */
async function noise(haproxy: Haproxy): Promise<number> {
  const at = performance.now();
  await haproxy.weights();
  await new Promise((resolve) => setImmediate(resolve));
  return performance.now() - at;
}

/** Kling's canaries: bad ones, a minute apart, until it is down; then good ones, an hour apart, for a day. */
function* findings(isDown: () => boolean): Generator<TargetEvent> {
  let at = systemClock.now() - YEAR_MS;
  let good = 0;
  for (;;) {
    good = isDown() || (good > 0 && good < GOOD_IN_A_ROW) ? good + 1 : 0;
    at += good > 0 ? HOUR : MINUTE;
    const verdict: Verdict =
      good > 0
        ? { is: 'pass', text: 'a good video' }
        : { is: 'fail', cause: 'unavailable', blame: 'provider', text: 'answered 503' };
    yield { type: 'run.judged', at, runId: `${KLING}@${at}`, verdict, totalMs: good > 0 ? 40_000 : null };
  }
}

/** The daemon from the verdict to the push, with a route of three targets of which only health moves the weights. */
async function aDaemon(sink: RouterSink) {
  const [sample] = aSettings().targets;
  if (sample === undefined) throw new Error('no sample');
  const targets = NAMES.map((name) => ({
    ...sample,
    target: { id: `${name}/m`, provider: name, model: 'm', region: null },
  }));
  const route: Route = {
    id: 't2v',
    mode: 'enforce',
    capability: { task: 'text-to-video', durationsS: [], aspectRatios: [], resolutions: [], audio: false },
    members: targets.map(({ target }, n) => ({ target: target.id, baseWeight: [50, 30, 20][n] ?? 0 })),
    policy: { ...DEFAULT_ROUTING, qualityExponent: 0, speedExponent: 0, priceExponent: 0 },
    fallbackContent: [],
  };
  const sinks = [{ id: 'haproxy', sink }];
  const settings = { ...aSettings(), targets, routes: [route], sinks };
  const store = await openStore(openSqlite(join(folder(), 'reelwatch.db')));
  const board = createBoard(await store.open(), settings, systemClock.now(), createClockWatch(systemClock));
  const bell = createDoorbell(systemClock);
  const stop = new AbortController();
  const quiet = () => {};
  const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
  const observer = { pushed: quiet, committed: quiet, told: quiet } as never;
  const persist = <T>(call: () => Promise<T>) => call();
  const parts = { store, settings, board, clock: systemClock, log, observer, persist, ringChannels: quiet };
  const ring = ({ plans }: Commit) => void (plans.length > 0 && bell.ring());
  const loop = pushForever(parts, { id: 'haproxy', sink }, bell, { stop: stop.signal, cut: stop.signal });
  const end = async () => {
    stop.abort();
    await loop;
    await store.close();
  };
  return { board, recorder: createRecorder({ ...parts, ring }), end };
}

async function bySocket() {
  const haproxy = await startHaproxy(await Promise.all(NAMES.map((name) => backend(name))));
  const options = haproxySocket.options.parse({ socket: haproxy.socket, servers });
  const { board, recorder, end } = await aDaemon(
    haproxySocket.create({ options, http, tcp, signer: NO_SIGNER, clock: systemClock }),
  );
  const weightsNow = () => board.plan('t2v')?.members.map(({ weight }) => weight) ?? [];
  const [all, deciding, machine]: number[][] = [[], [], []];
  let last = '';
  for (const event of findings(() => board.state(KLING).health === 'down')) {
    if (all === undefined || all.length === changes) break;
    machine?.push(await noise(haproxy));
    const was = board.state(KLING).health;
    const beganAt = performance.now();
    await recorder.record(KLING, () => ({ event }));
    const weights = weightsNow();
    if (String(weights) === last) continue;
    last = String(weights);
    await seen(haproxy, weights, 0);
    const tookMs = performance.now() - beganAt;
    all.push(tookMs);
    if (was !== 'down' && board.state(KLING).health === 'down') deciding?.push(tookMs);
  }
  await end();
  return {
    verdictToVisible: quantiles(all ?? []),
    deciding: { count: deciding?.length ?? 0, ...quantiles(deciding ?? []) },
    noise: quantiles(machine ?? []),
  };
}

async function byAgent() {
  const port = await freePort();
  let held = planOf([50, 30, 20]);
  const options = haproxyAgent.options.parse({ port, servers });
  const stop = new AbortController();
  const agent = haproxyAgent.create({ options, http, tcp, signer: NO_SIGNER, clock: systemClock });
  const over = agent.listen({ plan: () => held, validUntil: () => Infinity }, stop.signal);
  const backends = await Promise.all(NAMES.map((name) => backend(name)));
  const haproxy = await startHaproxy(backends, { agentPort: port, agentInterMs: AGENT_INTER_MS });
  await seen(haproxy, [50, 30, 20], 1);
  const took: number[] = [];
  for (let n = 1; n <= AGENT_CHANGES; n++) {
    // Changes come at any moment between two checks.
    await wait((n * 137) % AGENT_INTER_MS);
    const weights = weightsOf(n);
    const at = performance.now();
    held = planOf(weights, { generation: n });
    await seen(haproxy, weights, 1);
    took.push(performance.now() - at);
  }
  stop.abort();
  await over;
  return { interMs: AGENT_INTER_MS, maxMs: Math.round(Math.max(...took)), ...quantiles(took) };
}

try {
  const socket = await bySocket();
  const agent = await byAgent();
  const isFast = socket.verdictToVisible.p99Ms - socket.noise.p99Ms < SOCKET_P99_MS_MAX;
  const isOnTime = agent.maxMs <= AGENT_INTER_MS + Math.max(20, socket.noise.p99Ms);
  const [load = 0] = loadavg();
  console.log(JSON.stringify({ changes, socket, agent, load: Math.round(load * 10) / 10, isFast, isOnTime }));
  process.exitCode = isFast && isOnTime ? 0 : 1;
} finally {
  await endAll();
  await http.close();
}

/**
 * How long after a verdict is committed HAProxy has the new weight: `npm run bench:push [-- CHANGES]`.
 * Real store, pusher, sink and HAProxy; who looks has a connection of its own. Needs `apt-get install haproxy`.
 * Prints one line of JSON; exits with 1 above what the documentation promises.
 */

import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createDoorbell } from '../src/app/doorbell.ts';
import { pushForever } from '../src/app/pusher.ts';
import { haproxyAgent } from '../src/routers/haproxy-agent.ts';
import { haproxySocket } from '../src/routers/haproxy-socket.ts';
import { openSqlite } from '../src/store/sqlite.ts';
import { openStore } from '../src/store/store.ts';
import { systemClock } from '../src/system/clock.ts';
import { createHttp } from '../src/system/http.ts';
import { startHaproxy, tcp, type Haproxy } from '../test/peers/haproxy.ts';
import { NAMES, planOf, serversOf } from '../test/peers/plans.ts';
import { backend, endAll, folder, freePort } from '../test/peers/process.ts';
import { aCommit } from '../test/store/samples.ts';

const SOCKET_P99_MS_MAX = 10;
const AGENT_INTER_MS = 500;
const AGENT_CHANGES = 30;
const LOOKS_MAX = 10_000;

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

async function bySocket() {
  const haproxy = await startHaproxy(await Promise.all(NAMES.map((name) => backend(name))));
  const store = await openStore(openSqlite(join(folder(), 'reelwatch.db')));
  await store.open();
  const options = haproxySocket.options.parse({ socket: haproxy.socket, servers });
  const sink = haproxySocket.create({ options, http, tcp, clock: systemClock });
  const bell = createDoorbell(systemClock);
  const stop = new AbortController();
  const quiet = () => {};
  const loop = pushForever(
    {
      store,
      clock: systemClock,
      board: { validUntil: () => Infinity, plan: () => null } as never,
      log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
      observer: { pushed: quiet } as never,
      persist: (call) => call(),
    },
    { id: 'haproxy', sink },
    bell,
    { stop: stop.signal, cut: stop.signal },
  );
  const [whole, after, machine]: number[][] = [[], [], []];
  for (let n = 1; n <= changes; n++) {
    machine?.push(await noise(haproxy));
    const weights = weightsOf(n);
    const plan = planOf(weights, { generation: n, previous: n - 1 });
    const commit = aCommit('kling/m', n, [], {
      plans: [{ plan, before: n - 1, sinks: ['haproxy'] }],
      generation: n,
    });
    const beganAt = performance.now();
    if ((await store.commit(commit)) !== 'done') throw new Error('the commit was refused');
    const committedAt = performance.now();
    bell.ring();
    await seen(haproxy, weights, 0);
    whole?.push(performance.now() - beganAt);
    after?.push(performance.now() - committedAt);
  }
  stop.abort();
  await loop;
  await store.close();
  return {
    afterCommit: quantiles(after ?? []),
    withCommit: quantiles(whole ?? []),
    noise: quantiles(machine ?? []),
  };
}

async function byAgent() {
  const port = await freePort();
  let held = planOf([50, 30, 20]);
  const options = haproxyAgent.options.parse({ port, servers });
  const stop = new AbortController();
  const agent = haproxyAgent.create({ options, http, tcp, clock: systemClock });
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
  const isFast = socket.afterCommit.p99Ms - socket.noise.p99Ms < SOCKET_P99_MS_MAX;
  const isOnTime = agent.maxMs <= AGENT_INTER_MS + Math.max(20, socket.noise.p99Ms);
  console.log(JSON.stringify({ changes, socket, agent, isFast, isOnTime }));
  process.exitCode = isFast && isOnTime ? 0 : 1;
} finally {
  await endAll();
  await http.close();
}

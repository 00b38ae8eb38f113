import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { policyOf } from '../../src/config/policy.ts';
import { PLAIN_SECTIONS } from '../../src/config/schema.ts';
import type { Effect } from '../../src/core/effect.ts';
import type { Verdict } from '../../src/core/model.ts';
import { createStreams } from '../../src/simulator/random.ts';
import { type RunningSimulator, startSimulator } from '../../src/simulator/server.ts';
import type { ProviderName, Submit } from '../../src/simulator/types.ts';
import { type Ledger, readLedger } from './ledger.ts';
import { freePorts, getJson, killAll, type Running, start, until } from './process.ts';

const KILLS = 20;
const SEED = 20_261_121;
/** A moment that does not come is not waited for: the kill falls where it falls. */
const PATIENCE_MS = 15_000;
/** Until then a life is spared, so that there is something to lose. */
const SPARED_MS_MAX = 2_500;
const LAG_MS_MAX = 40;
/** When all is whole again, the last life has so long to find that out. */
const CALM_MS_MAX = 120_000;

const HEALTH = {
  confirmGap: '200ms',
  canariesPerHourMax: 10_000,
  recoverEvery: '500ms',
  recoverEveryMax: '1s',
  settle: '1s',
  // It doubles with every relapse, and on a busy machine canaries this fast are slow in turns.
  hold: '20ms',
};
// Simulated accounts never run out: a warning would take the place of the messages that are to be interrupted.
const BUDGET = { perDay: '$200000', warnDays: 0 };
const POLICY = policyOf({
  health: PLAIN_SECTIONS.health.parse(HEALTH),
  budget: PLAIN_SECTIONS.budget.parse(BUDGET),
});
const PROVIDERS: ProviderName[] = ['runway', 'kling', 'fal', 'openai'];
const SINK = 'gateway';
const ROUTE = 't2v.default';

/** Calls that the daemon makes: it is killed just before such a call is answered, or a little after. */
const MOMENTS = ['order', 'poll', 'video', 'message', 'push'] as const;
type Moment = (typeof MOMENTS)[number];

/** By life of the daemon: what breaks as it begins, and what is whole again. */
const WEATHER: Record<number, [path: string, fault: object | null][]> = {
  1: [['_sim/kling', { kind: 'down' }]],
  3: [['inbox', { status: 500, for: '5s' }]],
  5: [['_sim/kling', null]],
  7: [['_sim/fal', { kind: 'bad_video', video: 'black' }]],
  9: [['router', { status: 503, for: '5s' }]],
  11: [['_sim/fal', null]],
  12: [['_sim/runway', { kind: 'no_credit' }]],
  14: [
    ['_sim/runway', null],
    ['inbox', { status: 500, for: '4s' }],
  ],
  16: [['_sim/kling', { kind: 'down' }]],
  19: [['_sim/kling', null]],
};

interface Life {
  daemon: Running;
  killedAt: number;
}
interface Status {
  epoch: number;
  generation: number;
  routes: { targets: { id: string; weight: number }[] }[];
  targets: { id: string; state: string; incident: object | null }[];
}

let directory: string;
let simulator: RunningSimulator;
let url: string;
let ledger: Ledger;
let status: Status;
const lives: Life[] = [];
const struck: Record<string, number> = {};

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'reelwatch-kill-'));
  simulator = await startSimulator({ port: 0, seed: SEED, speed: 80 });
  url = `http://127.0.0.1:${await freePorts()}`;
  writeFileSync(join(directory, 'config.yaml'), JSON.stringify(config()));
  await sufferAndRecover();
  ledger = await readLedger(join(directory, 'data', 'reelwatch.sqlite'), POLICY);
}, 400_000);
afterAll(async () => {
  killAll();
  await simulator.close();
  rmSync(directory, { recursive: true, force: true });
});

async function sufferAndRecover(): Promise<void> {
  const draw = createStreams(SEED)('kills');
  for (let life = 0; life < KILLS; life++) {
    for (const [path, fault] of WEATHER[life] ?? []) await setFault(path, fault);
    const daemon = begin();
    // Where something has just been broken, there will be a message to interrupt.
    const moment = WEATHER[life]?.some(([, fault]) => fault !== null && 'kind' in fault)
      ? 'message'
      : (MOMENTS[Math.floor(draw() * MOMENTS.length)] ?? 'order');
    await wait(draw() * SPARED_MS_MAX);
    // A third of the kills come before the answer, the others while the daemon is busy with it.
    const lagMs = Math.max(0, Math.round((draw() * 1.5 - 0.5) * LAG_MS_MAX));
    const hasStruck = await killAt(daemon, moment, lagMs);
    struck[hasStruck ? moment : 'other'] = (struck[hasStruck ? moment : 'other'] ?? 0) + 1;
    const { signal } = await daemon.end();
    if (signal !== 'SIGKILL') throw new Error(`it ended by itself: ${daemon.out()}${daemon.err()}`);
    lives.push({ daemon, killedAt: Date.now() });
  }
  const last = begin();
  let isLeft: unknown = null;
  status = await until(async () => {
    const now = await getJson<Status>(`${url}/v1/status`);
    const unwell = now.targets.filter(
      ({ state, incident }) => incident !== null || !['healthy', 'retired'].includes(state),
    );
    const { depth } = await getJson<{ depth: number }>(`${url}/v1/outbox`);
    isLeft = { unwell, depth };
    return unwell.length === 0 && depth === 0 ? now : null;
  }, CALM_MS_MAX).catch((error: unknown) => {
    const why = `no calm comes: ${JSON.stringify(isLeft)}`;
    throw new Error(`${why}\n${last.out().slice(-3_000)}`, { cause: error });
  });
  last.kill('SIGTERM');
  expect(await last.end()).toMatchObject({ code: 0 });
  lives.push({ daemon: last, killedAt: Infinity });
}

/** Kills the daemon at a call of that kind. @returns false where none came in time */
async function killAt(daemon: Running, moment: Moment, lagMs: number): Promise<boolean> {
  const { handle } = simulator.simulator;
  const came = new Promise<boolean>((resolve) => {
    simulator.simulator.handle = async (request) => {
      const response = await handle(request);
      if (momentOf(request) !== moment) return response;
      simulator.simulator.handle = handle;
      if (lagMs > 0) setTimeout(() => resolve(true), lagMs);
      else {
        // The signal is sent before the answer is.
        daemon.kill('SIGKILL');
        resolve(true);
      }
      return response;
    };
  });
  const hasCome = await Promise.race([came, wait(PATIENCE_MS, false)]);
  daemon.kill('SIGKILL');
  simulator.simulator.handle = handle;
  return hasCome;
}

function momentOf({ method, url }: Request): Moment | null {
  const [, first = '', second = ''] = new URL(url).pathname.split('/');
  if (first === 'assets') return 'video';
  if (first === 'inbox' && second === 'hook') return 'message';
  if (first === 'router' && second === 'hook') return 'push';
  if (!PROVIDERS.some((name) => name === first)) return null;
  return method === 'POST' ? 'order' : 'poll';
}

function begin(): Running {
  return start(['run', '-c', join(directory, 'config.yaml')], {
    REELWATCH_SIM_URL: simulator.origin,
    REELWATCH_PORT: new URL(url).port,
    REELWATCH_DATA_DIR: join(directory, 'data'),
  });
}

/** The demo's configuration at a pace that makes an outage a matter of seconds. */
function config(): object {
  const demo = parse(readFileSync('config/demo.yaml', 'utf8')) as {
    probe: object;
    providers: { id: string }[];
  };
  return {
    ...demo,
    budget: BUDGET,
    probe: { ...demo.probe, every: '1s', checkEvery: '2s' },
    health: HEALTH,
    providers: demo.providers.map((provider) => ({
      ...provider,
      pollEvery: '200ms',
      budgetPerDay: '$50000',
      // Only Kling's orders name their run: elsewhere one at a time says whose they are.
      concurrency: provider.id === 'kling' ? 3 : 1,
    })),
  };
}

async function setFault(path: string, fault: object | null): Promise<void> {
  const method = fault === null ? 'DELETE' : 'PUT';
  const body = fault === null ? null : JSON.stringify(fault);
  const answer = await fetch(`${simulator.origin}/${path}/faults`, { method, body });
  expect(answer.status).toBe(200);
}

function submitsOf(provider: ProviderName): Submit[] {
  return simulator.simulator.counters()[provider].submits;
}

it('was killed in the middle of every kind of work', () => {
  expect(Object.values(struck).reduce((sum, n) => sum + n, 0)).toBe(KILLS);
  expect(Object.keys(struck)).toEqual(expect.arrayContaining([...MOMENTS]));
  const interrupted = ledger.runs.filter(({ verdict }) => isInterrupted(verdict));
  expect(interrupted.length).toBeGreaterThan(0);
  expect(ledger.runs.length).toBeGreaterThan(interrupted.length + KILLS);
});

it('has ordered no slot twice: each run was submitted once at most', () => {
  const runs = ledger.runs.toSorted((a, b) => a.startedAt - b.startedAt);
  const keys = submitsOf('kling').map(({ key }) => key);
  expect(new Set(keys).size).toBe(keys.length);
  expect(runs.map(({ runId }) => runId)).toEqual(expect.arrayContaining(keys));

  for (const provider of PROVIDERS.filter((name) => name !== 'kling')) {
    const owners = submitsOf(provider).map(({ at, model }) =>
      runs.findLast(({ target, startedAt }) => startedAt <= at && modelOf(target) === model),
    );
    const ids = owners.map((run) => run?.runId);
    expect(ids).not.toContain(undefined);
    expect(ids.filter((id, n) => ids.indexOf(id) !== n)).toEqual([]);
  }
});

it('has forgotten no job and no money', () => {
  const known = new Set(ledger.runs.map(({ jobId }) => jobId));
  for (const provider of PROVIDERS) {
    const lost = submitsOf(provider).filter(({ jobId }) => !known.has(jobId));
    const interrupted = ledger.runs.filter(
      ({ target, verdict }) => target.startsWith(`${provider}/`) && isInterrupted(verdict),
    );
    // An order whose answer we did not live to see belongs to a run that says just that.
    expect(lost.length).toBeLessThanOrEqual(interrupted.length);
    const counted = ledger.runs
      .filter(({ target }) => target.startsWith(`${provider}/`))
      .reduce((sum, run) => sum + run.costUsd, 0);
    expect(counted).toBeGreaterThanOrEqual(simulator.simulator.counters()[provider].costUsd - 1e-6);
  }
});

it('believes exactly what follows from the recorded events', () => {
  for (const state of ledger.states) {
    const { version, health, incidentCount, lastRun, blind } = ledger.folded.get(state.id)?.state ?? {};
    expect({ version, health, incidentCount, lastRun, blind }).toEqual({
      version: state.version,
      health: state.health,
      incidentCount: state.incidentCount,
      lastRun: state.lastRun,
      blind: state.blind,
    });
  }
});

it('owes a message for each incident, blindness and retirement, and has told them all', () => {
  const effects = [...ledger.folded.values()].flatMap(({ effects }) => effects);
  const types = new Set(effects.map(({ effect }) => effect.type));
  expect([...types]).toEqual(
    expect.arrayContaining(['incident.opened', 'incident.closed', 'target.retired']),
  );

  const owed = effects.flatMap(({ key }) => [`${key}/log`, `${key}/slack`]);
  expect(ledger.outbox.map(({ key }) => key)).toEqual(owed.toSorted());
  expect(ledger.outbox.filter(({ state }) => state !== 'done')).toEqual([]);

  const messages = simulator.simulator.inbox().map(({ payload }) => JSON.stringify(payload));
  const untold = effects.filter(({ effect }) => !messages.some((message) => isAbout(message, effect)));
  expect(untold).toEqual([]);
});

it('has told nothing twice, but where it died between the telling and the noting', () => {
  const seen = new Map<string, number>();
  const repeated: string[] = [];
  for (const { at, payload } of simulator.simulator.inbox()) {
    const message = JSON.stringify(payload);
    const before = seen.get(message) ?? Infinity;
    if (before < at && !lives.some(({ killedAt }) => before < killedAt && killedAt <= at))
      repeated.push(message);
    seen.set(message, at);
  }
  expect(repeated).toEqual([]);

  // The log tells under the key of the outbox entry: no key twice in one life, none that is not owed.
  const told = lives.map(({ daemon }) => toldIn(daemon.out()));
  for (const stories of told) expect(new Set(stories).size).toBe(stories.length);
  const owed = ledger.outbox.filter(({ channel }) => channel === 'log').map(({ key }) => key);
  expect(owed).toEqual(expect.arrayContaining(told.flat().map((story) => story.split(' ')[0])));
});

it('leaves routers with the weights that its status shows', () => {
  const pushes = simulator.simulator
    .pushes()
    .filter((push) => push.status === 200)
    .map(
      (push) =>
        JSON.parse(push.body) as {
          data: { route: string; epoch: number; generation: number; weights: Record<string, number> };
        },
    )
    .map(({ data }) => data);
  const weights = status.routes[0]?.targets.map(({ id, weight }) => [id, weight]);

  expect(pushes.at(-1)).toMatchObject({ route: ROUTE, epoch: status.epoch });
  expect(pushes.at(-1)?.weights).toEqual(Object.fromEntries(weights ?? []));
  const order = pushes.map(({ epoch, generation }) => ({ epoch, generation }));
  expect(order).toEqual(order.toSorted((a, b) => a.epoch - b.epoch || a.generation - b.generation));
  expect(new Set(order.map(({ epoch }) => epoch)).size).toBeGreaterThan(KILLS / 2);
  expect(lives.at(-1)?.daemon.out()).toContain(`"sink":"${SINK}"`);
});

function isInterrupted(verdict: Verdict | null): boolean {
  return verdict?.is === 'inconclusive' && verdict.cause === 'interrupted';
}

function modelOf(target: string): string {
  return target === 'fal/pika-2.2' ? 'fal-ai/pika/v2.2/text-to-video' : target.slice(target.indexOf('/') + 1);
}

/** Slack has no keys: a message names its incident, or the second of what it tells. */
function isAbout(message: string, effect: Effect): boolean {
  if ('incident' in effect) {
    if (!message.includes(`"incident ${effect.incident.id}"`)) return false;
    const isOver = message.includes('"text":"🟢');
    // What was over before it could be told is told together with its end.
    return effect.type === 'incident.closed' ? isOver : !isOver || message.includes('(over now)');
  }
  const stamp = (type: string, at: number) => message.includes(`${type}  <!date^${Math.floor(at / 1000)}^`);
  if (effect.type !== 'blind.began') return stamp(effect.type, effect.at);
  return (
    stamp('blind.began', effect.at) ||
    (message.includes(effect.target) && message.includes('blind.ended') && message.includes('(over now)'))
  );
}

/** The stories that a life has written to its log: the key, and what happened. */
function toldIn(out: string): string[] {
  return out
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line) as { msg: string; entryKey?: string })
    .filter(({ entryKey, msg }) => entryKey?.endsWith('/log') === true && msg !== 'story told')
    .map(({ entryKey, msg }) => `${entryKey ?? ''} ${msg}`);
}

/**
 * The daemon dies, as a process and by SIGKILL, under everybody who follows it: a HAProxy whose weights it sets, a
 * HAProxy that asks it, an application with `reelwatch/client`, a webhook. Kling is down all the while.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Client, type ClientOptions, createClient } from '../../src/client/index.ts';
import { type RunningSimulator, startSimulator } from '../../src/simulator/server.ts';
import { freePorts, getJson, killAll, type Running, start, until } from '../e2e/process.ts';
import { type Haproxy, startHaproxy } from './haproxy.ts';
import { routerIn } from './pages.ts';
import { NAMES } from './plans.ts';
import { backend, endAll, folder, freePort, order, poll, shares } from './process.ts';

const ROUTE = 't2v.default';
const TARGETS = ['kling/kling-3.0', 'runway/gen4.5', 'luma/ray-3.2'];
/** What the operator configured, and what the application has in its own code: different, so that both can be told. */
const BASE = [50, 30, 20];
const CODE = [10, 20, 70];
const VALID_MS = 5_000;
const AGENT_INTER_MS = 200;

interface Status {
  epoch: number;
  generation: number;
  routes: { targets: { id: string; weight: number }[] }[];
}
interface Pushed {
  epoch: number;
  generation: number;
  status: number;
  body: string;
  headers: Record<string, string>;
}

let simulator: RunningSimulator;
let bySocket: Haproxy;
let byAgent: Haproxy;
let url: string;
let agentPort: number;
let directory: string;
let daemon: Running;
let client: Client<typeof ROUTE>;
/** What the application held, and what the webhook had been told, when the daemon died for the first time. */
let first: { status: Status; pushes: Pushed[] };

beforeAll(async () => {
  directory = folder();
  simulator = await startSimulator({ port: 0, seed: 7, speed: 80 });
  url = `http://127.0.0.1:${await freePorts()}`;
  agentPort = await freePort();
  const backends = await Promise.all(NAMES.map((name) => backend(name)));
  bySocket = await startHaproxy(backends);
  byAgent = await startHaproxy(backends, { agentPort, agentInterMs: AGENT_INTER_MS });
  writeFileSync(join(directory, 'config.yaml'), JSON.stringify(config()));
  await fault('_sim/kling', { kind: 'down' });
  client = follow();
  client.start();
  daemon = begin('data');
  await until(async () => (isDrained(await weightsNow()) ? true : null));
}, 60_000);
afterAll(killAll);
afterAll(endAll);
afterAll(async () => {
  await client.stop();
  await simulator.close();
});

it('is followed by all while it lives: Kling, which is down, gets no new order', async () => {
  const plan = await weightsNow();

  expect(plan.reduce((sum, weight) => sum + weight, 0)).toBe(100);
  expect(await shares(bySocket.port, 40)).not.toHaveProperty('kling');
  expect(await shares(byAgent.port, 40)).not.toHaveProperty('kling');
  expect(client.state().source).toBe('live');
  expect(drawn(client)).toEqual(plan);
});

it('leaves HAProxy with its last weights when it is killed, by socket and by agent, for as long as it is dead', async () => {
  const job = (await order(bySocket.port)).job;
  client.pin(job, TARGETS[1] ?? '');
  await until(() => (client.state().source === 'live' ? true : null));
  first = { status: client.document() as Status, pushes: pushes() };
  daemon.kill('SIGKILL');
  const atDeath = { source: client.state().source, weights: drawn(client) };
  expect(await daemon.end()).toMatchObject({ signal: 'SIGKILL' });
  const held = [await heldBy(bySocket), await heldBy(byAgent)];

  await until(async () => ((await stats(byAgent)).includes('Connection refused') ? true : null), 5_000);
  await until(() => (Date.now() > (client.state().validUntil ?? Infinity) ? true : null), VALID_MS + 5_000);

  expect(atDeath).toEqual({ source: 'live', weights: weightsOf(first.status) });
  for (const weights of held) expect(isDrained(weights)).toBe(true);
  expect([await heldBy(bySocket), await heldBy(byAgent)]).toEqual(held);
  expect(await statesBy(byAgent)).toEqual(NAMES.map(() => 'no check'));
  for (const { port } of [bySocket, byAgent]) expect(await shares(port, 40)).not.toHaveProperty('kling');
  expect(await poll(bySocket.port, job)).toBe(200);
});

it('leaves applications with the base weights once its last word has expired, and says that it has', () => {
  const stranger = follow();

  expect(client.state()).toMatchObject({ source: 'expired', epoch: first.status.epoch });
  expect(drawn(client)).toEqual(BASE);
  expect([...client.attempts(ROUTE)].map(({ id }) => id).toSorted()).toEqual(TARGETS.toSorted());
  expect(stranger.state()).toMatchObject({ source: 'code', epoch: null });
  expect(drawn(stranger)).toEqual(CODE);
});

it('goes on in a higher epoch after the restart, and at no moment gives Kling its weight back', async () => {
  const seen: number[] = [];
  daemon = begin('data');
  const status = await until(async () => {
    for (const haproxy of [bySocket, byAgent]) seen.push((await heldBy(haproxy))[0] ?? NaN);
    const newest = newestPush();
    const isHeard = newest.epoch > first.status.epoch && client.state().epoch === newest.epoch;
    return isHeard && client.state().source === 'live' ? (client.document() as Status) : null;
  });
  await until(async () => ((await stats(byAgent)).includes('refused') ? null : true), 5_000);
  seen.push((await heldBy(byAgent))[0] ?? NaN, (await heldBy(bySocket))[0] ?? NaN);

  expect(status.epoch).toBeGreaterThan(first.status.epoch);
  expect(status.generation).toBeGreaterThan(first.status.generation);
  expect(new Set(seen)).toEqual(new Set([0]));
  expect(drawn(client)[0]).toBe(0);
});

it('never pushes the plan that it died with: a router that was away gets the newest only', async () => {
  await fault('router', { status: 503 });
  await fault('_sim/kling', null);
  const before = newestPush();
  const unheard = await until(async () => {
    const { generation } = await getJson<Status>(`${url}/v1/status`);
    const [kling = 0] = await heldBy(bySocket);
    return kling > 0 && generation > before.generation ? generation : null;
  });
  // Not dead but mute: its port takes HAProxy's questions, and answers none.
  daemon.kill('SIGSTOP');
  await until(async () => ((await stats(byAgent)).match(/L[467]TOUT/g)?.length === 3 ? true : null), 10_000);
  const held = await heldBy(byAgent);
  await wait(AGENT_INTER_MS * 3);
  expect(await heldBy(byAgent)).toEqual(held);
  expect(await statesBy(byAgent)).toEqual(NAMES.map(() => 'no check'));
  daemon.kill('SIGKILL');
  await daemon.end();
  await fault('router', null);
  const told = pushes().length;

  daemon = begin('data');
  const after = await until(() => {
    const applied = pushes().slice(told);
    return applied.some(({ epoch }) => epoch > before.epoch) ? applied : null;
  });

  expect(after.filter(({ epoch, generation }) => epoch === before.epoch && generation < unheard)).toEqual([]);
  const all = pushes();
  expect(all.filter(({ status }) => status === 409)).toEqual([]);
  const applied = all.filter(({ status }) => status === 200).map(place);
  expect(applied).toEqual(applied.toSorted((a, b) => a.epoch - b.epoch || a.generation - b.generation));
});

it('is refused by whoever holds something newer, should an old plan come after all', async () => {
  const [old] = first.pushes;
  const again = await fetch(`${simulator.origin}/router/hook`, {
    method: 'POST',
    headers: old?.headers ?? {},
    body: old?.body ?? '',
  });
  const problems: string[] = [];
  const late = follow({
    document: client.document(),
    fetch: async () => Response.json(first.status),
    onProblem: ({ code, message }) => void problems.push(`${code}: ${message}`),
  });
  const drawnBefore = drawn(late);

  expect(again.status).toBe(409);
  expect(await again.json()).toMatchObject({ applied: place(newestPush()) });
  expect(await late.refresh()).toBe(false);
  expect(problems).toEqual([
    expect.stringContaining(`${first.status.epoch}.${first.status.generation} is older`),
  ]);
  expect(drawn(late)).toEqual(drawnBefore);
});

it('is followed even when it has lost all its data, because epochs come from the clock', async () => {
  const { epoch, generation } = newestPush();
  daemon.kill('SIGKILL');
  await daemon.end();

  daemon = begin('other-data');
  const newest = await until(() => {
    const push = newestPush();
    return push.epoch > epoch && client.state().epoch === push.epoch ? push : null;
  });

  expect(newest.generation).toBeLessThan(generation);
  expect(client.state()).toMatchObject({ source: 'live', epoch: newest.epoch });
});

function begin(data: string): Running {
  return start(['run', '-c', join(directory, 'config.yaml')], {
    REELWATCH_SIM_URL: simulator.origin,
    REELWATCH_PORT: new URL(url).port,
    REELWATCH_DATA_DIR: join(directory, data),
  });
}

/** The demo's providers behind one route, at a pace that makes an outage a matter of seconds. */
function config(): object {
  const demo = parse(readFileSync('config/demo.yaml', 'utf8')) as {
    probe: object;
    providers: { id: string }[];
    routes: { policy: object }[];
    routers: object[];
  };
  const targets = TARGETS.map((target, n) => ({ target, weight: BASE[n] }));
  const [sample] = demo.routes;
  return {
    budget: { perDay: '$200000', warnDays: 0 },
    probe: { ...demo.probe, every: '1s', checkEvery: '1s' },
    health: {
      confirmGap: '200ms',
      canariesPerHourMax: 10_000,
      recoverEvery: '500ms',
      settle: '1s',
      hold: '1s',
    },
    plans: { validFor: `${VALID_MS}ms` },
    providers: demo.providers
      .filter(({ id }) => NAMES.includes(id))
      .map((provider) => ({ ...provider, pollEvery: '200ms', budgetPerDay: '$50000' })),
    targets: TARGETS.map((target) => target.split('/')).map(([provider, model]) => ({ provider, model })),
    routes: [{ id: ROUTE, mode: 'enforce', targets, policy: sample?.policy }],
    alerts: [{ id: 'log' }],
    routers: [
      ...demo.routers,
      routerIn('haproxy-socket', { socket: bySocket.socket }),
      routerIn('haproxy-agent', { port: agentPort }),
    ],
  };
}

function follow(more: Partial<ClientOptions<typeof ROUTE>> = {}): Client<typeof ROUTE> {
  return createClient({
    url,
    routes: { [ROUTE]: { targets: named(CODE) } },
    updates: 'events',
    pollEveryMs: 200,
    timeoutMs: 1_000,
    ...more,
  });
}

/** What an application would order where, of a hundred jobs. */
function drawn(one: Client<typeof ROUTE>): number[] {
  const counts = new Map<string, number>();
  for (let n = 0; n < 100; n++) {
    const id = one.pick(ROUTE, {}, (n + 0.5) / 100)?.id ?? 'nobody';
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return TARGETS.map((target) => counts.get(target) ?? 0);
}

/** The weights that the daemon shows, once both HAProxies and the application have them, and the webhook was told. */
async function weightsNow(): Promise<number[]> {
  return until(async () => {
    const plan = weightsOf(await getJson<Status>(`${url}/v1/status`));
    const held = [await heldBy(bySocket), await heldBy(byAgent), drawn(client), pushedWeights()];
    return held.every((weights) => String(weights) === String(plan)) ? plan : null;
  });
}

function weightsOf(status: Status): number[] {
  return TARGETS.map((target) => status.routes[0]?.targets.find(({ id }) => id === target)?.weight ?? NaN);
}

async function heldBy(haproxy: Haproxy): Promise<number[]> {
  const held = await haproxy.weights();
  return NAMES.map((name) => held[name] ?? NaN);
}

/** All weight has gone from Kling to the other two. */
function isDrained([kling, ...others]: number[]): boolean {
  return kling === 0 && others.every((weight) => weight > 0) && others.reduce((a, b) => a + b, 0) === 100;
}

/** HAProxy's statistics of each server, as CSV. */
function stats(haproxy: Haproxy): Promise<string> {
  return haproxy.ask('show stat t2v 4 -1');
}

/** HAProxy says `no check` of a server that it has not taken out and that nothing but an agent answers for. */
async function statesBy(haproxy: Haproxy): Promise<string[]> {
  const [header = '', ...rows] = (await stats(haproxy)).trim().split('\n');
  const at = header.split(',').indexOf('status');
  return rows.map((row) => row.split(',')[at] ?? '');
}

/** What the webhook has been sent, oldest first. */
function pushes(): Pushed[] {
  return simulator.simulator.pushes().map(({ status, body, headers }) => {
    const { data } = JSON.parse(body) as { data: { epoch: number; generation: number } };
    return { epoch: data.epoch, generation: data.generation, status, body, headers };
  });
}

function newestPush(): Pushed {
  const newest = pushes().findLast(({ status }) => status === 200);
  if (newest === undefined) throw new Error('nothing was pushed');
  return newest;
}

function pushedWeights(): number[] {
  const { data } = JSON.parse(newestPush().body) as { data: { weights: Record<string, number> } };
  return TARGETS.map((target) => data.weights[target] ?? NaN);
}

function place({ epoch, generation }: Pushed): { epoch: number; generation: number } {
  return { epoch, generation };
}

function named<T>(values: readonly T[]): Record<string, T> {
  return Object.fromEntries(
    TARGETS.flatMap((target, n) => values.slice(n, n + 1).map((one) => [target, one])),
  );
}

async function fault(path: string, what: object | null): Promise<void> {
  const method = what === null ? 'DELETE' : 'PUT';
  const body = what === null ? null : JSON.stringify(what);
  const answer = await fetch(`${simulator.origin}/${path}/faults`, { method, body });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
}

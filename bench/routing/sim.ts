// The router and its users: every job is tried, tried again, and counted.

import { hash } from '../detection/rng.ts';
import { makeQueue, type Queue } from '../detection/queue.ts';
import { draw, type Desk, type Ended, type MakePolicy, type Policy } from './policy.ts';
import { generate, MAKERS, TIMEOUT_SEC, type Seconds, type World } from './world.ts';

const TRIES_MAX = 3;
/** A user asks once more after a video that cannot be used. */
const GENERATIONS_MAX = 2;
const BUSY_SEC = 0.3;

export interface Tally {
  jobs: number;
  delivered: number;
  /** The first try of a job gave a video that could be used. */
  firstTry: number;
  unusable: number;
  usd: number;
  canaryUsd: number;
  canaries: number;
  publishes: number;
  broken: string[];
  waitsSec: number[];
}

interface Job {
  readonly id: number;
  readonly arrivedAt: Seconds;
  generation: number;
  startedAt: Seconds;
  tried: number[];
}

type Happening = { is: 'job'; job: Job } | { is: 'end'; ended: Ended; job: Job | null } | { is: 'wake' };

interface Sim {
  readonly world: World;
  readonly queue: Queue<Happening>;
  readonly inFlight: number[];
  readonly flying: Seconds[][];
  readonly tally: Tally;
  now: Seconds;
  probes: number;
}

/** One world under one policy. */
export function simulate(world: World, load: number, make: MakePolicy): Tally {
  const sim: Sim = {
    world,
    queue: makeQueue(),
    inFlight: MAKERS.map(() => 0),
    flying: MAKERS.map(() => []),
    tally: freshTally(world.arrivals.length),
    now: 0,
    probes: 0,
  };
  const policy = make(deskOf(sim, load));
  for (const [id, at] of world.arrivals.entries())
    sim.queue.push(at, { is: 'job', job: { id, arrivedAt: at, generation: 0, startedAt: at, tried: [] } });
  for (let next = sim.queue.pop(); next !== undefined; next = sim.queue.pop()) {
    sim.now = next.at;
    happen(sim, policy, next.event);
  }
  return sim.tally;
}

function freshTally(jobs: number): Tally {
  const none = { delivered: 0, firstTry: 0, unusable: 0, usd: 0, canaryUsd: 0, canaries: 0, publishes: 0 };
  return { jobs, ...none, broken: [], waitsSec: [] };
}

function deskOf(sim: Sim, load: number): Desk {
  const lastAt = sim.world.arrivals.at(-1) ?? 0;
  return {
    load,
    now: () => sim.now,
    flying: (maker) => sim.flying[maker] ?? [],
    wake: (at) => {
      if (at <= lastAt) sim.queue.push(at, { is: 'wake' });
    },
    published: (broken) => {
      sim.tally.publishes++;
      sim.tally.broken.push(...broken);
    },
    canary: (maker) => {
      sim.tally.canaries++;
      sim.flying[maker]?.push(sim.now);
      order(sim, maker, `canary ${maker} ${++sim.probes}`, sim.now + TIMEOUT_SEC, null);
    },
  };
}

function happen(sim: Sim, policy: Policy, event: Happening): void {
  if (event.is === 'wake') policy.onWake?.();
  else if (event.is === 'job') attempt(sim, policy, event.job);
  else if (event.job === null) canaryEnded(sim, policy, event.ended);
  else jobEnded(sim, policy, event.ended, event.job);
}

/** Sends an order off; a full provider refuses it at once. */
function order(sim: Sim, maker: number, key: string, deadline: Seconds, job: Job | null): void {
  const startedAt = sim.now;
  if ((sim.inFlight[maker] ?? 0) >= (MAKERS[maker]?.slots ?? 0)) {
    sim.queue.push(sim.now + BUSY_SEC, { is: 'end', ended: { maker, startedAt, is: 'busy' }, job });
    return;
  }
  const outcome = generate(sim.world, maker, sim.now, key);
  sim.inFlight[maker] = (sim.inFlight[maker] ?? 0) + 1;
  const isLate = sim.now + outcome.afterSec > deadline;
  const ended: Ended = { maker, startedAt, is: isLate ? 'timeout' : outcome.is };
  sim.queue.push(isLate ? deadline : sim.now + outcome.afterSec, { is: 'end', ended, job });
}

function free(sim: Sim, { maker, is }: Ended): void {
  if (is !== 'busy') sim.inFlight[maker] = (sim.inFlight[maker] ?? 0) - 1;
}

function attempt(sim: Sim, policy: Policy, job: Job): void {
  const key = `${job.id} ${job.generation} ${job.tried.length}`;
  const chance = hash(sim.world.seed, 'route', key) / 2 ** 32;
  const maker = job.tried.length === 0 ? draw(policy.weights(), [], chance) : policy.next(job.tried, chance);
  if (maker === null) return;
  job.tried.push(maker);
  order(sim, maker, `job ${key}`, job.startedAt + TIMEOUT_SEC, job);
}

function jobEnded(sim: Sim, policy: Policy, ended: Ended, job: Job): void {
  const { tally } = sim;
  free(sim, ended);
  policy.onJob?.(ended);
  if (ended.is === 'usable' || ended.is === 'unusable') tally.usd += MAKERS[ended.maker]?.priceUsd ?? 0;
  switch (ended.is) {
    case 'usable':
      tally.delivered++;
      tally.waitsSec.push(sim.now - job.arrivedAt);
      if (job.generation === 0 && job.tried.length === 1) tally.firstTry++;
      return;
    case 'unusable':
      tally.unusable++;
      job.generation++;
      job.startedAt = sim.now;
      job.tried = [];
      if (job.generation < GENERATIONS_MAX) attempt(sim, policy, job);
      return;
    case 'refused':
    case 'failed':
    case 'busy':
      if (job.tried.length < TRIES_MAX) attempt(sim, policy, job);
      return;
    case 'timeout':
    case 'never':
      return;
  }
}

function canaryEnded(sim: Sim, policy: Policy, ended: Ended): void {
  free(sim, ended);
  const own = sim.flying[ended.maker] ?? [];
  own.splice(own.indexOf(ended.startedAt), 1);
  if (ended.is === 'usable' || ended.is === 'unusable')
    sim.tally.canaryUsd += MAKERS[ended.maker]?.priceUsd ?? 0;
  policy.onCanary?.(ended);
}

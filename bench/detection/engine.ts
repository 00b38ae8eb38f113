import { makeApi } from './api.ts';
import { activeBlip, faultWindow, netBreakAt } from './lookup.ts';
import { generate, type Outcome } from './outcome.ts';
import type { MakePolicy, Policy, PolicyOptions } from './policy.ts';
import { hash, seeded, uniform } from './rng.ts';
import { MIN } from './settings.ts';
import { type Event, type Job, makeSim, noteSeen, noteSeenNow, type Sim, type UserJob } from './sim.ts';
import type { Seconds } from './types.ts';
import type { World } from './world.ts';

/** Users' jobs that are known to run are worth remembering only past this length. */
const OPEN_JOB_SEC = 30;
const USERS = 40;
const OTHER_REGION_SHARE = 0.35;
const TIMEOUT_SEC = 600;

export interface Watched {
  readonly sim: Sim;
  readonly policy: Policy;
}

/** Lets one policy watch one world from beginning to end. */
export function watch(world: World, makePolicy: MakePolicy, options: PolicyOptions): Watched {
  const sim = makeSim(world);
  const api = makeApi(sim, (provider, evidence) => policy.onEvidence(provider, evidence));
  const policy: Policy = makePolicy(api, options);
  for (const provider of world.providers) {
    foresee(sim, provider.index);
    policy.start(provider.index);
  }
  for (let next = sim.queue.pop(); next !== undefined && next.at < world.end; next = sim.queue.pop()) {
    sim.now = next.at;
    happen(sim, policy, next.event);
  }
  sim.now = world.end;
  return { sim, policy };
}

/** Queues what will happen at a provider whatever is done. */
function foresee(sim: Sim, provider: number): void {
  const { world, queue } = sim;
  const first = world.arrivals[provider]?.[0];
  if (first !== undefined) queue.push(first, { kind: 'user', provider, nth: 0 });
  for (const { start, count, gapSec, reporter } of world.badReporters[provider] ?? [])
    for (let k = 0; k < count; k++) queue.push(start + k * gapSec, { kind: 'lie', provider, reporter });
  const posts = (world.faults[provider] ?? []).flatMap(({ status }) => (status ? [status] : []));
  if (world.providers[provider]?.hasStatusPage === true)
    for (const { post, clear, maint } of posts) {
      queue.push(readAt(post), { kind: 'status', provider, out: maint ? 'maint' : 'post' });
      queue.push(readAt(clear), { kind: 'status', provider, out: 'clear' });
    }
  for (const { post, clear } of world.statusNoise[provider] ?? []) {
    queue.push(readAt(post), { kind: 'status', provider, out: 'post' });
    queue.push(readAt(clear), { kind: 'status', provider, out: 'clear' });
  }
}

/** Status pages are read once a minute. */
function readAt(posted: Seconds): Seconds {
  return Math.ceil(posted / MIN) * MIN;
}

function happen(sim: Sim, policy: Policy, event: Event): void {
  const { provider } = event;
  const at = sim.now;
  switch (event.kind) {
    case 'wake':
      if (sim.wakeAt[provider] !== event.at) return;
      sim.wakeAt[provider] = Infinity;
      policy.onWake(provider);
      return;
    case 'cheap':
      if (event.out !== 'net') noteSeenNow(sim, provider);
      policy.onEvidence(provider, { kind: 'cheap', at, out: event.out });
      return;
    case 'queue':
      if (event.out !== 'net' && event.out !== 'ok') noteSeenNow(sim, provider);
      policy.onEvidence(provider, { kind: 'queue', at, out: event.out });
      return;
    case 'ack':
      event.job.isAcked = true;
      policy.onEvidence(provider, { kind: 'ack', at, job: event.job });
      return;
    case 'canary':
      endCanary(sim, policy, provider, event.job);
      return;
    case 'status':
      if (policy.hears.statusPages) policy.onEvidence(provider, { kind: 'status', at, out: event.out });
      return;
    case 'user':
      arrive(sim, policy, provider, event.nth);
      return;
    case 'lie':
      lie(sim, policy, provider, event.reporter);
      return;
    case 'report':
      endUserJob(sim, policy, provider, event.job);
      return;
  }
}

function endCanary(sim: Sim, policy: Policy, provider: number, job: Job): void {
  const { outcome, submittedAt, priceUsd } = job;
  const running = sim.inflight[provider] ?? [];
  running.splice(running.indexOf(job), 1);
  if (outcome.isBilled) {
    sim.spends.push({ at: sim.now, submittedAt, provider, usd: priceUsd });
    policy.onSpend?.(provider, priceUsd);
  }
  noteSeen(sim, outcome.cause);
  const { out, phase, durationSec, isBad, isBilled } = outcome;
  policy.onEvidence(provider, {
    kind: 'canary',
    at: sim.now,
    submittedAt,
    out,
    phase,
    durationSec,
    isBad,
    isBilled,
    priceUsd,
  });
}

/** A user asks for a generation; the router sends it here with the probability the policy last named. */
function arrive(sim: Sim, policy: Policy, provider: number, nth: number): void {
  const { world, queue, now, users } = sim;
  const next = world.arrivals[provider]?.[nth + 1];
  if (next !== undefined) queue.push(next, { kind: 'user', provider, nth: nth + 1 });
  const random = seeded(world.seed, 'u', provider, nth);
  const route = uniform(random);
  const reporter = Math.floor(uniform(random) * USERS);
  const region = uniform(random) < OTHER_REGION_SHARE ? 1 : 0;
  const report = uniform(random);
  users.total++;
  if (route >= (sim.weights[provider] ?? 1)) {
    users.diverted++;
    if (!faultWindow(world, provider, now) && !activeBlip(world, provider, now)) users.divertedHealthy++;
    return;
  }
  const job = { provider, at: now, key: `u${nth}`, region, timeoutSec: TIMEOUT_SEC, isOurs: false };
  const outcome = generate(world, job);
  if (outcome.out !== 'ok' || outcome.isReallyBad) {
    if (outcome.cause === null) users.background++;
    else users.failed++;
  }
  const isLost = netBreakAt(world, now + outcome.afterSec)?.losesReports === true;
  if (!policy.hears.reports || report >= world.settings.passiveFrac || isLost) return;
  const userJob = userJobOf(outcome, now, reporter, region);
  if (outcome.afterSec > OPEN_JOB_SEC) sim.open[provider]?.push(userJob);
  queue.push(now + outcome.afterSec + 1, { kind: 'report', provider, job: userJob });
}

function userJobOf(outcome: Outcome, submittedAt: Seconds, reporter: number, region: number): UserJob {
  return { submittedAt, isAcked: true, isCanary: false, priceUsd: 0, outcome, reporter, region };
}

const LIE: Outcome = {
  out: 'fail',
  phase: 'submit',
  afterSec: 3,
  ackSec: null,
  durationSec: null,
  isBad: false,
  isReallyBad: false,
  cause: null,
  isBilled: false,
};

function lie(sim: Sim, policy: Policy, provider: number, reporter: number): void {
  if (!policy.hears.reports) return;
  const chance = hash(sim.world.seed, provider, Math.floor(sim.now), reporter) / 4294967296;
  if (chance >= (sim.weights[provider] ?? 1)) return;
  const job = userJobOf(LIE, sim.now, reporter, 0);
  sim.queue.push(sim.now + LIE.afterSec, { kind: 'report', provider, job });
}

function endUserJob(sim: Sim, policy: Policy, provider: number, job: UserJob): void {
  const { outcome, submittedAt, reporter, region } = job;
  const open = sim.open[provider] ?? [];
  const place = open.indexOf(job);
  if (place >= 0) open.splice(place, 1);
  noteSeen(sim, outcome.cause);
  const { out, phase, durationSec } = outcome;
  policy.onEvidence(provider, {
    kind: 'report',
    at: sim.now,
    submittedAt,
    out,
    phase,
    durationSec,
    reporter,
    region,
  });
}

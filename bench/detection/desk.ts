// Everything reelwatch keeps in the benchmark: beliefs, the pool of money, and its own sight.

import type { Belief } from '../../src/core/belief.ts';
import { freshBelief, medianMs } from '../../src/core/belief.ts';
import type { DetectionPolicy } from '../../src/core/detection.ts';
import { hazardOf } from '../../src/core/hazard.ts';
import type { Judgement } from '../../src/core/judgement.ts';
import { decide, routerFactor } from '../../src/core/judgement.ts';
import type { Sight } from '../../src/core/ourselves.ts';
import { freshSight, isFrozen } from '../../src/core/ourselves.ts';
import type { LookBudget } from '../../src/core/look-budget.ts';
import { lookBudgetOf, spendableUsd } from '../../src/core/look-budget.ts';
import type { Pool } from '../../src/core/pool.ts';
import { freshPool, shareOut } from '../../src/core/pool.ts';
import type { Api, PolicyOptions, RunningJob } from './policy.ts';
import { BEGIN_MS, instantOf, runningJob } from './seen.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Users' jobs are given up after this long. */
const OPEN_JOB_MS_MAX = 900_000;
const CHECK_STAGGER_MS = 5_000;

/** All that is kept of one target. */
export interface Watch {
  readonly provider: number;
  readonly id: string;
  readonly priceUsd: number;
  belief: Belief;
  judgement: Judgement | null;
  jobs: readonly RunningJob[];
  nextCheckAt: number;
  /** Until then free checks may go on without a thought, as long as they are fine. */
  quietUntil: number;
  staleMs: number;
  hazard: { hour: number; onsets: number; value: number };
}

/** What all targets have in common. */
export interface Desk {
  readonly api: Api;
  readonly policy: DetectionPolicy;
  readonly options: PolicyOptions;
  readonly watches: Watch[];
  pool: Pool;
  sharedOutAt: number;
  sight: Sight;
  readonly spent: { sumUsd: number; head: number };
}

export function openDesk(api: Api, options: PolicyOptions, policy: DetectionPolicy): Desk {
  const { providers } = api.world;
  const misjudged = options.beliefs.latency ?? 1;
  const watches = providers.map(({ index, id, priceUsd, medianSec }): Watch => ({
    provider: index,
    id,
    priceUsd,
    belief: freshBelief(BEGIN_MS, medianSec * 1000 * misjudged, policy.belief),
    judgement: null,
    jobs: [],
    nextCheckAt: BEGIN_MS + ((index * CHECK_STAGGER_MS) % policy.demand.freeCheckMs),
    quietUntil: -Infinity,
    staleMs: HOUR_MS,
    hazard: { hour: -1, onsets: -1, value: 1 },
  }));
  const budgetUsd = options.budgetUsdPerProviderDay * providers.length;
  const pool = freshPool(budgetUsd, BEGIN_MS);
  const spent = { sumUsd: 0, head: 0 };
  const sight = freshSight(providers.length, BEGIN_MS);
  return { api, policy, options, watches, pool, sharedOutAt: -Infinity, sight, spent };
}

export function nowMs({ api }: Desk): number {
  return instantOf(api.now());
}

export function wakeAt({ api }: Desk, watch: Watch, at: number): void {
  api.wake(watch.provider, (at - BEGIN_MS) / 1000);
}

/** Hazard changes by the hour and with each onset; in between it is kept. */
export function hazardNow(desk: Desk, watch: Watch, at: number): number {
  const hour = Math.floor(at / HOUR_MS);
  const { onsets } = watch.belief;
  if (watch.hazard.hour !== hour || watch.hazard.onsets !== onsets) {
    watch.hazard = { hour, onsets, value: hazardOf(watch.belief, at, desk.policy) };
  }
  return watch.hazard.value;
}

/** Money of the last 24 h. */
function spentUsd(desk: Desk, at: number): number {
  const { api, spent } = desk;
  const list = api.spend();
  for (let next = list[spent.head]; next !== undefined; next = list[spent.head]) {
    if (instantOf(next.at) >= at - DAY_MS) break;
    spent.sumUsd -= next.usd;
    spent.head++;
  }
  return spent.sumUsd;
}

/** Canaries that this share of the budget still pays for, when those in flight are counted in full. */
export function affordable(desk: Desk, watch: Watch, at: number, share: number): number {
  let committed = spentUsd(desk, at);
  for (const { provider } of desk.watches) {
    for (const { priceUsd } of desk.api.inflight(provider)) committed += priceUsd;
  }
  let openUsd = 0;
  for (const each of desk.watches) if (each !== watch && each.belief.alert !== null) openUsd += each.priceUsd;
  const left = spendableUsd(desk.pool.budgetUsdPerDay, share, openUsd) - committed;
  return Math.max(0, Math.floor(left / watch.priceUsd));
}

/** What is left for looks at this target and all that are down, from the one pool. */
export function lookBudget(desk: Desk, watch: Watch, at: number): LookBudget {
  let spent = spentUsd(desk, at);
  let lookUsd = 0;
  for (const each of desk.watches) {
    for (const { priceUsd } of desk.api.inflight(each.provider)) spent += priceUsd;
    if (each === watch || each.belief.alert !== null) lookUsd += each.priceUsd;
  }
  const { budgetUsdPerDay: budgetUsd } = desk.pool;
  const orders = ordersOf(desk);
  return lookBudgetOf([{ provider: null, budgetUsd, spentUsd: spent, orders, lookUsd }], at);
}

function* ordersOf({ api, spent }: Desk): Iterable<{ at: number; usd: number }> {
  const list = api.spend();
  for (let next = spent.head; next < list.length; next++) {
    const order = list[next];
    if (order !== undefined) yield { at: instantOf(order.at), usd: order.usd };
  }
}

export function shareOutHourly(desk: Desk, at: number): void {
  if (at - desk.sharedOutAt < HOUR_MS) return;
  const isFirst = desk.sharedOutAt === -Infinity;
  desk.sharedOutAt = at;
  const members = desk.watches.map((watch) => ({
    priceUsd: watch.priceUsd,
    hazard: hazardNow(desk, watch, at),
    reportGapMs: watch.belief.reportGapMs,
    staleMs: isFirst ? null : watch.staleMs,
  }));
  const shared = shareOut(desk.pool, members, spentUsd(desk, at), at, desk.policy.demand);
  desk.pool = shared.pool;
  for (const [k, watch] of desk.watches.entries()) watch.staleMs = shared.staleMs[k] ?? watch.staleMs;
}

/** Judges a target and tells the router. */
export function evaluate(desk: Desk, watch: Watch): Judgement {
  const { api, policy } = desk;
  const at = nowMs(desk);
  const frozen = isFrozen(desk.sight, at);
  watch.quietUntil = -Infinity;
  watch.jobs = frozen ? [] : jobsOf(desk, watch, at);
  const jobs = watch.jobs.map(runningJob);
  const judgement = decide(watch.belief, jobs, at, policy, hazardNow(desk, watch, at));
  watch.belief = judgement.belief;
  watch.judgement = judgement;
  const { state } = judgement;
  if (frozen && (state === 'up' || state === 'suspect')) api.set(watch.provider, 'ours', 1);
  else {
    const factor = routerFactor(judgement, policy.judgement);
    api.set(watch.provider, state === 'blind' ? 'config' : state, factor);
  }
  return judgement;
}

function jobsOf({ api, options, policy }: Desk, watch: Watch, at: number): readonly RunningJob[] {
  if (options.without.has('jobs')) return [];
  const ours = api.inflight(watch.provider);
  if (options.without.has('reports')) return ours;
  const median = medianMs(watch.belief);
  const users = api.openJobs(watch.provider).filter(({ submittedAt }) => {
    const elapsedMs = at - instantOf(submittedAt);
    return elapsedMs > median && elapsedMs < OPEN_JOB_MS_MAX;
  });
  return users.length === 0 ? ours : [...ours, ...users.slice(-policy.demand.openJobsMax)];
}

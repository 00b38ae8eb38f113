// The product's own detection core in the benchmark's world: this file wires, and decides nothing.

import type { Demand } from '../../src/core/demand.ts';
import { freeCheckMs, nextProbe, noteStarted, patienceMs } from '../../src/core/demand.ts';
import type { DetectionPolicy } from '../../src/core/detection.ts';
import { observe } from '../../src/core/evidence.ts';
import type { Controls } from '../../src/core/ourselves.ts';
import { forgetOurs, isFrozen, onProbe } from '../../src/core/ourselves.ts';
import { relax } from '../../src/core/relax.ts';
import type { Desk, Watch } from './desk.ts';
import {
  affordable,
  evaluate,
  hazardNow,
  lookBudget,
  nowMs,
  openDesk,
  shareOutHourly,
  wakeAt,
} from './desk.ts';
import { misled } from './misbelief.ts';
import type { Evidence, MakePolicy, Policy } from './policy.ts';
import { instantOf, observationOf } from './seen.ts';

/** A running job is looked at once it is late, by so many spreads, and then every so often. */
const LATE_SPREADS = 1.3;
const LATE_LOOK_MS = 10_000;
const STARTED_LOOK_MS = 30_000;
const CALM_LOOK_MS = 600_000;
const TICK_MS = 500;
/** Right after the instant, not at it. */
const PAST_MS = 10;
const ROUNDING_MS = 0.001;

/** reelwatch with these numbers. */
export function reelwatch(base: DetectionPolicy): MakePolicy {
  return (api, options) => {
    const desk = openDesk(api, options, misled(base, options));
    const policy: Policy = {
      hears: { reports: !options.without.has('reports'), statusPages: !options.without.has('status') },
      budget: { totalUsdPerDay: desk.pool.budgetUsdPerDay, providerUsdPerDay: null },
      start: (provider) => withWatch(desk, provider, (watch) => step(desk, watch)),
      onWake: (provider) => withWatch(desk, provider, (watch) => wake(desk, watch)),
      onEvidence: (provider, evidence) => withWatch(desk, provider, (watch) => hear(desk, watch, evidence)),
      onSpend: (_, usd) => {
        desk.spent.sumUsd += usd;
      },
    };
    return policy;
  };
}

function withWatch(desk: Desk, provider: number, then: (watch: Watch) => void): void {
  const watch = desk.watches[provider];
  if (watch !== undefined) then(watch);
}

/** One look: judge, start canaries and free checks, and say when to look again. */
function step(desk: Desk, watch: Watch): void {
  const { api, policy } = desk;
  const judgement = evaluate(desk, watch);
  const at = nowMs(desk);
  if (isFrozen(desk.sight, at)) {
    waitForSight(desk, watch, at);
    return;
  }
  shareOutHourly(desk, at);
  const flying = api.inflight(watch.provider).map(({ submittedAt }) => instantOf(submittedAt));
  const demand = nextProbe(
    {
      judgement,
      flying,
      hazard: hazardNow(desk, watch, at),
      staleMs: watch.staleMs,
      at,
      affordable: (share) => affordable(desk, watch, at, share),
      lookBudget: () => lookBudget(desk, watch, at),
    },
    policy,
  );
  const timeoutSec = patienceMs(watch.belief, policy.demand) / 1000;
  for (let k = 0; k < demand.count; k++) api.canary(watch.provider, { timeoutSec });
  watch.belief = noteStarted(watch.belief, demand.count, at, policy.demand);
  let next = demand.count > 0 ? at + STARTED_LOOK_MS : (demand.lookAt ?? Infinity);
  const running =
    watch.jobs.length > api.inflight(watch.provider).length ? watch.jobs : api.inflight(watch.provider);
  for (const { submittedAt } of running) next = Math.min(next, lateLook(watch, submittedAt, at));
  if (!desk.options.without.has('checks'))
    next = Math.min(next, checkIfDue(desk, watch, demand, running.length));
  wakeAt(desk, watch, Math.max(next, at + TICK_MS));
}

function lateLook(watch: Watch, submittedAt: number, at: number): number {
  const { latency } = watch.belief;
  const startedAt = instantOf(submittedAt);
  const lateMs = Math.exp(latency.logMs + LATE_SPREADS * latency.sd);
  return at - startedAt < lateMs ? startedAt + lateMs + PAST_MS : at + LATE_LOOK_MS;
}

function checkIfDue(desk: Desk, watch: Watch, demand: Demand, running: number): number {
  const { judgement } = watch;
  const at = nowMs(desk);
  if (judgement === null) return watch.nextCheckAt;
  const isCalm = judgement.state === 'up' && judgement.fault < desk.policy.judgement.calmAt;
  const isQuiet =
    isCalm && demand.count === 0 && running === 0 && watch.belief.freeCheckFailingSince === null;
  const isDue = at >= watch.nextCheckAt - ROUNDING_MS;
  if (isDue) {
    watch.nextCheckAt = at + freeCheckMs(judgement, demand.isWorthwhile, desk.policy.demand);
    desk.api.cheap(watch.provider);
  }
  watch.quietUntil = isQuiet ? Math.min(demand.lookAt ?? Infinity, at + CALM_LOOK_MS) : -Infinity;
  return watch.nextCheckAt;
}

function waitForSight(desk: Desk, watch: Watch, at: number): void {
  if (at >= watch.nextCheckAt - ROUNDING_MS) {
    watch.nextCheckAt = at + desk.policy.demand.freeCheckFrozenMs;
    desk.api.cheap(watch.provider);
  }
  const sightAt = (desk.sight.frozenUntil ?? at) + TICK_MS;
  wakeAt(desk, watch, Math.max(at + TICK_MS, Math.min(watch.nextCheckAt, sightAt)));
}

function wake(desk: Desk, watch: Watch): void {
  const at = nowMs(desk);
  const isCheckDue = at >= watch.nextCheckAt - ROUNDING_MS;
  const isQuiet = at < watch.quietUntil && watch.belief.freeCheckFailingSince === null;
  if (!isQuiet || !isCheckDue || isFrozen(desk.sight, at)) {
    step(desk, watch);
    return;
  }
  watch.nextCheckAt = at + desk.policy.demand.freeCheckMs;
  wakeAt(desk, watch, Math.min(watch.nextCheckAt, watch.quietUntil));
  desk.api.cheap(watch.provider);
}

function hear(desk: Desk, watch: Watch, evidence: Evidence): void {
  const { policy } = desk;
  const at = nowMs(desk);
  const isOwn = evidence.kind === 'canary' || evidence.kind === 'cheap';
  // Whatever a provider answers, it has been reached.
  const isUnreached = isOwn && evidence.out === 'net';
  if (isOwn && evidence.out !== 'hang') lookAtOurselves(desk, watch, !isUnreached, at);
  const seen = observationOf(evidence, at);
  const hazard = hazardNow(desk, watch, at);
  if (seen !== null && !(isUnreached && isFrozen(desk.sight, at))) {
    watch.belief = observe(watch.belief, seen, policy.belief, hazard);
  } else if (evidence.kind === 'canary') {
    watch.belief = { ...relax(watch.belief, at, policy.belief, hazard), lastCanaryAt: at };
  }
  if (evidence.kind === 'cheap' && evidence.out === 'ok') {
    if (watch.quietUntil < at) evaluate(desk, watch);
    if (watch.belief.ours === null) return;
  }
  if (evidence.kind === 'cheap' && (evidence.out === 'auth' || evidence.out === 'quota')) {
    watch.nextCheckAt = Math.min(watch.nextCheckAt, at + policy.demand.freeCheckSuspectMs);
  }
  step(desk, watch);
}

function lookAtOurselves(desk: Desk, watch: Watch, isReached: boolean, at: number): void {
  const controls: Controls = isReached || desk.api.control() ? 'answer' : 'silent';
  const { sight, lost } = onProbe(
    desk.sight,
    { at, provider: watch.id, isReached, controls },
    desk.policy.ourselves,
  );
  desk.sight = sight;
  if (!lost) return;
  for (const each of desk.watches) each.belief = forgetOurs(each.belief, at, desk.policy.ourselves);
}

import { isControlOk } from './lookup.ts';
import { freeCheck, generate } from './outcome.ts';
import type { Api, Evidence, Verdict } from './policy.ts';
import { onsetIntensity } from './settings.ts';
import { isAlerting, type Job, type Sim } from './sim.ts';

const TIMEOUT_SEC = 600;
const ALARM_SOONEST_SEC = 0.001;
/** Smaller changes of a weight are not passed on to the router. */
const WEIGHT_STEP = 0.02;

/** The hands and eyes of a policy in a running simulation. */
export function makeApi(sim: Sim, tell: (provider: number, evidence: Evidence) => void): Api {
  const { world, queue } = sim;
  return {
    world,
    now: () => sim.now,
    canary: (provider, options = {}) =>
      startCanary(sim, provider, options.timeoutSec ?? TIMEOUT_SEC, options.region ?? 0),
    cheap(provider) {
      sim.checks++;
      const { out, afterSec } = freeCheck(world, provider, sim.now, ++sim.probes);
      if (out === 'ok') tell(provider, { kind: 'cheap', at: sim.now, out });
      else queue.push(sim.now + afterSec, { kind: 'cheap', provider, out });
    },
    queueProbe(provider) {
      const key = `q${++sim.probes}`;
      const job = { provider, at: sim.now, key, region: 0, timeoutSec: TIMEOUT_SEC, isOurs: true };
      const { phase, out, afterSec } = generate(world, job);
      const isEarly = phase === 'submit';
      queue.push(sim.now + (isEarly ? afterSec : 2), { kind: 'queue', provider, out: isEarly ? out : 'ok' });
    },
    control: () => isControlOk(world, sim.now),
    wake(provider, at) {
      if (at === sim.wakeAt[provider]) return;
      sim.wakeAt[provider] = at;
      if (at < world.end)
        queue.push(Math.max(at, sim.now + ALARM_SOONEST_SEC), { kind: 'wake', provider, at });
    },
    set: (provider, verdict, weight) => setVerdict(sim, provider, verdict, weight),
    verdict: (provider) => sim.verdicts[provider] ?? 'up',
    inflight: (provider) => sim.inflight[provider] ?? [],
    openJobs: (provider) => sim.open[provider] ?? [],
    spend: () => sim.spends,
    hazard: onsetIntensity,
  };
}

function startCanary(sim: Sim, provider: number, timeoutSec: number, region: number): Job {
  const submittedAt = sim.now;
  const key = `c${++sim.probes}`;
  const outcome = generate(sim.world, { provider, at: submittedAt, key, region, timeoutSec, isOurs: true });
  const priceUsd = sim.world.providers[provider]?.priceUsd ?? 0;
  const job: Job = { submittedAt, isAcked: false, isCanary: true, priceUsd, outcome };
  sim.canaries++;
  sim.inflight[provider]?.push(job);
  if (outcome.ackSec !== null && outcome.ackSec < outcome.afterSec)
    sim.queue.push(submittedAt + outcome.ackSec, { kind: 'ack', provider, job });
  sim.queue.push(submittedAt + outcome.afterSec, { kind: 'canary', provider, job });
  return job;
}

function setVerdict(sim: Sim, provider: number, verdict: Verdict, asked: number): void {
  const weight = Math.max(0, Math.min(1, asked));
  const before = sim.verdicts[provider] ?? 'up';
  if (verdict !== before || Math.abs((sim.weights[provider] ?? 1) - weight) > WEIGHT_STEP) {
    sim.verdicts[provider] = verdict;
    sim.weights[provider] = weight;
  }
  if (verdict !== before) sim.changes[provider]?.push({ at: sim.now, verdict });
  if (isAlerting(verdict) && !isAlerting(before)) sim.alerts.push({ provider, at: sim.now });
}

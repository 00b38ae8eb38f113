import { activeBlip, activeFault, netBreakAt, nextFault, spanAt } from './lookup.ts';
import type { CheckSeen, Ending, Phase } from './policy.ts';
import { between, normal, type Random, seeded, uniform } from './rng.ts';
import type { FailureModes, Fault, Provider, Seconds } from './types.ts';
import type { World } from './world.ts';

/** Cause of an ending that a blip brought about; faults are named by their id. */
export const BLIP = -2;

const ACK_SEC = 1.5;
const OWN_FAILURE_MODES: FailureModes = [0.5, 0.4, 0.1];

/** What becomes of one generation. */
export interface Outcome {
  readonly out: Ending;
  readonly phase: Phase;
  /** Seconds from the submission until the submitter knows. */
  readonly afterSec: number;
  /** Seconds until the job is accepted; null where it never is. */
  readonly ackSec: number | null;
  readonly durationSec: number | null;
  /** The content is broken, and a validator sees it; broken whether or not it is seen. */
  readonly isBad: boolean;
  readonly isReallyBad: boolean;
  /** The fault (by id) or blip behind it; null where there is none. */
  readonly cause: number | null;
  readonly isBilled: boolean;
}

export interface Submission {
  readonly provider: number;
  readonly at: Seconds;
  readonly key: string;
  readonly region: number;
  readonly timeoutSec: number;
  /** Ours are cut off by our own network, and have their content looked at. */
  readonly isOurs: boolean;
}

/** One generation. All chances are drawn first, so that what happens depends on them alone. */
export function generate(world: World, job: Submission): Outcome {
  const { provider: index, at, region } = job;
  const provider = world.providers[index];
  if (provider === undefined) throw new Error(`No provider ${index}`);
  const random = seeded(world.seed, 'gen', index, Math.floor(at * 1000), job.key);
  if (job.isOurs && netBreakAt(world, at)) return early('net', between(random, 3, 10), null);
  const fault = activeFault(world, index, at);
  const chance = draw(random);
  const refusal = definiteRefusal(fault);
  if (fault && refusal) return early(refusal, between(random, 0.3, 1.5), fault.id);

  const here = fault && (!fault.region || fault.region.r === region) ? fault : null;
  const force = here ? strength(here, at) : 0;
  let length = provider.medianSec * Math.exp(provider.sigma * normal(random));
  if (chance.tail < world.settings.tailP) length *= world.settings.tailFactor;
  if (here && here.slow > 1) length *= 1 + (here.slow - 1) * force;

  const failure = failureOf(world, provider, job, here, force, chance, length);
  if (failure) return fail(random, chance.mode, failure, length, job.timeoutSec, provider.billsFailures);
  const refusalRate = Math.max(provider.refusalRate, here ? here.refuse * force : 0);
  if (chance.refusal < refusalRate)
    return {
      ...early('refused', between(random, 1, 15), here && here.refuse > 0 ? here.id : null),
      ackSec: ACK_SEC,
    };
  const slowedBy = here && here.slow > 1 ? here.id : null;
  if (length >= job.timeoutSec) return late('hang', job.timeoutSec, slowedBy, provider.billsFailures);
  const isReallyBad = here !== null && here.bad > 0 && chance.bad < here.bad;
  const isBad = job.isOurs && here !== null && here.bad > 0 && chance.bad < here.bad * 0.95;
  return {
    ...late('ok', length, isBad && here ? here.id : slowedBy, true),
    durationSec: length,
    isBad,
    isReallyBad,
  };
}

interface Chances {
  readonly tail: number;
  readonly failure: number;
  readonly refusal: number;
  readonly background: number;
  readonly bad: number;
  readonly mode: number;
}

function draw(random: Random): Chances {
  const tail = uniform(random);
  const failure = uniform(random);
  // A spare draw, kept so that the ones behind it stay what they are.
  uniform(random);
  const refusal = uniform(random);
  const background = uniform(random);
  const bad = uniform(random);
  return { tail, failure, refusal, background, bad, mode: uniform(random) };
}

/** Our key, our quota, or a model that is no more: every request gets the same definite answer. */
function definiteRefusal(fault: Fault | null): 'auth' | 'quota' | 'gone' | null {
  if (fault?.cls === 'auth' || fault?.cls === 'quota') return fault.cls;
  return fault?.cls === 'retire' ? 'gone' : null;
}

/** How much of a ramping fault has come up yet, 0 to 1. */
function strength(fault: Fault, at: Seconds): number {
  return fault.ramp > 0 ? Math.min(1, (at - fault.start) / fault.ramp) : 1;
}

interface Failure {
  readonly cause: number | null;
  readonly modes: FailureModes;
  /** Seconds until the fault begins that kills the running job. */
  readonly struckSec: number | null;
}

/** Whether a generation fails: by the fault or blip of the moment, by itself, or by a fault that begins while it runs. */
function failureOf(
  world: World,
  provider: Provider,
  job: Submission,
  here: Fault | null,
  force: number,
  chance: Chances,
  length: number,
): Failure | null {
  const blip = activeBlip(world, provider.index, job.at);
  const err = here ? here.err * force : 0;
  const isBlip = blip !== null && blip.err > err;
  if (chance.failure < (isBlip ? blip.err : err))
    return isBlip
      ? { cause: BLIP, modes: [1, 0, 0], struckSec: null }
      : { cause: here?.id ?? null, modes: here?.modes ?? world.settings.modePartial, struckSec: null };
  if (chance.background < provider.failureRate)
    return { cause: null, modes: OWN_FAILURE_MODES, struckSec: null };
  const next = here ? null : nextFault(world, provider.index, job.at);
  if (!next || next.duty || next.start >= job.at + length) return null;
  if (next.region && next.region.r !== job.region) return null;
  const [, dies, hangs] = next.modes;
  return chance.failure < next.err * (dies + hangs)
    ? { cause: next.id, modes: [0, dies, hangs], struckSec: next.start - job.at }
    : null;
}

function fail(
  random: Random,
  chance: number,
  { cause, modes, struckSec }: Failure,
  length: number,
  timeoutSec: number,
  billsFailures: boolean,
): Outcome {
  const [submits, dies, hangs] = modes;
  const mode = chance * (submits + dies + hangs);
  if (mode < submits) {
    const afterSec = uniform(random) < 0.3 ? between(random, 5, 30) : between(random, 0.5, 4);
    return early('fail', afterSec, cause);
  }
  if (mode >= submits + dies) return late('hang', timeoutSec, cause, billsFailures);
  const afterSec =
    struckSec === null ? 5 + length * between(random, 0.1, 0.9) : struckSec + between(random, 2, 20);
  return late('fail', afterSec, cause, billsFailures);
}

function early(out: Ending, afterSec: number, cause: number | null): Outcome {
  return { ...late(out, afterSec, cause, false), phase: 'submit', ackSec: null };
}

function late(out: Ending, afterSec: number, cause: number | null, isBilled: boolean): Outcome {
  return {
    out,
    phase: 'late',
    afterSec,
    ackSec: ACK_SEC,
    durationSec: null,
    isBad: false,
    isReallyBad: false,
    cause,
    isBilled,
  };
}

export interface CheckOutcome {
  readonly out: CheckSeen['out'];
  readonly afterSec: number;
}

/** One free check: a list of models or a balance. It sees some faults, and some trouble that is none. */
export function freeCheck(world: World, index: number, at: Seconds, key: number): CheckOutcome {
  const random = seeded(world.seed, 'cheap', index, Math.floor(at * 1000), key);
  const chance = uniform(random);
  const wait = uniform(random);
  if (netBreakAt(world, at)) return { out: 'net', afterSec: 5 };
  const fault = activeFault(world, index, at);
  const refusal = definiteRefusal(fault);
  const seesRefusal = refusal !== 'quota' || world.providers[index]?.tellsBalance === true;
  if (refusal && seesRefusal) return { out: refusal, afterSec: 0.5 };
  let failing = world.settings.cheapQ0;
  if (fault && !fault.region) failing = Math.max(failing, fault.cheap * strength(fault, at));
  failing = Math.max(failing, activeBlip(world, index, at)?.cheap ?? 0);
  if (spanAt(world.checkTrouble[index] ?? [], at)) failing = Math.max(failing, 0.85);
  return chance < failing ? { out: 'fail', afterSec: wait < 0.4 ? 10 : 1 } : { out: 'ok', afterSec: 0.3 };
}

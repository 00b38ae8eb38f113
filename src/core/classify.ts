/** From facts to an opinion: what a failure means, whose fault it is, and what a whole run says. */

import { medianMs } from './belief.ts';
import { meaningOf, type Meaning } from './meaning.ts';
import type { Blame, Cause, TargetState, Verdict } from './model.ts';
import type { Failure, FailureKind, Trace } from './trace.ts';
import type { HealthPolicy } from './policy.ts';
import { isSeconded } from './unexplained.ts';
import { isSlow } from './usual.ts';

/** Whose fault each cause is. `model_missing` is theirs only where the model has worked for us before. */
export const BLAME: Record<Cause, Blame> = {
  unavailable: 'provider',
  overloaded: 'provider',
  timeout: 'provider',
  garbled: 'provider',
  job_lost: 'provider',
  bad_output: 'provider',
  retired: 'provider',
  model_missing: 'us',
  rate_limited: 'nobody',
  moderated: 'nobody',
  unknown_status: 'nobody',
  unexplained: 'nobody',
  not_inspected: 'nobody',
  interrupted: 'nobody',
  auth: 'us',
  no_access: 'us',
  no_credit: 'us',
  bad_request: 'us',
  unreachable: 'us',
  no_budget: 'us',
};

/** What strikes all targets at once: it is told once for all of them (daemon.ts), never for each. */
export const SHARED_CAUSES: ReadonlySet<Cause> = new Set(['unreachable', 'no_budget']);

/** What each cause is called when one person tells another. */
export const CAUSE_WORDS: Record<Cause | 'slow', string> = {
  unavailable: 'unavailable',
  overloaded: 'overloaded',
  timeout: 'too long without a result',
  garbled: 'answers that make no sense',
  job_lost: 'an accepted job disappeared',
  bad_output: 'unusable videos',
  retired: 'retired',
  model_missing: 'the model is not found',
  rate_limited: 'our rate limit was reached',
  moderated: 'the canary was refused by moderation',
  unknown_status: 'a status that is not documented',
  unexplained: 'a reason that cannot be read',
  not_inspected: 'the video could not be inspected here',
  interrupted: 'interrupted on our side',
  auth: 'our key was refused',
  no_access: 'our account has no access',
  no_credit: 'our account is out of credit',
  bad_request: 'our request was refused as invalid',
  unreachable: 'our own network is broken',
  no_budget: 'the canary budget is used up',
  slow: 'much slower than usual',
};

/**
 * The cause of a failure: the provider's own code table first, then what codes, status and message say (meaning.ts),
 * in the light of where in the run it was heard.
 */
export function causeOf(failure: Failure): Cause {
  const { kind, hint, network } = failure;
  if (kind === 'status') return causeOfAnswer(failure);
  if (kind === 'job') return readFailure(failure)?.cause ?? 'unexplained';
  return hint ?? causeOfKind(kind, network);
}

/** What an error answer or a failed job says of itself, and by what rule; null where it says nothing that is known. */
export function readFailure({ kind, hint, code, message, httpStatus }: Failure): Meaning | null {
  const codes = code === null ? [] : [code];
  if (kind === 'job') return meaningOf({ hint, codes, text: message, status: null, isJob: true });
  return meaningOf({ hint, codes, text: message, status: httpStatus ?? 500 });
}

function causeOfAnswer(failure: Failure): Cause {
  const { hint, phase, network } = failure;
  const status = failure.httpStatus ?? 500;
  // The finished video cannot be had: for the user that is a job without a result, whatever the storage answers.
  if (hint === null && phase === 'fetch')
    return status === 429 ? 'rate_limited' : status >= 500 ? 'unavailable' : 'bad_output';
  // Who asks after a job hears of the job: that it is gone does not retire the model.
  if (hint === null && (status === 404 || status === 410) && phase !== 'submit') return 'job_lost';
  // An answer that a proxy of ours may have given, while nobody else can be reached either.
  if (network === 'broken') return 'unreachable';
  // An error inside a 200 that says nothing we know: nobody can say what it means.
  return readFailure(failure)?.cause ?? 'unknown_status';
}

function causeOfKind(kind: Exclude<FailureKind, 'status' | 'job'>, network: Failure['network']): Cause {
  switch (kind) {
    case 'transport':
      return network === 'broken' ? 'unreachable' : 'unavailable';
    case 'silence':
      return network === 'broken' ? 'unreachable' : 'timeout';
    case 'deadline':
      return 'timeout';
    case 'garbled':
      return 'garbled';
    case 'strange':
      return 'unknown_status';
    case 'oversize':
    case 'unreadable':
      return 'bad_output';
    case 'address_refused':
    case 'not_inspected':
      return 'not_inspected';
    case 'lost':
      return 'interrupted';
  }
}

/** Whose fault a cause is for this target, given what it has done for us before. */
export function blameOf(cause: Cause, passesEver: number): Blame {
  return cause === 'model_missing' && passesEver > 0 ? 'provider' : BLAME[cause];
}

/** The opinion about a failure. `text` is what was heard or seen, verbatim. */
export function verdictOn(cause: Cause, text: string, passesEver: number): Verdict {
  const blame = blameOf(cause, passesEver);
  return blame === 'nobody' ? { is: 'inconclusive', cause, text } : { is: 'fail', cause, blame, text };
}

/** The opinion about a whole run, in the light of what is known about its target. */
export function judge(
  trace: Trace,
  { passesEver, belief }: Pick<TargetState, 'passesEver' | 'belief'>,
  policy: HealthPolicy,
): Verdict {
  if (trace.failure !== null) {
    const read = causeOf(trace.failure);
    const cause = read === 'unexplained' && isSeconded(belief, trace.endedAt) ? 'unavailable' : read;
    return verdictOn(cause, trace.failure.message, passesEver);
  }
  const wrong = trace.findings.filter((finding) => !finding.ok);
  if (wrong.length > 0)
    return verdictOn('bad_output', wrong.map((finding) => finding.text).join('; '), passesEver);
  const totalMs = totalMsOf(trace);
  if (totalMs !== null && belief !== null && isSlow(belief, totalMs, policy.detection.belief)) {
    const usualMs = medianMs(belief);
    return {
      is: 'slow',
      ratio: totalMs / usualMs,
      text: `took ${seconds(totalMs)}, usually ${seconds(usualMs)}`,
    };
  }
  return { is: 'pass', text: totalMs === null ? 'good video' : `good video after ${seconds(totalMs)}` };
}

/** From the order to the last byte, in ms; null where a restart or a standstill lay in between or nothing came of it. */
export function totalMsOf(trace: Trace): number | null {
  if (trace.isResumed || trace.failure !== null) return null;
  const { submit = 0, queue = 0, generate = 0, fetch = 0 } = trace.phasesMs;
  return submit + queue + generate + fetch;
}

/** A cause and what was heard, as one line: `server errors: upstream timed out`. */
export function reasonText(cause: Cause | 'slow', text: string): string {
  return `${CAUSE_WORDS[cause]}: ${text}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
}

/** Why a target is believed to be as it is, for people who want to check. */

import type { Instant } from './base.ts';
import type { Belief } from './belief.ts';
import type { DetectionPolicy } from './detection.ts';
import { explain } from './explain.ts';
import { EXPLANATIONS, type Explanation } from './explanations.ts';
import { hazardOf } from './hazard.ts';
import type { Judgement } from './judgement.ts';
import { decide } from './judgement.ts';
import type { Target, TargetId, TargetState } from './model.ts';
import type { RunningJob } from './observation.ts';
import type { Sign } from './signlist.ts';

export interface Why {
  /** P(any fault), 0..1. */
  fault: number;
  /** The most telling first. */
  sentences: string[];
  /** The likeliest first; they sum to 1. */
  explanations: { name: Explanation; probability: number }[];
  /** The newest first. */
  signs: readonly Sign[];
}

/** What surrounds a target when somebody asks. */
export interface Moment {
  at: Instant;
  /** Its canaries in flight. */
  jobs: readonly RunningJob[];
  targets: readonly Target[];
  states: ReadonlyMap<TargetId, TargetState>;
}

/** Null where nothing has been seen of the target yet. */
export function whyOf(target: Target, moment: Moment, policy: DetectionPolicy): Why | null {
  const state = moment.states.get(target.id);
  if (!state?.belief) return null;
  const judgement = judgedAt(state.belief, moment.jobs, moment.at, policy);
  const around = { recent: state.signs, counts: state.troubleCounts, others: othersOf(target, moment) };
  const explanations = EXPLANATIONS.map((name, k) => ({
    name,
    probability: judgement.probabilities[k] ?? 0,
  }));
  return {
    fault: judgement.fault,
    sentences: explain(judgement, around),
    explanations: explanations.toSorted((a, b) => b.probability - a.probability),
    signs: state.signs,
  };
}

/** The judgement of an instant, as the daemon makes it at each look; nothing of it is kept. */
export function judgedAt(
  belief: Belief,
  jobs: readonly RunningJob[],
  at: Instant,
  policy: DetectionPolicy,
): Judgement {
  // Before the first video nobody knows how long one takes.
  const timed = belief.okAt === null ? [] : jobs;
  return decide(belief, timed, at, policy, hazardOf(belief, at, policy));
}

/** How many of the other providers have nothing wrong with them; what is retired or unknown says nothing. */
function othersOf(target: Target, { targets, states }: Moment): { fine: number; all: number } {
  const isFine = new Map<string, boolean>();
  for (const other of targets) {
    const health = states.get(other.id)?.health ?? 'unknown';
    if (other.provider === target.provider || health === 'unknown' || health === 'retired') continue;
    isFine.set(other.provider, (isFine.get(other.provider) ?? true) && health === 'healthy');
  }
  const all = [...isFine.values()];
  return { fine: all.filter(Boolean).length, all: all.length };
}

/** What was seen, in a word, and how often in a row: `canary failed`, `free check failed ×14`. */
export function signWords(sign: Sign): string {
  return sign.times > 1 ? `${seenWords(sign)} ×${sign.times}` : seenWords(sign);
}

function seenWords({ seen, isSlow = false }: Sign): string {
  switch (seen.kind) {
    case 'canary':
    case 'report': {
      const how = isSlow ? 'slow' : OUTCOME_WORDS[seen.outcome.is];
      return `${seen.kind === 'canary' ? 'canary' : "user's job"} ${how}`;
    }
    case 'free_check':
      return `free check ${CHECK_WORDS[seen.is]}`;
    case 'status':
      return `status page ${seen.is}`;
    case 'sibling':
      return `another model ${seen.is === 'ok' ? 'answered' : 'was not answered'}`;
  }
}

const OUTCOME_WORDS = {
  ok: 'good',
  bad_output: 'unusable',
  fail: 'failed',
  refused: 'refused',
  gone: 'says that the model is gone',
  auth: 'says that it is our key',
  quota: 'says that it is our account',
};
const CHECK_WORDS = {
  ok: 'fine',
  fail: 'failed',
  gone: 'says that the model is gone',
  auth: 'says that it is our key',
  quota: 'says that it is our account',
};

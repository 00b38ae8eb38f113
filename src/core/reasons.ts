/** Why a target is shown as it is: a code for programs, and a line for people. */

import { reasonText } from './classify.ts';
import type { Judgement } from './judgement.ts';
import type { Health, Reason, TargetState } from './model.ts';

/** As much of the explanation as a line holds. */
const SENTENCES_MAX = 3;
const LIKELY = 0.5;

/** @param why explanation of the judgement, the most telling first */
export function reasonOf(
  health: Health,
  { judgement, why, state }: { judgement: Judgement; why: readonly string[]; state: TargetState },
): Reason {
  const newest = state.evidence[0];
  const told = why.slice(0, SENTENCES_MAX).join('; ');
  const heard = newest === undefined ? told : reasonText(newest.cause, newest.text);
  const code = newest?.cause ?? 'timeout';
  switch (health) {
    case 'down':
    case 'degraded':
      // Belief fades while nobody looks: what opened the incident is still the reason.
      return judgement.fault >= LIKELY ? { code, text: told } : state.reason;
    case 'suspect':
      return { code, text: `${heard}; P(fault) ${percent(judgement.fault)}` };
    case 'recovering':
      return { code: 'recovering', text: recovery(judgement) };
    case 'healthy':
      return state.reason.code === 'ok' ? state.reason : { code: 'ok', text: 'nothing is wrong any more' };
    case 'unknown':
      return state.reason.code === 'unknown'
        ? state.reason
        : { code: 'unknown', text: 'no good video has been made yet' };
    case 'retired':
      return state.reason;
  }
}

function recovery({ belief, fault }: Judgement): string {
  const isBad = (belief.lastBadAt ?? -Infinity) > (belief.okAt ?? -Infinity);
  const waits = belief.alert === null ? 'waiting whether it lasts' : 'not yet for sure';
  const how = isBad ? 'bad again, not yet for sure' : `good again, ${waits}`;
  return `${how}; P(fault) ${percent(fault)}`;
}

function percent(probability: number): string {
  return `${Math.round(100 * probability)} %`;
}

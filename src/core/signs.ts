/** The small moves that all kinds of evidence have in common. */

import type { Instant } from './base.ts';
import type { Background, Belief } from './belief.ts';
import { weigh } from './belief.ts';
import type { BackgroundPolicy, BeliefPolicy, ColumnOrUsual } from './explanations.ts';

/** Answers about our account nearer to each other than this are one: they come from one burst. */
const OURS_GAP_MS = 10_000;

/** A bad sign: trouble begins, unless it already has; `generations` of them were generations. */
export function troubled(belief: Belief, at: Instant, generations = 0): Belief {
  const badGenerations = belief.badGenerations + generations;
  if (belief.troubleSince !== null) return { ...belief, lastBadAt: at, badGenerations };
  return { ...belief, lastBadAt: at, badGenerations, troubleSince: at, calm: belief.probabilities };
}

/** The model is not there any more: it, or everything, is down for us. */
export function onGone(belief: Belief, at: Instant, policy: BeliefPolicy): Belief {
  return { ...troubled(belief, at, 1), probabilities: weigh(belief.probabilities, policy.modelGone, policy) };
}

/** Our key, quota or account: definite codes that say nothing about the provider. */
export function suspectOurs(belief: Belief, at: Instant, by: 'canary' | 'free_check'): Belief {
  const { ours } = belief;
  if (ours === null) return { ...belief, ours: { signs: 1, at, by } };
  if (at - ours.at <= OURS_GAP_MS) return belief;
  return { ...belief, ours: { signs: ours.signs + 1, at, by: ours.by === 'canary' ? 'canary' : by } };
}

/** The background after `add` more trials; old ones count half once there are many. */
export function counted(
  { bad, of }: Background,
  addBad: number,
  add: number,
  policy: BackgroundPolicy,
): Background {
  const more = { bad: bad + addBad, of: of + add };
  return more.of > policy.memory ? { bad: more.bad / 2, of: more.of / 2 } : more;
}

/** A column with the learnt rate where it has none of its own. */
export function orUsual(column: ColumnOrUsual, usual: number): number[] {
  const shares: number[] = [];
  for (let k = 0; k < column.length; k++) shares.push(column[k] ?? usual);
  return shares;
}

/** Shares of what works, from shares of what fails. */
export function opposite(shares: number[]): number[] {
  const others: number[] = [];
  for (let k = 0; k < shares.length; k++) others.push(1 - (shares[k] ?? 0));
  return others;
}

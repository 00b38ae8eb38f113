/** Reporters vote: whoever keeps on failing has one voice, and one voice alone is no outage. */

import type { Instant } from './base.ts';
import { fraction } from './base.ts';
import type { Belief } from './belief.ts';
import type { BeliefPolicy } from './explanations.ts';

/** One user with a hopeless prompt is no outage: one vote, until silent for `voteMs`. */
export function hasVoted(
  { votes }: Belief,
  reporter: string,
  at: Instant,
  { voteMs }: Pick<BeliefPolicy, 'voteMs'>,
): boolean {
  const id = reporterId(reporter);
  return votes.some(([voter, votedAt]) => voter === id && at - votedAt < voteMs);
}

/** Whether a reporter has begun the trouble at hand, and nobody and nothing else has spoken against the target since. */
export function isAlone(belief: Belief, reporter: string): boolean {
  const { votes, troubleSince, badGenerations, freeCheckFailingSince } = belief;
  if (troubleSince === null || badGenerations > 1 || freeCheckFailingSince !== null) return false;
  const id = reporterId(reporter);
  const voters = votes.filter(([, votedAt]) => votedAt >= troubleSince).map(([voter]) => voter);
  return voters.includes(id) && voters.every((voter) => voter === id);
}

/** Whether a reporter who has voted has told of a good job since, and that has counted. */
export function isGoodAgain({ votes }: Belief, reporter: string): boolean {
  const id = reporterId(reporter);
  return votes.some(([voter, , isGood]) => voter === id && isGood === true);
}

export function goodAgain(belief: Belief, reporter: string): Belief {
  const id = reporterId(reporter);
  return {
    ...belief,
    votes: belief.votes.map((vote) => (vote[0] === id ? ([vote[0], vote[1], true] as const) : vote)),
  };
}

/** Votes of the trouble at hand are kept as long as it lasts, the newest `votersMax` of them. */
export function voted(belief: Belief, reporter: string, at: Instant, policy: BeliefPolicy): Belief {
  const id = reporterId(reporter);
  const since = Math.min(at - policy.voteMs, belief.troubleSince ?? Infinity);
  const others = belief.votes.filter(([voter, votedAt]) => voter !== id && votedAt >= since);
  const kept = others.slice(Math.max(0, others.length - policy.votersMax + 1));
  return { ...belief, votes: [...kept, [id, at] as const] };
}

/** 32 bits are enough to tell a few dozen reporters apart, and keep their names out of our rows. */
function reporterId(reporter: string): number {
  return Math.floor(fraction(reporter) * 2 ** 32);
}

/**
 * Senders of reports: a router speaks for all of its users, and however many names it gives, it is one witness. What
 * one sender says moves the odds of a fault by a bounded factor only, and counts as one sign: enough to be suspected and
 * for a canary at once, never for an alert that nothing else supports. Where several say the same, each may say more.
 */

import type { Instant } from './base.ts';
import { fraction } from './base.ts';
import type { Belief } from './belief.ts';
import { elapsedMs, faultOf, normalised, sumOf } from './belief.ts';
import type { BeliefPolicy, Column } from './explanations.ts';
import { INDEX } from './explanations.ts';

/** What one sender has said of a target. */
export interface Said {
  /** The sender, hashed. */
  id: number;
  /** By how much it has moved the log odds of a fault, as of `at`; fades. */
  logOdds: number;
  at: Instant;
  /** When it last was a sign of trouble. */
  signAt: Instant | null;
}

/** Senders that are told apart; the one that has been silent for longest is forgotten. */
export const SENDERS_MAX = 16;
/** Having said so much of what it may, a sender speaks against the target. */
const ACCUSING_SHARE = 0.5;
const FIRST_TROUBLE = INDEX.blip;
/** What moves the odds by less has moved nothing. */
const LOG_ODDS_MIN = 1e-6;

type SenderPolicy = Pick<BeliefPolicy, 'senderFactorMax' | 'senderMs'>;

/**
 * Belief after a report, kept within what its sender may say.
 * @param before belief at the instant of the report, without it
 * @param told the same with the whole of the report in it
 */
export function withinSaid(
  before: Belief,
  told: Belief,
  { sender = '', at }: { sender?: string; at: Instant },
  policy: SenderPolicy,
): Belief {
  if (policy.senderFactorMax === Infinity) return told;
  const id = senderId(sender);
  const known = before.senders?.find((said) => said.id === id);
  const so = known === undefined ? 0 : faded(known, at, policy);
  const alone = Math.log(policy.senderFactorMax);
  const max = alone * (1 + countAccusing(before, at, policy, id));
  const wanted = logOdds(told) - logOdds(before);
  // What goes well is heard in full; but what it made unlikely, it must not make likely again without end.
  const moved = wanted <= 0 ? wanted : Math.max(0, Math.min(wanted, max - so));
  const isNews = wanted <= 0 || moved > LOG_ODDS_MIN;
  const isSign = isNews && told.badGenerations > before.badGenerations;
  const said: Said = {
    id,
    logOdds: Math.max(-alone, so + moved),
    at,
    signAt: isSign ? at : (known?.signAt ?? null),
  };
  const senders = [...(before.senders ?? []).filter((one) => one.id !== id), said].slice(-SENDERS_MAX);
  // What says nothing new leaves only its vote behind.
  if (!isNews) return { ...before, votes: told.votes, senders };
  return {
    ...told,
    senders,
    badGenerations: isSign && isSignOf(known, before) ? before.badGenerations : told.badGenerations,
    probabilities: moved === wanted ? told.probabilities : atOdds(told, logOdds(before) + moved),
  };
}

/** Whether some sender speaks against the target: more of its words would settle nothing, so nobody need wait for them. */
export function isAccused(belief: Belief, at: Instant, policy: SenderPolicy): boolean {
  return countAccusing(belief, at, policy, null) > 0;
}

function countAccusing(
  { senders = [] }: Belief,
  at: Instant,
  policy: SenderPolicy,
  except: number | null,
): number {
  const enough = ACCUSING_SHARE * Math.log(policy.senderFactorMax);
  return senders.filter((said) => said.id !== except && faded(said, at, policy) >= enough).length;
}

/** Whether a sender has been a sign in the trouble at hand. */
function isSignOf(said: Said | undefined, { troubleSince }: Belief): boolean {
  const signAt = said?.signAt ?? null;
  return signAt !== null && troubleSince !== null && signAt >= troubleSince;
}

function faded({ logOdds, at: then }: Said, at: Instant, { senderMs }: SenderPolicy): number {
  return logOdds * Math.exp(-elapsedMs(at, then) / senderMs);
}

/** Of any fault against all being well; a blip is neither, and goes by itself. */
function logOdds({ probabilities }: Belief): number {
  return Math.log(faultOf(probabilities) / wellOf(probabilities));
}

/** The same proportions among what is trouble, and among what is not, at other odds. */
function atOdds(belief: Belief, wanted: number): number[] {
  const factor = Math.exp(wanted - logOdds(belief));
  return normalised(belief.probabilities.map((share, k) => (k < FIRST_TROUBLE ? share : share * factor)));
}

function wellOf(probabilities: Column): number {
  return sumOf(probabilities.slice(0, FIRST_TROUBLE));
}

/** 32 bits tell senders apart, and keep the names of tokens out of our rows. */
function senderId(sender: string): number {
  return Math.floor(fraction(sender) * 2 ** 32);
}

/** Is it us? When everything fails at once, or what has nothing to do with any provider, our own network is in doubt. */

import type { Instant } from './base.ts';
import type { Belief } from './belief.ts';
import type { OurselvesPolicy } from './detection.ts';

/** What the daemon knows of its own network, across all providers. */
export interface Sight {
  /** When each provider was last reached, or could not be reached; one entry per provider. */
  probes: Readonly<Record<string, { at: Instant; isReached: boolean }>>;
  /** How many providers there are, and since when they are asked: nobody has heard of all of them right after a start. */
  providers: number;
  beganAt: Instant;
  /** Our network is in doubt; held until clearly fewer cannot be reached. */
  isLost: boolean;
  /** Until then nothing that could not be reached speaks against a provider. */
  frozenUntil: Instant | null;
}

/** What the control targets, which have nothing to do with any provider, do; `unknown` where there are none. */
export type Controls = 'answer' | 'silent' | 'unknown';

export interface Probed {
  at: Instant;
  /** Providers that share an upstream go by one name: only unrelated ones can show that it is us. */
  provider: string;
  /** Any answer reaches it, also one that it is broken. */
  isReached: boolean;
  controls: Controls;
}

export function freshSight(providers: number, beganAt: Instant): Sight {
  return { probes: {}, providers, beganAt, isLost: false, frozenUntil: null };
}

/**
 * Takes in whether a provider was just reached. Control targets decide where there are any: silent ones make it our own
 * network, and while they answer, only that no provider at all can be reached does. Without them the share of providers
 * that cannot be reached decides.
 * @returns `lost`: our network has just come into doubt, and what it made us believe is to be taken back, see
 *   `forgetOurs`; `restored`: it no longer is
 */
export function onProbe(
  sight: Sight,
  { at, provider, isReached, controls }: Probed,
  policy: OurselvesPolicy,
): { sight: Sight; lost: boolean; restored: boolean } {
  const seen: Sight = { ...sight, probes: { ...sight.probes, [provider]: { at, isReached } } };
  const isLost = isReached
    ? sight.isLost && controls !== 'answer' && isMassFailure(seen, at, policy.endShare, policy)
    : controls === 'silent' ||
      isMassFailure(seen, at, controls === 'answer' ? 1 : beginShareOf(sight, policy), policy);
  const frozenUntil = isLost && !isReached ? at + policy.freezeMs : sight.frozenUntil;
  // One more that cannot be reached ends no doubt; an answer does, of a provider or of the control targets.
  const isHeld = isLost || (sight.isLost && !isReached && controls !== 'answer');
  return {
    sight: { ...seen, isLost: isHeld, frozenUntil },
    lost: isHeld && !sight.isLost,
    restored: sight.isLost && !isHeld,
  };
}

export function isFrozen({ frozenUntil }: Sight, at: Instant): boolean {
  return frozenUntil !== null && frozenUntil > at;
}

/** Takes back what our own network made us believe: trouble that began right before sight was lost. */
export function forgetOurs(belief: Belief, at: Instant, { forgetMs }: OurselvesPolicy): Belief {
  const { alert, calm, troubleSince } = belief;
  if (alert !== null || calm === null || troubleSince === null || at - troubleSince >= forgetMs)
    return belief;
  return {
    ...belief,
    probabilities: calm,
    calm: null,
    troubleSince: null,
    badGenerations: 0,
    freeCheckFailingSince: null,
    freeCheckFails: 0,
  };
}

function beginShareOf({ isLost }: Sight, { beginShare, endShare }: OurselvesPolicy): number {
  return isLost ? endShare : beginShare;
}

/** Whether at least this share of the providers cannot be reached. Right after a start, those not heard of yet can. */
function isMassFailure(
  { probes, providers, beganAt }: Sight,
  at: Instant,
  share: number,
  policy: OurselvesPolicy,
): boolean {
  const recent = Object.values(probes).filter((probe) => at - probe.at < policy.windowMs);
  const failing = recent.filter(({ isReached }) => !isReached).length;
  const known = at - beganAt < policy.windowMs ? Math.max(providers, recent.length) : recent.length;
  if (known < policy.providersMin || failing < policy.failingMin) return false;
  return failing >= share * known;
}

/** Is it us? When everything fails at once, or what has nothing to do with any provider, our own network is in doubt. */

import type { Instant } from './base.ts';
import type { Belief } from './belief.ts';
import type { OurselvesPolicy } from './detection.ts';

/** What the daemon knows of its own sight, across all providers. */
export interface Sight {
  /** Each provider's latest own probe; one entry per configured provider. */
  probes: Readonly<Record<string, { at: Instant; failed: boolean }>>;
  /** Most providers fail at once; held until clearly fewer do. */
  isMass: boolean;
  /** Until then nothing that fails speaks against a provider. */
  frozenUntil: Instant | null;
}

export interface Probed {
  at: Instant;
  /** Providers that share an upstream go by one name: only unrelated ones can show that it is us. */
  provider: string;
  failed: boolean;
  /** Whether the control targets, which have nothing to do with any provider, answer. */
  areControlsFine: boolean;
}

export const FRESH_SIGHT: Sight = { probes: {}, isMass: false, frozenUntil: null };

/**
 * Takes in the latest free check or canary of a provider.
 * @returns `froze`: sight has just been lost, and what it made us believe is to be taken back, see `forgetOurs`
 */
export function onProbe(
  sight: Sight,
  { at, provider, failed, areControlsFine }: Probed,
  policy: OurselvesPolicy,
): { sight: Sight; froze: boolean } {
  const wasFrozen = isFrozen(sight, at);
  const probes = { ...sight.probes, [provider]: { at, failed } };
  // An answer begins no mass failure: only where one is held is there something to end.
  const isMass = (failed || sight.isMass) && isMassFailure(probes, at, sight.isMass, policy);
  const isDoubtful = (failed && !areControlsFine) || isMass;
  const frozenUntil = isDoubtful ? at + policy.freezeMs : sight.frozenUntil;
  return { sight: { probes, isMass, frozenUntil }, froze: isDoubtful && !wasFrozen };
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

function isMassFailure(
  probes: Sight['probes'],
  at: Instant,
  wasMass: boolean,
  policy: OurselvesPolicy,
): boolean {
  let known = 0;
  let failing = 0;
  for (const provider in probes) {
    const probe = probes[provider];
    if (probe === undefined || at - probe.at >= policy.windowMs) continue;
    known++;
    if (probe.failed) failing++;
  }
  if (known < policy.providersMin) return false;
  if (wasMass) return failing >= policy.endShare * known;
  return failing >= policy.beginShare * known && failing >= policy.failingMin;
}

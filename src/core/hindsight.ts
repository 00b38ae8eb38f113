/** Two accounts of the same time side by side: what was decided, and what would have been. */

import type { Instant } from './base.ts';
import { MINUTE } from './base.ts';
import type { Effect } from './effect.ts';
import type { Incident } from './model.ts';

/** Over so soon, and seen in one way only: it may have been nothing. */
export const SHORT_MS = 5 * MINUTE;

/** An incident from its first sign to its end. */
export interface Episode {
  id: string;
  /** Its first failure. */
  beganAt: Instant;
  reportedAt: Instant;
  /** Null while it goes on. */
  overAt: Instant | null;
  worst: Incident['worst'];
  cause: Incident['cause'];
  why: string[];
  /** It was over within `SHORT_MS`, and only canaries, only free checks, only users or only overdue jobs told of it. */
  isShort: boolean;
}

/** The same incident in both accounts, or in one of them alone. */
export interface Pair {
  decided: Episode | null;
  replayed: Episode | null;
}

/** The incidents that effects tell of, and the one that goes on at the end, by when they were reported. */
export function episodesOf(effects: readonly Effect[], open: Incident | null): Episode[] {
  const found = new Map<string, Episode>();
  if (open !== null) found.set(open.id, episode(open, null));
  for (const effect of effects) {
    if (effect.type === 'incident.closed') found.set(effect.incident.id, episode(effect.incident, effect.at));
    else if (effect.type === 'incident.opened' && !found.has(effect.incident.id))
      found.set(effect.incident.id, episode(effect.incident, null));
  }
  return [...found.values()].sort((a, b) => a.reportedAt - b.reportedAt);
}

function episode(incident: Incident, overAt: Instant | null): Episode {
  const { id, firstFailureAt: beganAt, detectedAt: reportedAt, worst, cause, evidence, why } = incident;
  const kinds = new Set(evidence.map(({ runId, by }) => by ?? (runId === null ? 'free check' : 'canary')));
  const isShort = overAt !== null && overAt - reportedAt <= SHORT_MS && kinds.size <= 1;
  return { id, beganAt, reportedAt, overAt, worst, cause, why, isShort };
}

/**
 * What the daemon decided: what it told of, and before the first of that, where no channel listened yet, what the fold
 * of the recorded events says. An end that no channel wanted to hear of is taken from the fold, too.
 */
export function decidedOf(given: {
  told: readonly Episode[];
  folded: readonly Episode[];
  /** How many incidents the target has had, and which is open, as its own state says. */
  counted: number;
  open: Incident | null;
}): { episodes: Episode[]; from: 'told' | 'folded' } {
  const { told, folded, counted, open } = given;
  if (counted === 0 || folded.length + told.length === 0) return { episodes: [], from: 'told' };
  const first = told[0];
  if (first === undefined) return { episodes: [...folded], from: 'folded' };
  const unheard = folded.filter((one) => one.reportedAt < first.reportedAt && !overlaps(one, first));
  const ended = told.map((one, n) => {
    if (one.overAt !== null || one.id === open?.id) return one;
    const overAt = folded.find((other) => overlaps(one, other))?.overAt ?? null;
    return { ...one, overAt: overAt ?? told[n + 1]?.beganAt ?? null };
  });
  return { episodes: [...unheard, ...ended], from: 'told' };
}

/** Incidents of both that overlap are the same, the earliest first; what overlaps none stands alone. */
export function pairsOf(decided: readonly Episode[], replayed: readonly Episode[]): Pair[] {
  const rest = [...replayed];
  const pairs = decided.map((one): Pair => {
    const n = rest.findIndex((other) => overlaps(one, other));
    return { decided: one, replayed: n < 0 ? null : (rest.splice(n, 1)[0] ?? null) };
  });
  const alone = rest.map((one): Pair => ({ decided: null, replayed: one }));
  return [...pairs, ...alone].sort((a, b) => beganAt(a) - beganAt(b));
}

/** The first failure in either account. */
export function beganAt({ decided, replayed }: Pair): Instant {
  return Math.min(decided?.beganAt ?? Infinity, replayed?.beganAt ?? Infinity);
}

/** The median time from the first failure to the report, in ms; null without any incident. */
export function detectMs(episodes: readonly Episode[]): number | null {
  return medianOf(episodes.map((one) => Math.max(0, one.reportedAt - one.beganAt)));
}

/** Of an even number the lower of the two in the middle; null of none. */
export function medianOf(values: readonly number[]): number | null {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? null;
}

function overlaps(a: Episode, b: Episode): boolean {
  return a.beganAt <= (b.overAt ?? Infinity) && b.beganAt <= (a.overAt ?? Infinity);
}

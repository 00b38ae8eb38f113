/** How fast weights may move: no faster up than the rise limit, and not at all where it is not worth telling. */

import type { Instant } from './base.ts';
import { MINUTE } from './base.ts';
import { byId } from './points.ts';

export interface Mover {
  id: string;
  /** Points at present, and points that are wanted. */
  from: number;
  to: number;
  /** By how much it has risen in the last minute, and when. */
  risen: readonly [at: Instant, points: number][];
  /** It is neither out nor excluded: until others may take its points it keeps them. */
  isLiving: boolean;
  /** A person's word, which is followed at once. */
  isFree: boolean;
}

/** What has risen within the minute before `at`; what lies ahead, because the clock was set back, counts as of `at`. */
export function recentRises(
  risen: readonly [at: Instant, points: number][],
  at: Instant,
): [at: Instant, points: number][] {
  return risen
    .filter(([since]) => at - since < MINUTE)
    .map(([since, points]) => [Math.min(since, at), points]);
}

/**
 * Points that rise no faster than the limit. What cannot rise yet stays with the living who were to fall, then goes to
 * any living that may still rise. Only where it would have to stay with the dead does the limit yield.
 * @returns the points in the order of the movers, with the sum of `to`
 */
export function limited(movers: readonly Mover[], at: Instant, perMinute: number): number[] {
  const bounds = movers.map(({ from, to, risen, isFree }) => {
    const used = recentRises(risen, at).reduce((points, [, rise]) => points + rise, 0);
    return isFree ? to : from + Math.max(0, perMinute - used);
  });
  const points = movers.map(({ to }, n) => Math.min(to, bounds[n] ?? to));
  let over = movers.reduce((sum, { to }, n) => sum + to - (points[n] ?? 0), 0);
  const order = movers.map(({ id }, n) => ({ id, n })).toSorted((a, b) => byId(a.id, b.id));
  const give = (room: (mover: Mover, n: number) => number): void => {
    for (; over > 0; over--) {
      const rooms = order.map(({ n }) => ({ n, left: room(movers[n] as Mover, n) - (points[n] ?? 0) }));
      const best = rooms.reduce((a, b) => (b.left > a.left ? b : a), { n: -1, left: 0 });
      if (best.left < 1) return;
      points[best.n] = (points[best.n] ?? 0) + 1;
    }
  };
  give(({ isLiving, isFree, from }, n) => (isLiving && !isFree ? Math.min(from, bounds[n] ?? 0) : 0));
  give(({ isLiving, isFree }, n) => (isLiving && !isFree ? (bounds[n] ?? 0) : 0));
  give(({ to }) => to);
  return points;
}

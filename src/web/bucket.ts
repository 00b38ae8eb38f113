/** Whom a key is given to, by weight. */

import { fraction } from '../core/base.ts';
import type { TargetId } from '../core/model.ts';
import type { Shares } from '../ports/render.ts';

/**
 * The same key is given to the same target while the weights stand, and a changed weight moves no more keys than it has
 * to: weighted rendezvous hashing (Mosko and others, 2005; Schindelhauer and Schomaker, SPAA 2005).
 * @param shares of which at least one weight is above zero
 */
export function bucketOf(shares: Shares, key: string): TargetId {
  let best: { target: TargetId; score: number } = { target: '', score: -Infinity };
  for (const { target, weight } of shares.members) {
    if (weight === 0) continue;
    // A draw of exactly zero has no logarithm.
    const draw = Math.max(fraction(`${target}\n${shares.route}\n${key}`), Number.EPSILON);
    const score = weight / -Math.log(draw);
    if (score > best.score) best = { target, score };
  }
  return best.target;
}

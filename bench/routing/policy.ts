// What a policy sees and says: it answers who is to try first, and who next.

import type { Outcome, Seconds } from './world.ts';

/** A generation of a user's job, or a canary, has ended; `busy`: the provider had no room. */
export interface Ended {
  readonly maker: number;
  readonly startedAt: Seconds;
  readonly is: Outcome['is'] | 'timeout' | 'busy';
}

export interface Desk {
  readonly now: () => Seconds;
  readonly load: number;
  /** Orders a canary; its end is told by `onCanary`. */
  readonly canary: (maker: number) => void;
  /** When the canaries of a provider that still fly were ordered. */
  readonly flying: (maker: number) => readonly Seconds[];
  /** Calls `onWake` at that time. */
  readonly wake: (at: Seconds) => void;
  /** Weights that went out to routers, checked. */
  readonly published: (broken: readonly string[]) => void;
}

export interface Policy {
  /** Shares of new jobs, in any unit. */
  readonly weights: () => readonly number[];
  /** Who is next after an explicit failure, given who was tried; null for nobody. */
  readonly next: (tried: readonly number[], chance: number) => number | null;
  readonly onJob?: (ended: Ended) => void;
  readonly onCanary?: (ended: Ended) => void;
  readonly onWake?: () => void;
}

export type MakePolicy = (desk: Desk) => Policy;

/** Draws by weight among those not tried; null where none has any. */
export function draw(weights: readonly number[], tried: readonly number[], chance: number): number | null {
  const open = weights.map((weight, maker) => (tried.includes(maker) ? 0 : weight));
  const total = open.reduce((sum, weight) => sum + weight, 0);
  let left = chance * total;
  for (const [maker, weight] of open.entries()) {
    left -= weight;
    if (weight > 0 && left < 0) return maker;
  }
  return null;
}

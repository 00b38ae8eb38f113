/** What the store is given to tell, beside what a commit holds. */

import type { Instant } from '../core/base.ts';
import type { Drift } from '../core/drift.ts';
import type { Story } from '../core/effect.ts';

/** One story for one channel. The key is derived: `target#version.n/channel`, `route:id#generation.n/channel`,
 * `daemon:matter#generation.n/channel`. */
export interface OutboxRow {
  key: string;
  channel: string;
  /** Whose stories are told in order: a target's id, `route:` and a route's, or `daemon:` and a matter. */
  target: string;
  story: Story;
  dueAt: Instant;
  /** Its place in that order; without it the version of the commit's state, and the place among its rows. */
  order?: [version: number, position: number];
}

/** What a router was found to hold, with what must be told of it: written together or not at all. */
export interface DriftNote {
  sink: string;
  route: string;
  /** The plan that was asked about. */
  generation: number;
  at: Instant;
  before: Drift | null;
  drift: Drift | null;
  /** What differs: the plan is pushed again. */
  error: string | null;
  outbox: OutboxRow[];
}

/** What people say about weights, on its way from the web layer to the app, and the file that says it for them. */

import type { Instant } from '../core/base.ts';
import type { Freeze, Hands as Said, Refusal, RoutePin } from '../core/hands.ts';
import type { TargetId } from '../core/model.ts';

export type { Refusal, RoutePin };

/** Who says it, and why. */
export interface Signed {
  author: string;
  reason: string;
}

export type Done<T> = { is: 'done'; what: T } | { is: 'refused'; refusal: Refusal };

/**
 * What people may do. Each answer comes when the deed is in the store and all routes have been planned with it.
 * @throws StoreError where the store does not take it; then it is not done
 */
export interface Hands {
  /** What has not ended. */
  said: () => Said;
  pin: (pin: RoutePin) => Promise<Done<RoutePin>>;
  unpin: (route: string, target: TargetId, by: Signed) => Promise<Done<RoutePin>>;
  /** @param route null for all */
  freeze: (route: string | null, until: Instant | null, by: Signed) => Promise<Done<Freeze>>;
  /** Lifts a person's freeze, and any of the policy's own with it. `what` holds which routes are still held. */
  thaw: (route: string | null, by: Signed) => Promise<Done<{ lifted: number; held: string[] }>>;
}

/** A file that freezes all routes for as long as it exists. The real one is system/flag.ts. */
export interface Flag {
  /** `unknown`: it cannot be told, and what was known last holds. */
  look: () => Promise<{ is: 'there'; reason: string } | { is: 'absent' } | { is: 'unknown'; why: string }>;
}

/** What lifts a freeze. */
export interface Thaw {
  at: Instant;
  /** null for the freeze of all routes. */
  route: string | null;
  /** The routes whose own policy's freezes are lifted with it. */
  routes: readonly string[];
  author: string;
  reason: string;
}

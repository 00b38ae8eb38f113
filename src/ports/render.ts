/** What turns a route's plan into a router's own words. */

import type { TargetId } from '../core/model.ts';
import type { PlanMember } from '../core/route.ts';

/** Who a target is, and where a router reaches it. */
export interface Place {
  provider: string;
  model: string;
  region: string | null;
  /** An http(s) address; null where none is configured. */
  address: string | null;
}

/** What of a plan routers follow: weights are integers that sum to 100. */
export interface Shares {
  route: string;
  members: readonly Pick<PlanMember, 'target' | 'weight' | 'role'>[];
  /** Whom to try next after a failure, best first. */
  fallback: readonly TargetId[];
}

/** A router's own form of a plan. */
export interface Render {
  /** How it is asked for: `/v1/render/{format}/{route}`. */
  format: string;
  title: string;
  mediaType: string;
  /** Whether it means nothing without the address of every target that may get jobs. */
  needsAddresses: boolean;
  /** The same bytes for the same weights: no time, no generation, nothing that moves on its own. */
  write: (plan: Shares, placeOf: (target: TargetId) => Place) => string;
}

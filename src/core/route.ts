/** The words of routes: what a router is told, as levels. The newest plan is the only one that matters. */

import type { Instant } from './base.ts';
import type { Reason, ShownState, TargetId } from './model.ts';
import type { RoutingPolicy } from './routing.ts';

/** `serve` takes new jobs by weight; `drain` takes none but keeps its running ones and is a last resort; `exclude` never. */
export type Role = 'serve' | 'drain' | 'exclude';
export type Posture = 'normal' | 'spill' | 'panic' | 'frozen';

/** What kind of job a route's targets can all do. */
export interface Capability {
  task: 'text-to-video' | 'image-to-video';
  durationsS: number[];
  aspectRatios: string[];
  resolutions: string[];
  audio: boolean;
}

/** A named set of interchangeable targets, as configured. */
export interface Route {
  id: string;
  mode: 'dry_run' | 'enforce';
  capability: Capability;
  members: RouteMember[];
  policy: RoutingPolicy;
  /** Videos made beforehand, which an application can show while no target makes any. */
  fallbackContent: FallbackVideo[];
}

export interface RouteMember {
  target: TargetId;
  baseWeight: number;
  /** Targets of one provider are put out together; without it, what stands before the slash of the id. */
  provider?: string;
  /** Jobs that the target takes at once, where somebody has said. */
  inFlightMax?: number;
}

export interface FallbackVideo {
  url: string;
  description: string;
  category: string;
  tags: string[];
  licence: string;
}

/** A person's word about one target of one route, above every rule until it ends. */
export interface Pin {
  target: TargetId;
  /** Points of 100; `exclude`: no jobs at all, not even as a last resort. */
  weight: number | 'exclude';
  until: Instant;
  author: string;
  reason: string;
}

/** Weights are held as they are: a person, or the policy itself, has stopped them. */
export interface Frozen {
  since: Instant;
  why: string;
  /** `policy` where nobody else said so. */
  by: string;
  /** When it ends by itself; absent where somebody has to lift it. */
  until?: Instant;
}

/** By what the base weight is multiplied, each to two digits, so that a person can check it by hand. */
export interface Factors {
  state: number;
  quality: number;
  speed: number;
  price: number;
  /** Its capacity allows no more than this. */
  capped: boolean;
}

/** What keeps a weight from being what its factors ask for. */
export type Held = 'pin' | 'frozen' | 'rise' | 'deadband' | 'ejection' | 'ramp';

/** The way back of a target that was out: `step` 0 is out, then the steps of the ramp. */
export interface Ramp {
  step: number;
  at: Instant;
  /** The videos that it had made when the step began: the next one needs another. */
  passes: number;
}

export interface PlanMember {
  target: TargetId;
  baseWeight: number;
  /** Integer points of 100. */
  weight: number;
  role: Role;
  state: ShownState;
  since: Instant;
  reason: Reason;
  factors: Factors;
  /** The points that the factors, capacity and pins ask for. */
  wanted: number;
  /** Why `weight` is, or its factors are, another; the most telling reason. */
  held: Held | null;
  pin: Pin | null;
  inFlightMax: number | null;
  ramp: Ramp | null;
  /** By how many points the weight has risen, and when, in the last minute. */
  risen: [at: Instant, points: number][];
  /** Since when its provider is out; null where it is not. */
  ejectedAt: Instant | null;
}

/** One route's weights at one moment: integers that sum to 100, never all zero. */
export interface RoutePlan {
  route: string;
  mode: 'dry_run' | 'enforce';
  posture: Posture;
  epoch: number;
  generation: number;
  /** The generation that this plan follows; 0 for the first. */
  previous: number;
  issuedAt: Instant;
  members: PlanMember[];
  /** Whom to try next after an explicit failure, best first; holds drained targets too. */
  fallback: TargetId[];
  /** Not null exactly while posture is `frozen`. */
  frozen: Frozen | null;
  /** The change of state that brought this plan about; null for the first one. */
  transition: { target: TargetId; from: ShownState; to: ShownState; reason: string } | null;
}

/** What a plan says of a member of which nothing is known, and with which nothing was done. */
export const AT_REST: Pick<
  PlanMember,
  'factors' | 'held' | 'pin' | 'inFlightMax' | 'ramp' | 'risen' | 'ejectedAt'
> = {
  factors: { state: 1, quality: 1, speed: 1, price: 1, capped: false },
  held: null,
  pin: null,
  inFlightMax: null,
  ramp: null,
  risen: [],
  ejectedAt: null,
};

/** The routes that each target is in, in the order in which they are configured. */
export function routesByTarget(routes: readonly Route[]): ReadonlyMap<TargetId, readonly Route[]> {
  const found = new Map<TargetId, Route[]>();
  for (const route of routes)
    for (const { target } of route.members) {
      const known = found.get(target);
      if (known === undefined) found.set(target, [route]);
      else if (known.at(-1) !== route) known.push(route);
    }
  return found;
}

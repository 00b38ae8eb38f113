/** The words of routes: what a router is told, as levels. The newest plan is the only one that matters. */

import type { Instant } from './base.ts';
import type { Reason, ShownState, TargetId } from './model.ts';

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
  members: { target: TargetId; baseWeight: number }[];
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
  factors: { state: number };
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
  /** The change of state that brought this plan about; null for the first one. */
  transition: { target: TargetId; from: ShownState; to: ShownState; reason: string } | null;
}

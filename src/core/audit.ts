/** The audit: what people did, what became of plans, and what routers made of them. It is only ever added to. */

import type { Instant } from './base.ts';
import type { Freeze, RoutePin } from './hands.ts';
import { weightLine } from './line.ts';
import type { TargetId } from './model.ts';
import type { Factors, Frozen, Held, Posture, Role, Route, RoutePlan } from './route.ts';

/** What became of a pin. One that ended by itself is signed as it was set. */
export interface PinDeed {
  type: 'pinned' | 'unpinned' | 'pin.ended';
  at: Instant;
  route: string;
  target: TargetId;
  author: string;
  reason: string;
  before: RoutePin | null;
  after: RoutePin | null;
}

/** What became of a freeze. Where both `before` and `after` are null, a freeze of the policy's own was lifted. */
export interface FreezeDeed {
  type: 'frozen' | 'thawed' | 'freeze.ended';
  at: Instant;
  /** null for all routes. */
  route: string | null;
  author: string;
  reason: string;
  before: Freeze | null;
  after: Freeze | null;
}

/** One member of a plan that changed something: what its weight was made of. */
export interface PlannedMember {
  target: TargetId;
  /** null where it was in no plan before. */
  before: number | null;
  weight: number;
  baseWeight: number;
  role: Role;
  state: string;
  factors: Factors;
  wanted: number;
  held: Held | null;
  pinnedBy: string | null;
  /** The weight as a line that can be checked by hand. */
  line: string;
}

/** A published plan that gives some target another weight or role, or the route another posture. */
export interface Planned {
  type: 'planned';
  at: Instant;
  route: string;
  epoch: number;
  generation: number;
  mode: RoutePlan['mode'];
  posture: { before: Posture | null; after: Posture };
  frozen: Frozen | null;
  transition: RoutePlan['transition'];
  members: PlannedMember[];
}

/** What came of a push. `drifted`: the router was asked later, and held something else. */
export interface Pushed {
  type: 'pushed';
  at: Instant;
  route: string;
  sink: string;
  generation: number;
  result: 'applied' | 'refused' | 'stopped' | 'drifted';
  /** The router's own words; of weights that were applied, these weights. */
  text: string;
}

export type AuditFact = PinDeed | FreezeDeed | Planned | Pushed;
/** `n` counts up by one with each entry of a store. */
export type AuditEntry = AuditFact & { n: number };

export const AUDIT_TYPES = [
  'pinned',
  'unpinned',
  'pin.ended',
  'frozen',
  'thawed',
  'freeze.ended',
  'planned',
  'pushed',
] as const satisfies readonly AuditFact['type'][];

/** What the audit says of a new plan; null where it only renews the one before, or moves no weight, role or posture. */
export function plannedOf(route: Route, before: RoutePlan | null, plan: RoutePlan): Planned | null {
  const olds = new Map(before?.members.map((member) => [member.target, member]));
  const isChanged =
    before === null ||
    before.posture !== plan.posture ||
    before.mode !== plan.mode ||
    JSON.stringify(before.frozen) !== JSON.stringify(plan.frozen) ||
    before.members.length !== plan.members.length ||
    plan.members.some(({ target, weight, role }) => {
      const old = olds.get(target);
      return old === undefined || old.weight !== weight || old.role !== role;
    });
  if (!isChanged) return null;
  const members = plan.members.map(
    ({ target, weight, baseWeight, role, state, factors, wanted, held, pin }): PlannedMember => ({
      target,
      before: olds.get(target)?.weight ?? null,
      weight,
      baseWeight,
      role,
      state,
      factors,
      wanted,
      held,
      pinnedBy: pin?.author ?? null,
      line: weightLine(route, plan, target) ?? '',
    }),
  );
  const { epoch, generation, mode, frozen, transition, issuedAt: at } = plan;
  const posture = { before: before?.posture ?? null, after: plan.posture };
  return {
    type: 'planned',
    at,
    route: plan.route,
    epoch,
    generation,
    mode,
    posture,
    frozen,
    transition,
    members,
  };
}

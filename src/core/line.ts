/** Why a target has the weight that it has, as a line that a person can check by hand. */

import { rawOf } from './factors.ts';
import type { TargetId } from './model.ts';
import { sum } from './points.ts';
import type { Held, PlanMember, Route, RoutePlan } from './route.ts';

const HELD: Record<Exclude<Held, 'pin'>, (member: PlanMember, route: Route) => string> = {
  frozen: () => 'weights are frozen',
  rise: (_, { policy }) => `weights rise by at most ${policy.risePerMinute} points a minute`,
  deadband: (_, { policy }) => `moves of less than ${policy.deadband} points are not made`,
  ejection: () => 'another provider has just been put out, and one canary alone is not enough for this one',
  ramp: ({ ramp }, { policy }) =>
    `coming back, step ${ramp?.step ?? 0} of ${policy.ramp.length + 1}: each lasts until a canary has passed`,
};

/**
 * `base 50 × state 1.00 × quality 0.94² × speed 1.06 × price 0.95 = 44.5 of 94.7 → 47 %`, and why it is otherwise where
 * the rules have held it; null where the plan has no such target.
 */
export function weightLine(route: Route, plan: RoutePlan, target: TargetId): string | null {
  const member = plan.members.find((one) => one.target === target);
  if (member === undefined) return null;
  const { factors, baseWeight, weight } = member;
  const raws = plan.members.map((one) => rawOf(one.baseWeight, one.factors, route.policy));
  const raw = rawOf(baseWeight, factors, route.policy);
  const digits = (value: number) => value.toFixed(2);
  const product =
    `base ${baseWeight} × state ${digits(factors.state)} × quality ${digits(factors.quality)}${power(route)}` +
    ` × speed ${digits(factors.speed)} × price ${digits(factors.price)} = ${raw.toFixed(1)} of ${sum(raws).toFixed(1)}`;
  const notes = notesOn(member, plan, route);
  return `${product} → ${weight} %${notes.map((note) => `; ${note}`).join('')}`;
}

function power({ policy: { qualityExponent } }: Route): string {
  return qualityExponent === 2 ? '²' : `^${qualityExponent}`;
}

function notesOn(member: PlanMember, plan: RoutePlan, route: Route): string[] {
  const { held, pin, factors, wanted, weight } = member;
  const notes: string[] = [];
  if (plan.posture === 'panic') notes.push('panic: no target deserves weight, so the base weights stand');
  if (plan.posture === 'spill') notes.push('spill: those that are well cannot take all jobs');
  if (factors.capped) notes.push('capped: its capacity allows no more');
  if (pin !== null) notes.push(`pinned by ${pin.author}: ${pin.reason}`);
  else if (held !== null)
    notes.push(
      `${wanted === weight ? '' : `${wanted} % wanted, `}${HELD[held as Exclude<Held, 'pin'>](member, route)}`,
    );
  return notes;
}

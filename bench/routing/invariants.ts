// What no plan that goes out may break.

import type { TargetState } from '../../src/core/model.ts';
import type { PlanMember, Route, RoutePlan } from '../../src/core/route.ts';

const MINUTE_MS = 60_000;

interface Past {
  plan: RoutePlan | null;
  /** By target: when it rose, and by how many points. */
  readonly rises: Map<string, [at: number, points: number][]>;
}

/** Looks at each plan with the ones before it; gives back what is broken. */
export function watchdog(
  route: Route,
): (plan: RoutePlan, states: ReadonlyMap<string, TargetState>) => string[] {
  const past: Past = { plan: null, rises: new Map() };
  return (plan, states) => {
    const broken = [
      ...sumBroken(plan),
      ...riseBroken(route, plan, past),
      ...rampBroken(route, plan, past.plan, states),
    ];
    past.plan = plan;
    return broken.map((what) => `at ${plan.issuedAt}: ${what}`);
  };
}

function sumBroken({ members, fallback }: RoutePlan): string[] {
  const weights = members.map(({ weight }) => weight);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return [
    ...(sum === 100 ? [] : [`weights sum to ${sum}`]),
    ...(weights.every((weight) => Number.isInteger(weight) && weight >= 0)
      ? []
      : [`weights are ${weights.join()}`]),
    ...(fallback.length === members.length ? [] : [`the fallback has ${fallback.length} targets`]),
  ];
}

/** No rise beyond the limit, unless all that is well has risen as far, and nothing that is well fell for it. */
function riseBroken({ policy }: Route, plan: RoutePlan, { plan: before, rises }: Past): string[] {
  const moves = plan.members.map(({ target, weight, factors }) => {
    const points = weight - (weightIn(before, target) ?? weight);
    const recent = (rises.get(target) ?? []).filter(([at]) => plan.issuedAt - at < MINUTE_MS);
    if (points > 0) recent.push([plan.issuedAt, points]);
    rises.set(target, recent);
    const room = policy.risePerMinute - recent.reduce((sum, [, rise]) => sum + rise, 0);
    return { target, points, room, isWell: factors.state > 0 };
  });
  const isFree = plan.posture === 'panic' || before?.posture === 'panic';
  const isSpare = moves.some(({ isWell, room, points }) => isWell && (room > 0 || points < 0));
  const over = moves.filter(({ points, room }) => points > 0 && room < 0);
  return isFree || !isSpare ? [] : over.map(({ target, room }) => `${target} rose ${-room} points too far`);
}

function rampBroken(
  { policy }: Route,
  plan: RoutePlan,
  before: RoutePlan | null,
  states: ReadonlyMap<string, TargetState>,
): string[] {
  return plan.members.flatMap(({ target, ramp }) => {
    const old = before?.members.find((one) => one.target === target)?.ramp ?? null;
    if (ramp === null || old === null || ramp.step === old.step || ramp.step === 0) return [];
    const isInOrder = ramp.step === old.step + 1;
    const isReady = old.step === 0 || plan.issuedAt - old.at >= policy.rampStepMs;
    const isProven = old.step === 0 || (states.get(target)?.passesEver ?? 0) > old.passes;
    return isInOrder && isReady && isProven ? [] : [`${target} went from step ${old.step} to ${ramp.step}`];
  });
}

function weightIn(plan: RoutePlan | null, target: string): PlanMember['weight'] | undefined {
  return plan?.members.find((one) => one.target === target)?.weight;
}

/** What was decided about each target of each route since the start, for those who ask why. */

import type { Instant } from '../core/base.ts';
import type { TargetId } from '../core/model.ts';
import type { PlanMember, Posture, RoutePlan } from '../core/route.ts';
import { weightLine } from '../core/line.ts';
import type { Clock } from '../ports/clock.ts';
import type { Settings } from '../ports/settings.ts';
import type { View } from '../ports/view.ts';
import { indexOf } from './follow.ts';

export const DECISIONS_MAX = 50;

export interface Decision {
  at: Instant;
  index: string;
  /** Null for the first one that is known. */
  before: number | null;
  posture: Posture;
  member: PlanMember;
  /** The weight as a line that can be checked by hand. */
  line: string | null;
}

/** @returns the newest decisions about a target of a route, newest first; only what changed something is one */
export function createDecisions(
  view: Pick<View, 'epoch' | 'generation' | 'plans' | 'onChange'>,
  { clock, settings }: { clock: Clock; settings: Pick<Settings, 'routes'> },
): (route: string, target: TargetId) => readonly Decision[] {
  const kept = new Map<string, Decision[]>();
  const seen = new Map<string, RoutePlan>();

  function look(): void {
    for (const plan of view.plans().values()) {
      const { route, posture, members } = plan;
      // A plan is never changed, only followed by another.
      if (seen.get(route) === plan) continue;
      seen.set(route, plan);
      const configured = settings.routes.find(({ id }) => id === route);
      for (const member of members) {
        const name = nameOf(route, member.target);
        const decisions = kept.get(name) ?? [];
        const [last] = decisions;
        if (last !== undefined && keyOf(last.posture, last.member) === keyOf(posture, member)) continue;
        const before = last?.member.weight ?? null;
        const line = configured ? weightLine(configured, plan, member.target) : null;
        decisions.unshift({ at: clock.now(), index: indexOf(view), before, posture, member, line });
        kept.set(name, decisions.slice(0, DECISIONS_MAX));
      }
    }
  }
  look();
  view.onChange(look);
  return (route, target) => {
    if (!kept.has(nameOf(route, target))) look();
    return kept.get(nameOf(route, target)) ?? [];
  };
}

function nameOf(route: string, target: TargetId): string {
  return `${route}\n${target}`;
}

/** The time of a belief moves on without anything being decided. */
function keyOf(posture: Posture, { weight, baseWeight, role, state, factors }: PlanMember): string {
  return JSON.stringify([posture, weight, baseWeight, role, state, factors]);
}

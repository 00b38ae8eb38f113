/** Routes and states made by hand. */

import { DEFAULT_ROUTING } from '../../src/core/routing.ts';
import { freshState } from '../../src/core/fresh.ts';
import type { Health, TargetId, TargetState } from '../../src/core/model.ts';
import type { Route, RoutePlan } from '../../src/core/route.ts';
import { planRoute } from '../../src/core/weights.ts';
import { NOON } from './life.ts';

/** Target, base weight, health, and whether it is blind. */
export type Member = [target: TargetId, baseWeight: number, health: Health, blind?: 'blind'];

/** `70 healthy, 0 down blind`: the members `p/0` and `p/1`. */
export function membersOf(row: string): Member[] {
  return row.split(', ').map((cell, n) => {
    const [base, health, blind] = cell.split(' ');
    return [`p/${n}`, Number(base), health as Health, ...(blind === 'blind' ? [blind] : [])] as Member;
  });
}

/** The shares that targets keep here of which belief says what they keep. */
export const TRUST: Partial<Record<Health, number>> = { suspect: 0.4, recovering: 0.25 };

export function stateIn(id: TargetId, health: Health, change: Partial<TargetState> = {}): TargetState {
  const trust = TRUST[health] ?? 1;
  return {
    ...freshState(id, NOON),
    health,
    trust,
    reason: { code: health, text: `is ${health}` },
    ...change,
  };
}

export function routeOf(members: readonly Member[], change: Partial<Route> = {}): Route {
  return {
    id: 't2v.default',
    mode: 'enforce',
    capability: {
      task: 'text-to-video',
      durationsS: [5],
      aspectRatios: ['16:9'],
      resolutions: [],
      audio: false,
    },
    policy: DEFAULT_ROUTING,
    fallbackContent: [],
    members: members.map(([target, baseWeight]) => ({ target, baseWeight })),
    ...change,
  };
}

export function statesOf(members: readonly Member[]): Map<TargetId, TargetState> {
  const blind = { cause: 'auth', since: NOON + 1, text: 'our key was refused', by: 'run' } as const;
  return new Map(
    members.map(([id, , health, isBlind]) => [id, stateIn(id, health, isBlind ? { blind } : {})]),
  );
}

export function planOf(members: readonly Member[], change: Partial<Route> = {}): RoutePlan {
  return planRoute(routeOf(members, change), statesOf(members), {
    at: NOON,
    epoch: 3,
    generation: 42,
    previous: 41,
    transition: null,
  });
}

/** `97 0 3`: the weights in the order of the members. */
export function weightsOf(members: readonly Member[]): string {
  return planOf(members)
    .members.map(({ weight }) => weight)
    .join(' ');
}

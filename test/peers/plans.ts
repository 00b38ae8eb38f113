/** Plans for the route `t2v`, whose targets are called as the servers of the routers. */

import type { PlanMember, RoutePlan } from '../../src/core/route.ts';
import { member, plan } from '../routers/pushes.ts';

export const NAMES = ['kling', 'runway', 'luma'];

/** @param weights the weight of each target in turn; 0 drains it */
export function planOf(weights: readonly number[], more: Partial<RoutePlan> = {}): RoutePlan {
  const members = weights.map((weight, n): PlanMember => ({
    ...member,
    target: `${NAMES[n]}/m`,
    baseWeight: [50, 30, 20][n] ?? 0,
    weight,
    role: weight === 0 ? 'drain' : 'serve',
  }));
  return { ...plan, route: 't2v', members, fallback: members.map(({ target }) => target), ...more };
}

/** The option `servers` for those targets. */
export function serversOf(
  server: (name: string, n: number) => string,
): Record<string, Record<string, string>> {
  return { t2v: Object.fromEntries(NAMES.map((name, n) => [`${name}/m`, server(name, n)])) };
}

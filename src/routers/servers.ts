/** Which server of a router stands for which target: the option that sinks with servers of their own share. */

import { z } from 'zod';
import type { PlanMember, RoutePlan } from '../core/route.ts';

/** Route id -> target id -> what the router calls it. */
export type Servers = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Who takes part, and what the router calls them. `unnamed` are members that nothing was configured for. */
export interface Named {
  members: { member: PlanMember; server: string }[];
  unnamed: string[];
}

/** The option `servers`. One server stands for one target of one route: two would overwrite each other's weight. */
export function serversOption(server: z.ZodType<string, string>, description: string) {
  return z
    .record(z.string().min(1), z.record(z.string().min(1), server))
    .refine((servers) => Object.keys(servers).length > 0, 'Expected at least one route')
    .refine((servers) => {
      const all = Object.values(servers).flatMap((one) => Object.values(one));
      return new Set(all).size === all.length;
    }, 'Expected each server once: it can only have one weight')
    .meta({ description });
}

export function namedMembers(plan: RoutePlan, servers: Servers): Named {
  const names = servers[plan.route] ?? {};
  const members = plan.members.flatMap((member) => {
    const server = names[member.target];
    return server === undefined ? [] : [{ member, server }];
  });
  const unnamed = plan.members.map(({ target }) => target).filter((target) => names[target] === undefined);
  return { members, unnamed };
}

/** HAProxy names a server by its backend: letters, digits and `-_.:` (configuration.txt, "proxy names"). */
export const haproxyServer = z
  .string()
  .regex(/^[\w.:-]{1,64}\/[\w.:-]{1,64}$/, 'Expected a backend and a server of HAProxy, such as t2v/kling');

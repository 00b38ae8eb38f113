/**
 * Answers HAProxy's agent checks with the newest weights
 * (https://docs.haproxy.org/2.6/configuration.html#5.2-agent-check, answers seen with 2.6.12 on 2026-11-21).
 */

import { z } from 'zod';
import { SECOND } from '../core/base.ts';
import type { Instant } from '../core/base.ts';
import type { PlanMember, RoutePlan } from '../core/route.ts';
import { integersOf } from '../core/points.ts';
import type { PlanSource } from '../ports/channels.ts';
import { defineSink } from './define.ts';
import { haproxyServer, serversOption } from './servers.ts';

/** Two names of HAProxy and what stands around them. */
const lineCharactersMax = 160;
const timeMsMax = SECOND;
/** HAProxy opens one connection per server and check. */
const connectionsMax = 1_000;

const options = z.strictObject({
  host: z
    .union([z.ipv4(), z.ipv6(), z.literal('localhost')], 'Expected an IP address of this machine')
    .meta({ description: 'Where to listen. The protocol knows no password.' })
    .prefault('127.0.0.1'),
  port: z.int().min(1).max(65_535).meta({ description: 'The `agent-port` of every server.' }).prefault(9_701),
  publicAddresses: z
    .boolean()
    .meta({ description: 'Whether `host` may be 0.0.0.0 or a public address: only behind a firewall.' })
    .prefault(false),
  servers: serversOption(
    haproxyServer,
    'Route, then target: the `backend/server` that its `agent-send` names. Each server must be configured with `weight 100`.',
  ),
});

export const haproxyAgent = defineSink({
  name: 'haproxy-agent',
  title: 'HAProxy, agent checks',
  options,
  create: ({ options: { host, port, publicAddresses, servers }, tcp, clock }) => {
    const asked = new Map(
      Object.entries(servers).flatMap(([route, names]) =>
        Object.entries(names).map(([target, server]) => [server, { route, target }] as const),
      ),
    );
    return {
      listen: async (plans, signal) => {
        const reply = (line: string) => {
          const one = asked.get(line);
          return one === undefined ? null : answer(plans, one, clock.now());
        };
        const limits = { lineCharactersMax, timeMsMax, connectionsMax, publicAddresses };
        const { over } = await tcp.answer({ host, port }, reply, limits, signal);
        await over;
      },
    };
  },
});

/**
 * The whole state each time, because the last word of each kind stands: `up ready` takes back what an earlier answer
 * or person said. Never `down`: it loses running jobs, and stays for ever when we fall silent.
 */
function answer(plans: PlanSource, asked: { route: string; target: string }, now: Instant): string | null {
  const plan = plans.plan(asked.route);
  const index = plan?.members.findIndex(({ target }) => target === asked.target) ?? -1;
  const member = plan?.members[index];
  if (!plan || !member) return null;
  if (isPinnedOut(member, now)) return 'up maint 0%\n';
  const isTrusted = plan.mode === 'enforce' && now < plans.validUntil();
  return `up ready ${isTrusted ? member.weight : (baseWeights(plan)[index] ?? 0)}%\n`;
}

/** A person has taken it out, for a time: the only case in which its running jobs are given up, too. */
function isPinnedOut({ pin }: PlanMember, now: Instant): boolean {
  return pin?.weight === 'exclude' && now < pin.until;
}

/** What the operator wants while nothing is known; what may not be used at all stays out. */
function baseWeights({ members }: RoutePlan): number[] {
  const kept = members.map(({ role, baseWeight }) => (role === 'exclude' ? 0 : baseWeight));
  return integersOf(kept.some((weight) => weight > 0) ? kept : members.map(({ baseWeight }) => baseWeight));
}

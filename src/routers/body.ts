/** A whole plan as a document: what webhooks and Redis are given. */

import type { Instant } from '../core/base.ts';
import type { RoutePlan } from '../core/route.ts';

/** The whole plan as JSON text: every weight each time, zeros too. */
export function pushBody(plan: RoutePlan, validUntil: Instant): string {
  return JSON.stringify({
    type: 'weights.changed',
    timestamp: iso(plan.issuedAt),
    data: {
      schema: 'reelwatch.push/1',
      epoch: plan.epoch,
      generation: plan.generation,
      previous: plan.previous,
      route: plan.route,
      mode: plan.mode,
      posture: plan.posture,
      valid_until: iso(validUntil),
      transition: plan.transition,
      weights: Object.fromEntries(plan.members.map((member) => [member.target, member.weight])),
      fallback: plan.fallback,
    },
  });
}

function iso(at: Instant): string {
  return new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

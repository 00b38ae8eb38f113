/** About reelwatch itself: is it alive, can it work, and its figures. */

import { z } from 'zod';
import { DAY, MINUTE, SECOND } from '../../core/base.ts';
import type { App, Context } from '../context.ts';
import { iso } from '../format.ts';
import { TROUBLES } from '../trouble.ts';

/** The loop ticks far more often; after this silence no router should trust us, and a supervisor should restart us. */
export const SILENT_MS_MAX = 3 * MINUTE;

const check = z.object({
  componentType: z.string(),
  observedValue: z.number(),
  observedUnit: z.string(),
  status: z.enum(['pass', 'fail']),
  time: z.string(),
});
const health = z.object({
  status: z.enum(['pass', 'fail']),
  version: z.string(),
  serviceId: z.string(),
  description: z.string(),
  output: z.string().optional(),
  checks: z.record(z.string(), z.array(check)),
});

const clockCheck = z.object({ status: z.enum(['pass', 'warn']), output: z.string().optional() });
const readiness = z.object({
  status: z.enum(['ready', 'not_ready']),
  reason: z.string().optional(),
  checks: z.object({ clock: clockCheck }).optional(),
});

export function healthRoutes(app: App, context: Context): void {
  const { store, metrics, log } = context;

  app.get(
    '/healthz',
    {
      config: { scope: 'open' },
      schema: {
        tags: ['health'],
        summary: 'Whether reelwatch is alive; says nothing about the providers',
        description: 'The Health Check Response Format (draft-inadarei-api-health-check-06).',
        response: { 200: health, 503: health },
      },
    },
    async (_request, reply) => {
      const body = healthOf(context);
      reply.header('cache-control', 'no-store').type('application/health+json; charset=utf-8');
      return reply.code(body.status === 'pass' ? 200 : 503).send(body);
    },
  );

  app.get(
    '/readyz',
    {
      config: { scope: 'open' },
      schema: {
        tags: ['health'],
        summary: 'Whether the store answers and takes writes; `reason` says what is wrong',
        response: { 200: readiness, 503: readiness },
      },
    },
    async (_request, reply) => {
      reply.header('cache-control', 'no-store');
      try {
        await store.outboxCounts();
        const trouble = await store.trouble();
        if (trouble !== null)
          return reply.code(503).send({ status: 'not_ready' as const, reason: TROUBLES[trouble] });
        return { status: 'ready' as const, checks: { clock: clockOf(context) } };
      } catch (error) {
        log.warn({ error }, 'not ready: the store does not answer');
        return reply.code(503).send({ status: 'not_ready' as const });
      }
    },
  );

  app.get(
    '/metrics',
    { schema: { tags: ['health'], summary: 'Figures for Prometheus', produces: ['text/plain'] } },
    async (_request, reply) => {
      const { type, body } = await metrics.render();
      return reply.header('cache-control', 'no-store').type(type).send(body);
    },
  );
}

/** A jump of the clock is shown for a day. */
function clockOf({ view, clock }: Pick<Context, 'view' | 'clock'>): {
  status: 'pass' | 'warn';
  output?: string;
} {
  const jump = view.lastJump();
  if (jump === null || clock.now() - jump.at > DAY) return { status: 'pass' };
  return { status: 'warn', output: `${jump.text}, at ${iso(jump.at)}; schedules were re-armed` };
}

function healthOf(context: Context): z.infer<typeof health> {
  const silentMs = Math.round(context.view.silentMs());
  const status = silentMs > SILENT_MS_MAX ? 'fail' : 'pass';
  return {
    status,
    version: context.version,
    serviceId: context.settings.controller,
    description: 'reelwatch watches video providers; this is its own health, not theirs.',
    ...(status === 'fail' ? { output: `The probing loop has been silent for ${silentMs / SECOND} s.` } : {}),
    checks: {
      'probing:silence': [
        {
          componentType: 'component',
          observedValue: silentMs / SECOND,
          observedUnit: 's',
          status,
          time: iso(context.clock.now()),
        },
      ],
    },
  };
}

/** The audit, for whoever asks later who did what. */

import { z } from 'zod';
import { AUDIT_TYPES } from '../../core/audit.ts';
import type { AuditEntry } from '../../core/audit.ts';
import type { App, Context } from '../context.ts';
import { iso } from '../format.ts';
import { at, problem } from '../schema.ts';
import { wholeId } from './ids.ts';

const LIMIT = 100;
const LIMIT_MAX = 1_000;

const entry = z.looseObject({
  n: z.number().int().meta({ description: 'Counts up by one with each entry.' }),
  at,
  type: z.enum(AUDIT_TYPES),
  route: z.string().nullable().meta({ description: 'null: all routes.' }),
});

export type AuditShape = z.output<typeof auditShape>;
export const auditShape = z.object({ entries: z.array(entry) });

export function auditRoutes(app: App, context: Context): void {
  app.get(
    '/v1/audit',
    {
      schema: {
        tags: ['operate'],
        summary: 'What people did, what became of plans, and what routers made of them; the newest first',
        description:
          'pinned, unpinned, pin.ended, frozen, thawed, freeze.ended: with author, reason, before and after. planned: a ' +
          'plan that moved a weight, role or posture, with the line of each weight. pushed: what came of a push.',
        querystring: z.object({
          limit: z.coerce.number().int().min(1).max(LIMIT_MAX).default(LIMIT),
          before: z.coerce
            .number()
            .int()
            .min(1)
            .optional()
            .meta({ description: 'Only entries with a lower `n`: how to read on.' }),
          route: wholeId.optional(),
        }),
        response: { 200: auditShape, 400: problem },
      },
    },
    async (request, reply) => {
      const { limit, before, route } = request.query;
      const entries = await context.store.audit({
        limit,
        ...(before !== undefined && { before }),
        ...(route !== undefined && { route }),
      });
      reply.header('cache-control', 'no-store');
      return { entries: entries.map(entryShape) };
    },
  );
}

function entryShape(given: AuditEntry): z.infer<typeof entry> {
  return snaked(given) as z.infer<typeof entry>;
}

/** Instants as text, names as everywhere in the API. */
const INSTANTS: ReadonlySet<string> = new Set(['at', 'since', 'until']);

/** Ids are values here and never names, so nothing but our own words is written otherwise. */
function snaked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snaked);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      INSTANTS.has(name) && typeof inner === 'number' ? iso(inner) : snaked(inner),
    ]),
  );
}

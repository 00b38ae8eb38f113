/** The status document, `reelwatch.status/1`: what routers with code read. Unknown fields are to be ignored by readers. */

import { z } from 'zod';
import { CAUSES, HEALTHS, SHOWN_STATES } from '../core/model.ts';
import { PHASES } from '../core/trace.ts';

export const at = z.iso.datetime().meta({ description: 'An instant in UTC, ISO 8601.' });
export const shownState = z.enum(SHOWN_STATES);
export const cause = z.enum(CAUSES);
export const phase = z.enum([...PHASES]);
const rate = z.number().min(0).max(1).nullable();
const weight = z.number().min(0).max(100);

const reason = z.object({
  code: z.string(),
  text: z.string().meta({
    description:
      'For people. Of a target that is down or degraded: what it most likely is, and the counts and times that say so.',
  }),
  evidence: z.string().optional().meta({ description: 'Path of the run that shows it.' }),
});

const deprecation = z
  .object({ sunset_at: at.nullable(), replacement: z.string().nullable() })
  .meta({ description: 'What the provider announced about the end of this model.' });

export const observed = z.object({
  at: at.nullable(),
  n: z.number().int(),
  window_s: z.number().int(),
  success_rate: rate.meta({ description: 'Share of counted runs that yielded a video, whatever it showed.' }),
  usable_rate: rate.meta({ description: 'Share of counted runs whose video passed every check.' }),
  ttv_s: z.object({ p50: z.number().nullable(), p95: z.number().nullable() }),
  cost_per_usable_second_usd: z.number().nullable(),
});
export type Observed = z.infer<typeof observed>;

export const member = z.object({
  id: z.string(),
  provider: z.string(),
  model: z.string(),
  weight,
  base_weight: z.number(),
  role: z.enum(['serve', 'drain', 'exclude']),
  state: shownState,
  since: at,
  reason,
  factors: z
    .object({
      state: z.number(),
      quality: z.number(),
      speed: z.number(),
      price: z.number(),
      capped: z.boolean().meta({ description: 'Its capacity allows no more weight.' }),
    })
    .meta({ description: 'By what the base weight is multiplied.' }),
  explain: z.string().nullable().meta({
    description: 'The weight as a line that can be checked by hand; null before the first plan.',
  }),
  limits: z.object({
    max_in_flight: z
      .number()
      .int()
      .nullable()
      .meta({ description: 'Jobs at once, for all routers together.' }),
  }),
  observed,
  deprecation: deprecation.nullable(),
  pin: z
    .object({
      target: z.string(),
      weight: z.union([weight, z.literal('exclude')]),
      until: at,
      author: z.string(),
      reason: z.string(),
    })
    .nullable()
    .meta({ description: "A person's word, above every rule until it ends." }),
});
export type Member = z.infer<typeof member>;

export const route = z.object({
  id: z.string(),
  mode: z.enum(['dry_run', 'enforce']),
  posture: z.enum(['normal', 'spill', 'panic', 'frozen']),
  capability: z.object({
    task: z.enum(['text-to-video', 'image-to-video']),
    durations_s: z.array(z.number()),
    aspect_ratios: z.array(z.string()),
    resolutions: z.array(z.string()),
    audio: z.boolean(),
  }),
  targets: z.array(member),
  fallback: z.array(z.string()).meta({
    description:
      'Whom to try after an explicit failure, best first; those without weight are the last resort.',
  }),
  frozen: z.object({ since: at, until: at.nullable(), why: z.string(), by: z.string() }).nullable().meta({
    description:
      'Why weights are held as they were; `by` is `policy` or `file` where no person said so; `until` is null where somebody has to lift it.',
  }),
  fallback_content: z
    .array(
      z.object({
        url: z.string(),
        description: z.string(),
        category: z.string(),
        tags: z.array(z.string()),
        licence: z.string(),
      }),
    )
    .meta({ description: 'Videos made beforehand: what to show while no target makes any.' }),
});
export type RouteShape = z.infer<typeof route>;

export const lastRun = z.object({
  id: z.string(),
  at,
  verdict: z.enum(['pass', 'slow', 'fail', 'inconclusive']),
  total_ms: z.number().nullable().meta({
    description: 'From the order to the last byte; null where it says nothing about speed.',
  }),
  frame_url: z.string().nullable(),
});

export const incident = z.object({
  id: z.string(),
  first_failure_at: at,
  detected_at: at,
  worst: z.enum(['degraded', 'down']),
  cause: z.union([cause, z.literal('slow')]),
});

export const target = z.object({
  id: z.string(),
  provider: z.string(),
  model: z.string(),
  region: z.string().nullable(),
  state: shownState,
  health: z.enum(HEALTHS).meta({ description: 'What is believed of the target itself, also while blind.' }),
  fault: z.number().min(0).max(1).nullable().meta({
    description:
      'The probability of any fault of the provider when this was last written, from what has ended; null where nothing is believed. `/v1/explain` has it as of now, with its reasons.',
  }),
  weight: weight.meta({ description: 'In the first route that has it; 0 where it is in none.' }),
  since: at,
  reason,
  last_run: lastRun.nullable(),
  incident: incident.nullable(),
  deprecation: deprecation.nullable(),
  routes: z.array(z.string()),
});
export type TargetShape = z.infer<typeof target>;

export const statusDocument = z.object({
  schema: z.literal('reelwatch.status/1'),
  controller: z.string(),
  epoch: z.number().int(),
  generation: z.number().int(),
  config: z.string(),
  mode: z.enum(['dry_run', 'enforce']).meta({ description: '`enforce` as soon as one route is enforced.' }),
  issued_at: at,
  valid_until: at,
  on_expiry: z.literal('base_weights'),
  routes: z.array(route),
  targets: z.array(target),
});
export type StatusDocument = z.infer<typeof statusDocument>;

/** RFC 9457. */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  issues: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});
export type Problem = z.infer<typeof problem>;

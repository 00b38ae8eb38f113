/** The options that say what is watched and what it is a route for. */

import { z } from 'zod';
import { SECOND } from '../core/base.ts';
import { address, duration } from '../ports/options.ts';
import { identifier } from './entries.ts';
import { fallbackSchema, policySchema } from './routing.ts';

const MEMBERS_MAX = 50;
const IN_FLIGHT_MAX = 1_000_000;
const EVERY_MS_MIN = SECOND;

const TARGET_ID = /^[a-z0-9][a-z0-9._-]*\/[a-z0-9][a-z0-9._-]*(@[a-z0-9][a-z0-9._-]*)?$/i;
const TARGET_ID_LENGTH_MAX = 128;

const pace = (description: string) =>
  duration(description).refine((ms) => ms >= EVERY_MS_MIN, 'Expected at least 1s');

/** An interval, or `auto`: as the budget allows and belief asks for. */
export const paceOrAuto = (description: string) =>
  z
    .union([pace(description), z.literal('auto')], {
      error: 'Expected auto, or a duration such as 90s, 10m, 6h or 7d',
    })
    .meta({ description });

export const targetSchema = z
  .strictObject({
    provider: z.string().meta({ description: 'The id of a configured provider.' }),
    model: z.string().min(1).max(200).meta({ description: "The model, in the provider's own words." }),
    name: identifier(
      'A short name of the model for the id, where the model has slashes: pika-2.2 makes fal/pika-2.2.',
    ).optional(),
    region: identifier(
      'The region, where a provider is watched in several; it becomes part of the id.',
    ).optional(),
    id: z
      .string()
      .max(TARGET_ID_LENGTH_MAX)
      .regex(TARGET_ID, 'Expected an id of the form provider/model or provider/model@region')
      .meta({ description: 'The id of the target. Without it: provider/model, with @region. Unique.' })
      .optional(),
    canary: z.string().meta({ description: 'The id of the canary that is ordered.' }).prefault('red-ball'),
    every: paceOrAuto('How often a canary is ordered. Without it: probe.every.').optional(),
    cron: z
      .string()
      .meta({
        description:
          'When canaries are ordered: a cron expression of six fields, in UTC, instead of "every".',
      })
      .optional(),
    check: z.boolean().meta({ description: 'Whether free checks are made.' }).prefault(true),
    checkEvery: pace('How often a free check is made. Without it: probe.checkEvery.').optional(),
    dashboard: address('A dashboard about this target, for links in messages.').optional(),
    runbook: address('What to do when it is down, for links in messages.').optional(),
    address: address(
      'Where routers reach it, for the forms of a plan that name addresses: nginx and eds need it.',
    ).optional(),
  })
  .refine((target) => target.every === undefined || target.cron === undefined, {
    path: ['cron'],
    error: 'Expected either "every" or "cron", not both',
  })
  .refine((target) => target.check || target.checkEvery === undefined, {
    path: ['checkEvery'],
    error: 'Expected no "checkEvery" beside "check: false"',
  });

/** The id of a target: as configured, else provider/model with @region. */
export function targetIdOf(wanted: z.output<typeof targetSchema>): string {
  const region = wanted.region === undefined ? '' : `@${wanted.region}`;
  return wanted.id ?? `${wanted.provider}/${wanted.name ?? wanted.model}${region}`;
}

const capability = z
  .strictObject({
    task: z
      .enum(['text-to-video', 'image-to-video'])
      .meta({ description: 'What kind of job it is.' })
      .prefault('text-to-video'),
    durations: z
      .array(z.number().positive().max(600))
      .max(20)
      .meta({ description: 'The lengths that every target of the route can do, in seconds.' })
      .prefault([]),
    aspects: z
      .array(z.string().regex(/^\d{1,3}:\d{1,3}$/, 'Expected an aspect ratio such as 16:9'))
      .max(20)
      .meta({ description: 'The aspect ratios that every target of the route can do.' })
      .prefault(['16:9']),
    resolutions: z
      .array(z.string().min(1).max(20))
      .max(20)
      .meta({ description: 'The resolutions that every target of the route can do.' })
      .prefault([]),
    audio: z.boolean().meta({ description: 'Whether the jobs have sound.' }).prefault(false),
  })
  .meta({ description: 'The kind of job that all targets of the route can do, for routers to match on.' })
  .prefault({});

export const routeSchema = z.strictObject({
  id: identifier('The name of this route. Unique.'),
  mode: z
    .enum(['dry_run', 'enforce'])
    .meta({
      description:
        'dry_run: weights are computed and shown, not to be followed. enforce: routers follow them.',
    })
    .prefault('dry_run'),
  capability,
  targets: z
    .array(
      z.strictObject({
        target: z.string().meta({ description: 'The id of a target.' }),
        weight: z
          .number()
          .min(0)
          .max(10_000)
          .meta({ description: 'Its share of the jobs while all are healthy, in proportion to the others.' })
          .prefault(100),
        inFlight: z
          .int()
          .min(1)
          .max(IN_FLIGHT_MAX)
          .meta({
            description:
              'How many jobs it takes at once, for all routers together: shown to routers and, with policy.demand, never exceeded.',
          })
          .optional(),
      }),
    )
    .min(1)
    .max(MEMBERS_MAX)
    .meta({ description: 'The targets that can serve the jobs of this route.' })
    .refine((members) => members.length === 0 || members.some((member) => member.weight > 0), {
      error: 'Expected at least one target with a weight above 0',
    }),
  policy: policySchema,
  fallbackContent: fallbackSchema,
});

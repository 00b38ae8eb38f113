/** The whole configuration file: every option with its description, default and limits. */

import { z } from 'zod';
import { CHANNELS } from '../alerts/index.ts';
import type { AnyChannel } from '../alerts/define.ts';
import { PROVIDERS } from '../providers/index.ts';
import type { AnyProvider } from '../providers/define.ts';
import { modelsOption } from '../providers/models.ts';
import { MINUTE } from '../core/base.ts';
import { DEFAULT_POLICY } from '../core/policy.ts';
import { address, dollars, duration } from '../ports/options.ts';
import { SINKS } from '../routers/index.ts';
import type { AnySink } from '../routers/define.ts';
import { ENTRIES_MAX, entries } from './entries.ts';
import { canarySchema, healthSchema } from './judging.ts';
import { DEFAULT_RESERVE } from './policy.ts';
import { data, log, server } from './running.ts';
import { paceOrAuto, routeSchema, targetSchema } from './watching.ts';
import { spanText } from './words.ts';

export const TARGETS_MAX = 5_000;
export const CONTROLS_MAX = 10;
export const CANARIES_MAX = 50;
/** The other half must at least see outages begin. */
const RESERVE_MAX = 0.5;

/** The adapters that the file may use. */
export interface Registries {
  providers: readonly AnyProvider[];
  channels: readonly AnyChannel[];
  sinks: readonly AnySink[];
}

export const REGISTRIES: Registries = { providers: PROVIDERS, channels: CHANNELS, sinks: SINKS };

const budget = z
  .strictObject({
    perDay: dollars('The most that canaries of all providers may cost in any 24 hours. Hard.').prefault(
      '$20',
    ),
    reserve: z
      .number()
      .min(0)
      .max(RESERVE_MAX)
      .meta({
        description:
          'The share of every budget that routine canaries leave for confirming outages and watching recoveries.',
      })
      .prefault(DEFAULT_RESERVE),
    warnDays: z
      .number()
      .min(0)
      .max(365)
      .meta({
        description:
          'Warn when the balance at a provider lasts for fewer days of canaries, where its free check tells it.',
      })
      .prefault(DEFAULT_POLICY.fundsDaysMin),
  })
  .meta({ description: 'What canaries may cost.' })
  .prefault({});

const downloads = z
  .strictObject({
    maxMiB: z
      .number()
      .positive()
      .max(4_096)
      .meta({ description: 'The largest video that is fetched, in MiB.' })
      .prefault(64),
    timeout: duration('The longest that fetching a video may take.').prefault('2m'),
    redirects: z
      .int()
      .min(0)
      .max(10)
      .meta({ description: 'How many redirects are followed to a video.' })
      .prefault(3),
    privateAddresses: z
      .boolean()
      .meta({
        description:
          'Whether videos may lie on private, loopback or link-local addresses. Only for simulators.',
      })
      .prefault(false),
  })
  .meta({ description: 'Limits for fetching finished videos.' })
  .prefault({});

const probe = z
  .strictObject({
    every: paceOrAuto(
      'How often each target gets a canary, unless it says otherwise. auto: the budget is spent where it finds outages soonest.',
    ).prefault('auto'),
    quiet: z
      .string()
      .meta({
        description:
          'Quiet hours: no routine canaries in the seconds that this cron expression names (six fields, in UTC), ' +
          "such as '* * 0-5 * * *'. Suspicions are still confirmed, outages still watched, free checks go on.",
      })
      .optional(),
    checkEvery: duration('How often each target gets a free check, unless it says otherwise.').prefault('1m'),
    concurrency: z
      .int()
      .min(1)
      .max(100)
      .meta({ description: 'Canaries in flight at once, over all providers.' })
      .prefault(8),
    tick: z
      .string()
      .meta({
        description:
          'When the scheduler looks for what is due: a cron expression of six fields (seconds first), in UTC.',
      })
      .prefault('*/10 * * * * *'),
    downloads,
    controls: z
      .array(address('An address that answers while our own network works.'))
      .max(CONTROLS_MAX)
      .meta({
        description:
          'Addresses asked when a provider cannot be reached, to tell its trouble from that of our own network.',
      })
      .prefault(['https://www.cloudflare.com/cdn-cgi/trace', 'https://www.gstatic.com/generate_204']),
  })
  .meta({ description: 'When and how probing happens.' })
  .prefault({});

const plans = z
  .strictObject({
    validFor: duration(
      'How long routers may trust a plan after the last sign of life of the daemon.',
    ).prefault('15m'),
    qualityHalfLife: duration('After so long a canary counts half of what a new one does, in a weight.')
      .refine((ms) => ms >= MINUTE, 'Expected at least 1m')
      .prefault(spanText(DEFAULT_POLICY.measures.halfLifeMs)),
    freezeFile: z
      .string()
      .min(1)
      .meta({
        description:
          'While a file lies here, all weights are held as they are; its first line says why. Without it: "freeze" in the data directory.',
      })
      .optional(),
  })
  .meta({ description: 'The weights that routers are given.' })
  .prefault({});

const stories = z
  .strictObject({
    expireAfter: duration('An alert that could not be delivered for so long is given up.').prefault('24h'),
  })
  .meta({ description: 'The delivery of alerts.' })
  .prefault({});

/** The sections that no adapter has a say in. */
export const PLAIN_SECTIONS = {
  server,
  data,
  log,
  budget,
  probe,
  health: healthSchema,
  canaries: z
    .array(canarySchema)
    .max(CANARIES_MAX)
    .meta({ description: 'More canaries beside the built-in red-ball, or another red-ball.' })
    .prefault([]),
  targets: z
    .array(targetSchema)
    .min(1)
    .max(TARGETS_MAX)
    .meta({ description: 'What is watched: models of providers.' }),
  routes: z
    .array(routeSchema)
    .max(ENTRIES_MAX)
    .meta({ description: 'Sets of interchangeable targets, among which routers share out jobs by weight.' })
    .prefault([]),
  plans,
  stories,
};

const providerCommon = {
  budgetPerDay: dollars(
    'The most that canaries of this provider may cost in any 24 hours. Hard. Without it: budget.perDay.',
  ).optional(),
  concurrency: z
    .int()
    .min(1)
    .max(20)
    .meta({
      description:
        'Canaries of this provider in flight at once. Suspicions are confirmed by several; lower it to what your account allows.',
    })
    .prefault(3),
  models: modelsOption.optional(),
};

/** The three sections that are made of adapters: their names in the file, and what each entry has in common. */
export function adapterSections(registries: Registries) {
  return {
    providers: entries({
      adapters: registries.providers,
      what: 'provider',
      common: providerCommon,
      least: 1,
      description: 'Who serves the APIs, and with which keys.',
    }),
    alerts: entries({
      adapters: registries.channels,
      what: 'alert channel',
      common: {},
      least: 0,
      description: 'Who is told when something happens.',
    }),
    routers: entries({
      adapters: registries.sinks,
      what: 'router sink',
      common: {},
      least: 0,
      description: 'Who is pushed new weights. The status endpoint gives them to anybody who asks.',
    }),
  };
}

/**
 * The schema for one file: entries of adapters are strict about the options of the adapter that they use, so it
 * depends on what the file says.
 */
export function fileSchema(registries: Registries, raw: Readonly<Record<string, unknown>>) {
  const adapters = adapterSections(registries);
  const { targets, routes, plans, stories, ...first } = PLAIN_SECTIONS;
  return z.strictObject({
    ...first,
    providers: adapters.providers.schemaFor(raw['providers']),
    targets,
    routes,
    alerts: adapters.alerts.schemaFor(raw['alerts']),
    routers: adapters.routers.schemaFor(raw['routers']),
    plans,
    stories,
  });
}

export type FileOptions = z.output<ReturnType<typeof fileSchema>>;

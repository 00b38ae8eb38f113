import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { BELIEFS } from './policy.ts';
import { DEFAULTS, type WorldSettings } from './settings.ts';
import { FAULT_CLASSES } from './types.ts';

const DAYS_MAX = 400;
const PROVIDERS_MAX = 100;
const SEEDS_MAX = 100;
const ENTRIES_MAX = 1000;
const RATE_MAX = 10_000;

const share = z.number().min(0).max(1);
const rate = z.number().min(0).max(RATE_MAX);
const minutes = z
  .number()
  .min(0)
  .max(DAYS_MAX * 1440);
const seconds = z
  .number()
  .min(0)
  .max(DAYS_MAX * 86_400);
const day = z.number().min(0).max(DAYS_MAX);
const index = z
  .int()
  .min(0)
  .max(PROVIDERS_MAX - 1);
const modes = z.tuple([share, share, share]);
const classes = z.enum(FAULT_CLASSES);

const provider = z.strictObject({
  price: z.number().min(0).max(1000).optional(),
  med: z.number().positive().max(86_400).optional(),
  sig: z.number().min(0).max(5).optional(),
  p0: share.optional(),
  refuse: share.optional(),
  hz: rate.optional(),
  traffic: rate.optional(),
  group: z.string().max(50).optional(),
  billFail: z.boolean().optional(),
  hasStatus: z.boolean().optional(),
  balanceApi: z.boolean().optional(),
  cancelFree: z.boolean().optional(),
});

const world = z.strictObject({
  days: z.number().positive().max(DAYS_MAX),
  n: z.int().min(1).max(PROVIDERS_MAX),
  providers: z.array(provider).max(PROVIDERS_MAX),
  prices: z.array(z.number().min(0).max(1000)).min(1).max(PROVIDERS_MAX),
  traffic: z.array(rate).min(1).max(PROVIDERS_MAX),
  incidentsPerMonth: rate,
  hazardSpread: z.number().min(0).max(5),
  durMedianMin: minutes,
  durSigma: z.number().min(0).max(5),
  durMinMin: minutes,
  durMaxMin: minutes,
  mix: z.partialRecord(classes, z.number().min(0)),
  hardCheapVisible: share,
  partialCheapVisible: share,
  modeHard: modes,
  modeModel: modes,
  modePartial: modes,
  statusLive: z.partialRecord(classes, share),
  statusLagMedianMin: minutes,
  statusLagSigma: z.number().min(0).max(5),
  statusClearMedianMin: minutes,
  statusNoisePerMonth: rate,
  blipsPerMonth: rate,
  blipMeanSec: seconds,
  blipMaxSec: seconds,
  cheapNoisePerMonth: rate,
  cheapNoiseMeanSec: seconds,
  cheapQ0: share,
  badUserPerMonth: rate,
  netPerMonth: rate,
  netMedianMin: minutes,
  netSigma: z.number().min(0).max(5),
  netControlOk: z.boolean(),
  cdnPerMonth: rate,
  tailP: share,
  tailFactor: z.number().min(1).max(100),
  passiveFrac: share,
  suppressGenerated: z.boolean(),
});

const signature = z
  .strictObject({
    err: share,
    slow: z.number().min(1).max(1000),
    bad: share,
    refuse: share,
    cheap: share,
    ramp: seconds,
    duty: z.strictObject({ period: z.number().positive(), on: z.number().min(0) }),
    region: z.strictObject({ r: z.int().min(0).max(1) }),
    modes,
    status: z.strictObject({ post: seconds, clear: seconds, maint: z.boolean().default(false) }).nullable(),
  })
  .partial();

const when = {
  day: day.optional(),
  t0: seconds.optional(),
  min: z.number().positive(),
  tag: z.string().optional(),
};
const hasStart = (fault: { day?: number | undefined; t0?: number | undefined }) =>
  (fault.day === undefined) !== (fault.t0 === undefined);
const needsStart = 'Expected either day or t0 (seconds), and not both.';

const providerFault = z
  .strictObject({
    ...when,
    cls: classes,
    p: z.union([index, z.literal('*'), z.array(index).min(1).max(PROVIDERS_MAX)]),
    set: signature.optional(),
  })
  .refine(hasStart, needsStart);

const netFault = z
  .strictObject({
    ...when,
    cls: z.literal('net'),
    losePassive: z.boolean().default(true),
    controlOk: z.boolean().default(false),
  })
  .refine(hasStart, needsStart);

const poison = z.strictObject({
  p: index,
  day,
  n: z.int().min(1).max(100_000),
  gap: z.number().positive().max(86_400),
  users: z.int().min(1).max(ENTRIES_MAX).default(1),
});

const schema = z.strictObject({
  format: z.literal('reelwatch-scenario/1').default('reelwatch-scenario/1'),
  name: z.string().min(1).max(80).default('unnamed'),
  about: z.string().default(''),
  seeds: z.array(z.int().min(0)).min(1).max(SEEDS_MAX).default([1, 2, 3, 4, 5]),
  ...world.partial().shape,
  faults: z
    .array(z.union([netFault, providerFault]))
    .max(ENTRIES_MAX)
    .default([]),
  poison: z.array(poison).max(ENTRIES_MAX).default([]),
  beliefs: z.partialRecord(z.enum(BELIEFS), z.number().positive().max(1000)).default({}),
});

export type Scenario = z.infer<typeof schema>;
export type ScenarioInput = z.input<typeof schema>;
export type FaultOrder = Scenario['faults'][number];

export class ScenarioError extends Error {
  override name = 'ScenarioError';
}

/** Throws ScenarioError with one sentence a problem. */
export function parseScenario(input: unknown): Scenario {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const sentences = result.error.issues.map((issue) => {
    const path = issue.path.map(String).join('.');
    return `${path === '' ? 'The scenario' : path}: ${issue.message}.`.replace('..', '.');
  });
  throw new ScenarioError(sentences.join('\n'));
}

/** Throws ScenarioError where the file is missing, not JSON, or not a scenario. */
export function readScenario(path: string): Scenario {
  let input: unknown;
  try {
    input = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new ScenarioError(`Expected a JSON file at ${path}, got: ${String(cause)}`, { cause });
  }
  try {
    return parseScenario(input);
  } catch (cause) {
    throw cause instanceof ScenarioError ? new ScenarioError(`${path}:\n${cause.message}`, { cause }) : cause;
  }
}

/** The defaults, with what the scenario says laid over them; a `mix` names only the weights it changes. */
export function settingsOf(scenario: Scenario): WorldSettings {
  const said = Object.fromEntries(
    Object.keys(DEFAULTS)
      .map((key) => [key, scenario[key as keyof WorldSettings]] as const)
      .filter(([, value]) => value !== undefined),
  );
  return { ...DEFAULTS, ...said, mix: { ...DEFAULTS.mix, ...scenario.mix } };
}

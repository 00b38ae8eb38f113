/** The options that decide what is ordered and how its result is judged: canaries and health. */

import { z } from 'zod';
import { DEFAULT_CANARY, RESOLUTIONS } from '../canary/canary.ts';
import type { Canary } from '../canary/canary.ts';
import { DEFAULT_POLICY } from '../core/policy.ts';
import { duration } from '../ports/options.ts';
import { identifier } from './entries.ts';
import { spanText } from './words.ts';

const TEXT_LENGTH_MAX = 500;

const text = (description: string) => z.string().max(TEXT_LENGTH_MAX).meta({ description });
const share = (description: string) => z.number().min(0).max(1).meta({ description });

const DEFAULT = DEFAULT_CANARY;

const prompt = z.strictObject({
  goal: text('What the clip is for, for people who read the configuration.').prefault(DEFAULT.prompt.goal),
  subject: text('What is seen, e.g. "a glossy red ball".').min(1),
  scene: text('Where it is, e.g. "a plain white floor".').min(1),
  motion: text('What it does.').min(1),
  camera: text('How the camera stands.').prefault(DEFAULT.prompt.camera),
  style: text('How it looks.').prefault(DEFAULT.prompt.style),
  avoid: z
    .array(z.string().min(1).max(100))
    .max(20)
    .meta({ description: 'What must not appear.' })
    .prefault(DEFAULT.prompt.avoid),
  post: text('What to do to the result.').prefault(DEFAULT.prompt.post),
});

const order = z.strictObject({
  seconds: z
    .union([z.number().positive().max(60), z.literal('shortest')])
    .meta({ description: 'The length in seconds; "shortest" takes the shortest that the model can do.' })
    .prefault('shortest'),
  aspect: z.enum(['16:9', '9:16', '1:1']).meta({ description: 'The shape of the picture.' }).prefault('16:9'),
  resolution: z
    .enum(['smallest', ...RESOLUTIONS])
    .meta({ description: 'The size; "smallest" takes the cheapest that the model can do.' })
    .prefault('smallest'),
  seed: z
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .nullable()
    .meta({ description: 'The seed, where the model takes one; null for none.' })
    .prefault(DEFAULT.order.seed),
  audio: z.boolean().meta({ description: 'Whether sound is ordered too.' }).prefault(false),
});

const expect = z.strictObject({
  durationTolerance: share('How far the length may lie from what was ordered: 0.3 is 30 %.').prefault(
    DEFAULT.expect.durationTolerance,
  ),
  sizeTolerance: share('How far width and height may lie from what was ordered.').prefault(
    DEFAULT.expect.sizeTolerance,
  ),
  blackMax: share('The largest share of black frames that passes.').prefault(DEFAULT.expect.blackMax),
  frozenMax: share('The largest share of standing time that passes.').prefault(DEFAULT.expect.frozenMax),
  colours: z
    .record(z.string().min(1).max(30), share('The least share of the picture.'))
    .meta({
      description:
        'Colours that must cover at least a share of the picture, e.g. { white: 0.15, red: 0.003 }. ' +
        'Without it: those of red-ball for the prompt of red-ball, none for another prompt.',
    })
    .optional(),
});

export const canarySchema = z
  .strictObject({
    id: identifier('The name of this canary. Unique.'),
    prompt: prompt.meta({ description: 'What is to be seen. Without it: the red ball.' }).optional(),
    order: order.meta({ description: 'What is ordered.' }).prefault({}),
    expect: expect.meta({ description: 'What a good result looks like to a decoder.' }).prefault({}),
  })
  .transform(({ id, prompt, order, expect }) => ({
    id,
    prompt: prompt ?? DEFAULT.prompt,
    order,
    expect: {
      ...expect,
      colours: expect.colours ?? (prompt === undefined ? DEFAULT.expect.colours : {}),
    },
  }));

/** All canaries by id: the configured ones and, where the file has no other of that name, red-ball. */
export function canariesOf(configured: readonly Canary[]): Map<string, Canary> {
  return new Map([DEFAULT, ...configured].map((canary) => [canary.id, canary]));
}

const { judgement: JUDGEMENT, demand: DEMAND } = DEFAULT_POLICY.detection;
const COUNT_MAX = 100;
const SIGNS_MAX = 10;
const BURST_MAX = 10;
const CANARIES_PER_HOUR_MAX = 10_000;

const count = (description: string, max = COUNT_MAX) => z.int().min(1).max(max).meta({ description });

export const healthSchema = z
  .strictObject({
    alertAt: z
      .number()
      .min(0.5)
      .max(0.999)
      .meta({ description: 'How sure of an outage we must be before it is reported: 0.95 is 95 %.' })
      .prefault(JUDGEMENT.alertAt),
    signsMin: count(
      `Independent bad signs that it takes, however sure we are: failed canaries, overdue ones, a failing free check; or one that has failed for ${spanText(JUDGEMENT.freeCheckFailsMs)}.`,
      SIGNS_MAX,
    ).prefault(JUDGEMENT.signsMin),
    witness: z
      .enum(['token', 'reporter'])
      .meta({
        description:
          "Who is one independent sign where users' jobs are reported: a token, whatever names it gives and at most so far, or each `reporter` by himself. The second finds outages sooner, and believes a router alone.",
      })
      .prefault('token'),
    confirmGap: duration(
      'The least time between canaries that confirm a suspicion, but for those that start together.',
    ).prefault(spanText(DEMAND.burstGapMs)),
    burst: count(
      'The most canaries that start together to confirm a suspicion; fewer, where waiting costs little.',
      BURST_MAX,
    ).prefault(DEMAND.burst),
    canariesPerHourMax: count(
      'A suspicion is only confirmed while the last hour saw fewer canaries of the target, whatever for.',
      CANARIES_PER_HOUR_MAX,
    ).prefault(DEMAND.burstsPerHourMax),
    recoverEvery: duration('How often an outage is looked at, at first.').prefault(
      spanText(DEMAND.recoverMsMin),
    ),
    recoverShare: share("Later an outage is looked at after this share of the outage's length.").prefault(
      DEMAND.recoverShare,
    ),
    recoverEveryMax: duration('The longest time between two looks at an outage.').prefault(
      spanText(DEMAND.recoverMsMax),
    ),
    settle: duration(
      'An outage is told to be over once it has been quiet for so long; one that returns before is the same incident.',
    ).prefault(spanText(DEFAULT_POLICY.settleMs)),
    hold: duration(
      `After a relapse an outage is over only when it has been quiet for so long; it doubles with each other one within ${spanText(JUDGEMENT.holdWindowMs)}, up to ${spanText(JUDGEMENT.holdMsMax)}.`,
    )
      .refine((ms) => ms <= JUDGEMENT.holdMsMax, `Expected at most ${spanText(JUDGEMENT.holdMsMax)}`)
      .prefault(spanText(JUDGEMENT.holdMs)),
    blindEvery: duration('How often a target is tried whose key or quota is in trouble.').prefault(
      spanText(DEMAND.blindEveryMs),
    ),
    unsureToBlind: count(
      'Runs in a row that say nothing about the provider (our rate limit, a refused prompt …) after which a target counts as blind.',
    ).prefault(DEFAULT_POLICY.unsureToBlind),
    goneToRetired: count(
      'Runs in a row that say that the model is gone for good, after which it counts as retired.',
    ).prefault(DEFAULT_POLICY.goneToRetired),
  })
  .refine((health) => health.recoverEveryMax >= health.recoverEvery, {
    path: ['recoverEveryMax'],
    error: 'Expected at least as long as recoverEvery',
  })
  .meta({
    description: 'What it takes to report an outage, and how suspicions and outages are looked at.',
  })
  .prefault({});

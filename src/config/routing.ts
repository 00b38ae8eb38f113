/** The options that say how a route's weights move, and what is shown where no target makes videos. */

import { z } from 'zod';
import { SECOND } from '../core/base.ts';
import type { RoutingPolicy } from '../core/routing.ts';
import { DEFAULT_ROUTING } from '../core/routing.ts';
import { address, duration } from '../ports/options.ts';
import { spanText } from './words.ts';

const TEXT_LENGTH_MAX = 500;
const TAGS_MAX = 20;
const VIDEOS_MAX = 100;
const RAMP_STEPS_MAX = 10;
const DEMAND_MAX = 10_000;

const D = DEFAULT_ROUTING;

const share = (description: string) => z.number().min(0).max(1).meta({ description });
const exponent = (description: string) => z.number().min(0).max(4).meta({ description });
const count = (description: string) => z.number().min(0).max(1_000).meta({ description });
const span = (description: string, least = 0) =>
  duration(description).refine((ms) => ms >= least, `Expected at least ${spanText(least)}`);

export const policySchema = z
  .strictObject({
    demand: z
      .number()
      .positive()
      .max(DEMAND_MAX)
      .meta({
        description:
          'New jobs per second, over all targets. With it and the "inFlight" of targets, no target is given more than it can take. Without it: nothing is capped.',
      })
      .optional(),
    capacityUse: share('The share of its capacity up to which a target is filled.')
      .refine((value) => value > 0, 'Expected more than 0')
      .prefault(D.capacityUse),
    degradedShare: share('What a degraded target keeps of its weight.').prefault(D.degradedShare),
    qualityPrior: z
      .strictObject({
        good: count('Usable ones.')
          .refine((value) => value > 0, 'Expected more than 0')
          .prefault(D.qualityPrior.good),
        bad: count('Unusable ones.').prefault(D.qualityPrior.bad),
      })
      .meta({ description: 'The canaries that a target is taken to have had before any was seen.' })
      .prefault({}),
    qualityExponent: exponent(
      'To which power the share of usable canaries counts; 0 for not at all.',
    ).prefault(D.qualityExponent),
    speedExponent: exponent(
      "To which power speed counts: the route's median time to a video over a target's own.",
    ).prefault(D.speedExponent),
    priceExponent: exponent(
      "To which power the price counts: the route's median per usable second over a target's own.",
    ).prefault(D.priceExponent),
    factorMin: z
      .number()
      .min(0.05)
      .max(1)
      .meta({ description: 'Speed and price each leave a target at least this much.' })
      .prefault(D.factorMin),
    factorMax: z
      .number()
      .min(1)
      .max(20)
      .meta({ description: 'Speed and price each give a target at most so much more.' })
      .prefault(D.factorMax),
    risePerMinute: z
      .int()
      .min(1)
      .max(100)
      .meta({
        description:
          'A weight rises by at most so many points of 100 in any minute, but where the jobs would else go to a target that is out.',
      })
      .prefault(D.risePerMinute),
    ramp: z
      .array(z.number().positive().max(1))
      .max(RAMP_STEPS_MAX)
      .refine((steps) => steps.every((step, n) => step > (steps[n - 1] ?? 0)), 'Expected ascending shares')
      .meta({
        description: 'What a target that was out is given of its weight, step by step, before all of it.',
      })
      .prefault([...D.ramp]),
    rampStep: span('A step lasts at least so long, and until a canary has passed.').prefault(
      spanText(D.rampStepMs),
    ),
    deadband: z
      .int()
      .min(1)
      .max(20)
      .meta({ description: 'Moves of fewer points are not made, unless a state has changed.' })
      .prefault(D.deadband),
    ejectGap: span(
      'Providers are put out at least this far apart, but for those of which two canaries in a row have failed.',
      SECOND,
    ).prefault(spanText(D.ejectGapMs)),
    freezeAt: z
      .int()
      .min(2)
      .max(50)
      .meta({
        description:
          'When so many providers are put out within "ejectGap", weights are frozen: it may be our own mistake.',
      })
      .prefault(D.freezeAt),
    freezeFor: span('Such a freeze ends by itself after so long.').prefault(spanText(D.freezeMs)),
  })
  .meta({ description: 'How weights follow from what is seen. The defaults are measured: docs/routing.md.' })
  .prefault({});

export const fallbackSchema = z
  .array(
    z.strictObject({
      url: address('Where the video lies.'),
      description: z.string().min(1).max(TEXT_LENGTH_MAX).meta({ description: 'What is seen.' }),
      category: z.string().min(1).max(100).meta({ description: 'What it can stand in for.' }),
      tags: z
        .array(z.string().min(1).max(50))
        .max(TAGS_MAX)
        .meta({ description: 'Words to choose by.' })
        .prefault([]),
      licence: z.string().min(1).max(200).meta({ description: 'What it may be used for, such as CC0-1.0.' }),
    }),
  )
  .max(VIDEOS_MAX)
  .meta({
    description:
      'Videos made beforehand, offered to applications in the status document: what to show while no target makes any.',
  })
  .prefault([]);

/** The options in the words of the policy. */
export function routingOf(
  { demand, rampStep, ejectGap, freezeFor, ...same }: z.output<typeof policySchema>,
  qualityHalfLifeMs: number,
): RoutingPolicy {
  return {
    ...same,
    demandPerS: demand ?? null,
    qualityHalfLifeMs,
    rampStepMs: rampStep,
    ejectGapMs: ejectGap,
    freezeMs: freezeFor,
  };
}

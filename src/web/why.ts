/** Why a target is believed to be as it is, as the API and the pages say it. */

import { z } from 'zod';
import { EXPLANATIONS } from '../core/explanations.ts';
import type { Instant } from '../core/base.ts';
import type { Target, TargetState } from '../core/model.ts';
import { runningOf } from '../core/observation.ts';
import { judgedAt, signWords, type Why, whyOf } from '../core/why.ts';
import type { Settings } from '../ports/settings.ts';
import type { View } from '../ports/view.ts';
import { iso } from './format.ts';
import { rounded } from './observed.ts';
import { at } from './schema.ts';

const PROBABILITY_DIGITS = 3;
/** Rare explanations and small factors still differ from nothing. */
const DIGITS = 4;

/** What a judgement of this moment is made from. */
export interface Seen {
  settings: Pick<Settings, 'targets' | 'policy'>;
  view: Pick<View, 'states' | 'flights'>;
  now: Instant;
}

export const why = z.object({
  at,
  fault: z.number().min(0).max(1).meta({
    description:
      'The probability of any fault of the provider at this moment, jobs that are overdue weighed in.',
  }),
  sentences: z
    .array(z.string())
    .meta({ description: 'What it rests on, the most telling first, for people to check.' }),
  explanations: z
    .array(z.object({ name: z.enum(EXPLANATIONS), probability: z.number().min(0).max(1) }))
    .meta({ description: 'All that may explain what was seen, the likeliest first.' }),
  signs: z
    .array(
      z.object({
        at,
        what: z.string(),
        text: z.string(),
        times: z.number().int().meta({
          description: 'Free checks that say the same one after the other are one sign: how many they were.',
        }),
        factor: z.number().meta({ description: 'By what it multiplied the odds of a fault.' }),
      }),
    )
    .meta({ description: 'What moved belief, the newest first.' }),
});
export type WhyShape = z.infer<typeof why>;

/** As of this moment; null where nothing has been seen of the target yet. */
export function whyNow(target: Target, { settings, view, now }: Seen): Why | null {
  const targets = settings.targets.map((setting) => setting.target);
  const moment = { at: now, jobs: runningOf(view.flights(), target.id), targets, states: view.states() };
  return whyOf(target, moment, settings.policy.detection);
}

/** P(any fault) as of this moment, unrounded. */
export function faultNow(state: TargetState, { settings, view, now }: Seen): number | null {
  if (state.belief === null) return null;
  return judgedAt(state.belief, runningOf(view.flights(), state.id), now, settings.policy.detection).fault;
}

/** P(any fault) as of the last event that was written: the same for as long as the generation is. */
export function faultWritten({ fault }: TargetState): number | null {
  return fault && rounded(fault, PROBABILITY_DIGITS);
}

export function whyShape({ fault, sentences, explanations, signs }: Why, now: Instant): WhyShape {
  return {
    at: iso(now),
    fault: rounded(fault, DIGITS),
    sentences,
    explanations: explanations.map(({ name, probability }) => ({
      name,
      probability: rounded(probability, DIGITS),
    })),
    signs: signs.map((sign) => ({
      at: iso(sign.seen.at),
      what: signWords(sign),
      text: sign.text,
      times: sign.times,
      factor: rounded(sign.factor, DIGITS),
    })),
  };
}

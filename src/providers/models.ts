/** What the configuration says about models: new ones, and known ones at other prices. */

import { z } from 'zod';
import { dollars } from '../ports/options.ts';
import type { ModelFacts, Models } from './define.ts';
import { priceOf } from './price.ts';
import { CANARY_PLACES, placesIn, type Template } from './template.ts';

const MODELS_MAX = 200;
const NAMES_MAX = 20;
const NESTING_MAX = 6;

const LENGTH = z.number().positive().max(600);
const PIXELS = z.int().min(16).max(8_192);
const NAME = z.string().min(1).max(40);
const ASPECT = z.string().regex(/^\d{1,3}:\d{1,3}$/, 'Expected an aspect ratio such as 16:9');
const PRICE_NAME = /^[^/+]+(\+audio|\/\d+(\.\d+)?|(\+audio)?\/Mtok)?$/;

/** JSON with places in it. */
export const template: z.ZodType<Template> = z.lazy(() =>
  z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(template), z.record(z.string(), template)]),
);

const modelOptions = z.strictObject({
  like: z
    .string()
    .meta({ description: 'The known model that has everything which is not said here. Without it: itself.' })
    .optional(),
  seconds: z
    .array(LENGTH)
    .min(1)
    .max(60)
    .meta({ description: 'The lengths that it makes, in seconds.' })
    .optional(),
  sizes: z
    .record(NAME, z.record(ASPECT, z.tuple([PIXELS, PIXELS])))
    .refine((sizes) => Object.keys(sizes).length <= NAMES_MAX, `Expected at most ${NAMES_MAX} resolutions`)
    .meta({
      description: 'Width and height in pixels by resolution and aspect ratio, the smallest first.',
    })
    .optional(),
  price: z
    .record(
      z.string().regex(PRICE_NAME, 'Expected a resolution, or one with +audio, /seconds or /Mtok'),
      dollars('Dollars.'),
    )
    .meta({
      description:
        'Dollars per second by resolution ("720p"), with sound ("720p+audio"), for a whole clip ("720p/5"), ' +
        'for a million tokens ("720p/Mtok", "720p+audio/Mtok"), or for a second of the machine ("machine", on Replicate, ' +
        'beside a price by resolution).',
    })
    .optional(),
  seed: z.boolean().meta({ description: 'Whether it takes a seed.' }).optional(),
  negativePrompt: z.boolean().meta({ description: 'Whether it takes a negative prompt.' }).optional(),
  audio: z.boolean().meta({ description: 'Whether sound can be asked for.' }).optional(),
  tasks: z
    .array(z.enum(['text-to-video', 'image-to-video']))
    .min(1)
    .meta({
      description:
        'What kinds of jobs it does, for routes. Without it: text-to-video, which is what canaries order.',
    })
    .optional(),
  promptCharactersMax: z
    .int()
    .min(20)
    .max(100_000)
    .meta({ description: 'The longest prompt that it reads.' })
    .optional(),
  endsOn: z.iso
    .date('Expected a day such as 2026-11-30')
    .meta({ description: 'The day on which it ends.' })
    .optional(),
  replacement: z.string().max(200).meta({ description: 'What its vendor names in its place.' }).optional(),
  input: z
    .record(z.string().max(100), template)
    .refine((input) => isShallow(input), `Expected at most ${NESTING_MAX} levels`)
    .check(places(CANARY_PLACES))
    .meta({
      description:
        'The fields of its request, for providers that serve models of many makers: JSON in which {prompt}, ' +
        '{negativePrompt}, {seconds}, {resolution}, {width}, {height}, {aspect}, {seed} and {audio} stand for ' +
        'what the canary asks for.',
    })
    .optional(),
});

type ModelOptions = z.output<typeof modelOptions>;

/** Refuses a template with a place that stands for nothing: it would be sent as it is. */
export function places(known: readonly string[]): z.core.CheckFn<Template> {
  return ({ value, issues }) => {
    const strange = placesIn(value).find((name) => !known.includes(name));
    if (strange === undefined) return;
    const list = known.map((name) => `{${name}}`).join(', ');
    const message = `{${strange}} stands for nothing here, only ${list}`;
    issues.push({ code: 'custom', input: value, message });
  };
}

/** The option `models`, the same for every provider. */
export const modelsOption = z
  .record(z.string().min(1).max(200), modelOptions)
  .refine((models) => Object.keys(models).length <= MODELS_MAX, `Expected at most ${MODELS_MAX} models`)
  .meta({
    description: 'Models that the built-in catalogue does not have, or what is otherwise than it says.',
  });

/** A model that cannot be made out of what is said about it. */
export interface ModelProblem {
  model: string;
  text: string;
}

/**
 * The catalogue with what the configuration says.
 * @returns all models that can be used, and those that cannot, each with a sentence
 */
export function withModels(
  known: Models,
  wanted: Readonly<Record<string, ModelOptions>> = {},
): { models: Models; problems: ModelProblem[] } {
  const models: Record<string, ModelFacts> = { ...known };
  const problems: ModelProblem[] = [];
  for (const [model, options] of Object.entries(wanted)) {
    // One that was described above may be meant by `like` too.
    const made = makeModel(models, model, options);
    if (typeof made === 'string') problems.push({ model, text: made });
    else models[model] = made;
  }
  return { models, problems };
}

function makeModel(known: Models, model: string, options: ModelOptions): ModelFacts | string {
  const { like = model, seconds, ...rest } = options;
  const base = Object.hasOwn(known, like) ? known[like] : undefined;
  if (options.like !== undefined && base === undefined)
    return `like: ${like} is not known here, only ${Object.keys(known).join(', ')}`;
  const said: Partial<ModelFacts> = Object.fromEntries(
    Object.entries(rest).filter(([, value]) => value !== undefined),
  );
  const facts: Partial<ModelFacts> = {
    ...(base ?? PLAIN),
    ...said,
    ...(seconds && { seconds: seconds.toSorted((a, b) => a - b) }),
    ...(options.price && HERE),
  };
  const missing = (['seconds', 'sizes', 'price'] as const).filter((key) => facts[key] === undefined);
  if (missing.length > 0)
    return `${model} is not in the catalogue: expected "like", or else ${missing.join(' and ')}`;
  return unpriced(facts as ModelFacts, model) ?? (facts as ModelFacts);
}

const HERE = { source: 'the configuration', checkedOn: '' };
const PLAIN = { ...HERE, seed: false, negativePrompt: false, audio: false, promptCharactersMax: 500 };

/** A sentence where a clip of some size and length would have no price; how many pixels it has does not decide that. */
function unpriced(facts: ModelFacts, model: string): string | null {
  for (const resolution of Object.keys(facts.sizes))
    for (const seconds of facts.seconds)
      if (priceOf(facts.price, { resolution, seconds, width: 1, height: 1, audio: false }) === null)
        return `${model} has no price for ${resolution}: expected "${resolution}" per second, "${resolution}/${seconds}" per clip or "${resolution}/Mtok" per million tokens`;
  return null;
}

/** Whether a value is nested no deeper than a request ever is. */
export function isShallow(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depth < NESTING_MAX && Object.values(value).every((inner) => isShallow(inner, depth + 1));
}

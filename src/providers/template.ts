/** Request bodies that are written in the configuration: JSON in which `{name}` stands for a value. */

import type { Opaque } from '../core/model.ts';
import type { Choice } from './plan.ts';

/** JSON with places. A text that is one place alone takes the value as it is, a number as a number. */
export type Template =
  | string
  | number
  | boolean
  | null
  | readonly Template[]
  | { readonly [key: string]: Template };

/** What the places of a template stand for; null leaves a field out. */
export type Values = Readonly<Record<string, string | number | boolean | null>>;

const PLACE = /\{([\w.-]+)(?::text)?\}/g;
const ALONE = /^\{([\w.-]+)(:text)?\}$/;

/** The names of `valuesOf`, as everybody who writes a template may use them. */
export const CANARY_PLACES = [
  'model',
  'prompt',
  'negativePrompt',
  'seconds',
  'resolution',
  'width',
  'height',
  'aspect',
  'seed',
  'audio',
] as const;

/** The values of a canary that is fitted to a model, by the names that templates know. */
export function valuesOf(choice: Choice): Values {
  const { model, prompt, negativePrompt, resolution, audio, seed, facts } = choice;
  const { seconds, width, height, aspect } = facts;
  return { model, prompt, negativePrompt, resolution, audio, seed, seconds, width, height, aspect };
}

/** The names of the places in a template, each once. */
export function placesIn(template: Template): string[] {
  const text = JSON.stringify(template);
  return [...new Set([...text.matchAll(PLACE)].map(([, name = '']) => name))];
}

/** Puts values into a template. A field whose text is one place without a value is left out; so is a list item. */
export function fill(template: Template, values: Values): Opaque {
  return filled(template, values) ?? null;
}

function filled(template: Template, values: Values): Opaque | undefined {
  if (typeof template === 'string') return fillText(template, values);
  if (template === null || typeof template !== 'object') return template;
  if (isList(template))
    return template.map((item) => filled(item, values)).filter((item) => item !== undefined);
  const fields = Object.entries(template).map(([key, value]) => [key, filled(value, values)] as const);
  return Object.fromEntries(fields.filter((field): field is [string, Opaque] => field[1] !== undefined));
}

/**
 * Puts values into a text. One place alone gives the value as it is, or undefined where there is none;
 * `{seconds:text}` gives it as a text, for APIs that want "5".
 */
export function fillText(text: string, values: Values): string | number | boolean | undefined {
  const [, alone, asText] = ALONE.exec(text) ?? [];
  if (alone !== undefined && Object.hasOwn(values, alone)) {
    const value = values[alone] ?? undefined;
    return asText === undefined || value === undefined ? value : String(value);
  }
  return text.replace(PLACE, (place, name: string) =>
    Object.hasOwn(values, name) ? String(values[name] ?? '') : place,
  );
}

function isList(template: object): template is readonly Template[] {
  return Array.isArray(template);
}

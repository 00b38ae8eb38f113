/** Calls out of templates. What came from an answer may neither lead the key elsewhere nor break a header. */

import type { Opaque } from '../core/model.ts';
import { HttpError, type Payload } from '../ports/http.ts';
import { fieldsOf, ownAddress } from './read.ts';
import { fillText, placesIn, type Template, type Values } from './template.ts';

const PATH_CHARACTERS_MAX = 4_000;
const HEADER_VALUE = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;
const ALONE = /^\{(job\.\w+)\}$/;

/**
 * Puts values into a path, percent-encoded; the name of a model keeps its slashes.
 * One place alone is an address that an answer gave, and must lie on the origin of the base.
 * @throws HttpError `bad_json` for a value that has no place in a path
 */
export function pathOf(path: string, values: Values, base: string): string {
  const alone = ALONE.exec(path)?.[1];
  if (alone !== undefined) return within(base, values[alone], alone);
  const encoded = placesIn(path).map((name) => [name, encode(name, values)] as const);
  const filled = String(fillText(path, Object.fromEntries(encoded)));
  if (filled.length > PATH_CHARACTERS_MAX) throw refusal(`a path of ${filled.length} characters is too long`);
  return filled;
}

function encode(name: string, values: Values): string {
  const text = String(values[name] ?? '');
  const parts = name === 'model' ? text.split('/') : [text];
  // A segment of dots would be resolved, and lead to another path than the one that was described.
  if (parts.some((part) => /^\.*$/.test(part)))
    throw refusal(`{${name}} is "${text.slice(0, 100)}", which has no place in a path`);
  return parts.map((part) => encodeURIComponent(part.toWellFormed())).join('/');
}

/**
 * An address on the origin of the base, as a whole URL.
 * @throws HttpError `bad_json` for any other
 */
export function within(base: string, value: unknown, name: string): string {
  const url = ownAddress(base, value);
  if (url !== null) return url.href;
  const told = JSON.stringify(value ?? null).slice(0, 200);
  throw refusal(`${name} is ${told}, which is not on ${new URL(base).origin}: the key stays there`);
}

/** @throws HttpError `bad_json` for a value that is not one line */
export function headersOf(headers: Readonly<Record<string, string>>, values: Values): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, template]) => {
      const value = fillText(template, values);
      // A header that is one place without a value is left out, like a field.
      if (value === undefined) return [];
      if (!HEADER_VALUE.test(String(value)))
        throw refusal(`the header ${name} is not one line of Latin text`);
      return [[name, String(value)]];
    }),
  );
}

/** The body with the model's own fields: where `{input}` stands, or else beside the others. */
export function withInput(body: Template, input: Readonly<Record<string, Template>> | undefined): Template {
  if (placesIn(body).includes('input')) return replaced(body, input ?? {});
  return { ...(body as Readonly<Record<string, Template>>), ...input };
}

function replaced(template: Template, input: Template): Template {
  if (template === '{input}') return input;
  if (template === null || typeof template !== 'object') return template;
  if (Array.isArray(template)) return template.map((item: Template) => replaced(item, input));
  const entries = Object.entries(template as Readonly<Record<string, Template>>);
  return Object.fromEntries(entries.map(([key, value]) => [key, replaced(value, input)]));
}

/** A body as it is sent; what is nested in a form is written as JSON. */
export function payloadOf(as: 'json' | 'form', body: Opaque): Payload {
  if (as === 'json') return { json: body };
  return {
    form: Object.entries(fieldsOf(body)).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  };
}

function refusal(text: string): HttpError {
  return new HttpError('bad_json', text);
}

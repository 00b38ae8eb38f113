/** Walks a schema and a value together: where the secrets are, what the defaults are, which options exist. */

import { z } from 'zod';
import { spanText } from './words.ts';

export interface Spot {
  path: (string | number)[];
  value: unknown;
  isSecret: boolean;
}

type Visit = (spot: Spot) => unknown;

/**
 * The value with every default filled in as a person would have written it.
 * `visit` is called for each leaf and says what stands in its place.
 */
export function mapOptions(schema: z.core.$ZodType, value: unknown, visit: Visit): unknown {
  return step(schema, value, visit, [], false);
}

function step(
  schema: z.core.$ZodType,
  value: unknown,
  visit: Visit,
  path: (string | number)[],
  wasSecret: boolean,
): unknown {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  const isSecret = wasSecret || z.globalRegistry.get(schema)?.['secret'] === true;
  const go = (inner: z.core.$ZodType, given: unknown): unknown => step(inner, given, visit, path, isSecret);
  const into = (inner: z.core.$ZodType, given: unknown, key: string | number): unknown =>
    step(inner, given, visit, [...path, key], isSecret);
  if (def.type === 'default' || def.type === 'prefault') {
    return go(def.innerType, value === undefined ? written(def.innerType, def.defaultValue) : value);
  }
  if (def.type === 'lazy') return go(def.getter(), value);
  const inner = innerOf(schema);
  if (inner !== null) return value === undefined ? undefined : go(inner, value);
  if (def.type === 'object' && isMap(value)) return mapEntries(def.shape, value, into);
  if (def.type === 'record' && isMap(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, into(def.valueType, v, key)]));
  }
  if (def.type === 'array' && Array.isArray(value)) return value.map((item, i) => into(def.element, item, i));
  if (def.type === 'tuple' && Array.isArray(value)) {
    return value.map((item, i) => (def.items[i] === undefined ? item : into(def.items[i], item, i)));
  }
  if (def.type === 'union') {
    const fitting = def.options.find((option) => z.safeParse(option, value).success);
    if (fitting !== undefined) return go(fitting, value);
  }
  return value === undefined ? undefined : visit({ path, value, isSecret });
}

/** Options first in the order of the schema, then whatever else stands there. */
function mapEntries(
  shape: Readonly<Record<string, z.core.$ZodType>>,
  value: Record<string, unknown>,
  into: (inner: z.core.$ZodType, given: unknown, key: string) => unknown,
): Record<string, unknown> {
  const known = Object.entries(shape).map(([key, inner]): [string, unknown] => [
    key,
    into(inner, Object.hasOwn(value, key) ? value[key] : undefined, key),
  ]);
  const others = Object.entries(value).filter(([key]) => !Object.hasOwn(shape, key));
  return Object.fromEntries([...known.filter(([, v]) => v !== undefined), ...others]);
}

/** The names of the options that may stand at a path; none where the path leads out of the schema. */
export function optionNames(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  const plain = unwrap(schema);
  const { def } = (plain as z.core.$ZodTypes)._zod;
  const [key, ...rest] = path;
  if (key === undefined) return def.type === 'object' ? Object.keys(def.shape) : [];
  const inner = childOf(def, key);
  return inner === undefined ? [] : optionNames(inner, rest);
}

function childOf(def: z.core.$ZodTypes['_zod']['def'], key: PropertyKey): z.core.$ZodType | undefined {
  if (def.type === 'object') return Object.hasOwn(def.shape, key) ? def.shape[String(key)] : undefined;
  if (def.type === 'array') return def.element;
  if (def.type === 'tuple') return def.items[Number(key)];
  return def.type === 'record' ? def.valueType : undefined;
}

const WRAPPERS = ['optional', 'nullable', 'readonly', 'nonoptional', 'catch', 'default', 'prefault'];

/** What a wrapper that changes nothing about how a value is written holds; null for a schema that is none. */
function innerOf(schema: z.core.$ZodType): z.core.$ZodType | null {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  // Of two schemas in a row the later says more, unless it only transforms.
  if (def.type === 'pipe') return isKind(def.out, 'transform') ? def.in : def.out;
  return WRAPPERS.includes(def.type) && 'innerType' in def ? def.innerType : null;
}

/** A schema without the wrappers that do not change what may be written. */
export function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  const inner = innerOf(schema);
  return inner === null ? schema : unwrap(inner);
}

/** A default as the file would have it: a span that a schema keeps in milliseconds is written `10s`. */
export function written(schema: z.core.$ZodType, value: unknown): unknown {
  return typeof value === 'number' && isKind(unwrap(schema), 'string') ? spanText(value) : value;
}

function isKind(schema: z.core.$ZodType, type: string): boolean {
  return schema._zod.def.type === type;
}

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Sections whose entries are adapters: `- id: oncall, use: slack, …options of slack`. */

import { z } from 'zod';
import { invariant } from '../core/base.ts';
import { isMap } from './walk.ts';

export const ENTRIES_MAX = 100;

const ID = /^[a-z0-9][a-z0-9._-]{0,63}$/i;
const ID_TEXT = 'Expected a name of letters, digits, ".", "_" and "-", 64 at most';

/** A name that may stand in ids, labels and URLs. */
export function identifier(description: string) {
  return z.string().regex(ID, ID_TEXT).meta({ description });
}

export interface Adapter {
  name: string;
  title: string;
  options: z.ZodType;
}

/** One parsed entry: the common options beside the adapter's own, which only the adapter understands. */
export interface Entry<Common> {
  id: string;
  use: string;
  common: Common;
  options: Record<string, unknown>;
}

/**
 * A section of adapters.
 * @param given.what what an entry is called in messages: "provider"
 * @param given.common options that every entry of the section has, whatever adapter it uses
 */
export function entries<Common extends z.core.$ZodLooseShape>(given: {
  adapters: readonly Adapter[];
  what: string;
  common: Common;
  least: number;
  description: string;
}) {
  const shape = { ...namesOf(given.adapters, given.what), ...given.common };
  const object = (adapter: Adapter) =>
    // The schema of an adapter is only chosen where the entry names it, if only by its id.
    entryObject(adapter, { ...shape, use: shape.use.unwrap().prefault(adapter.name) });
  return {
    ...given,
    object,
    /** The schema for what the file says: each entry strict about the options of its own adapter. */
    schemaFor(raw: unknown) {
      const list = Array.isArray(raw) ? raw.slice(0, ENTRIES_MAX) : [];
      const items = list.map((item) => itemSchema(item, given, object));
      // A tuple would speak of "items": the length is checked by the plain list before it.
      const whole = z.array(z.unknown()).min(given.least).max(ENTRIES_MAX);
      const parsed = whole
        .pipe(z.tuple(items as []))
        .transform((all: unknown[]) =>
          all.map((one) => split<z.output<z.ZodObject<Common>>>(one, Object.keys(given.common))),
        );
      return given.least > 0 ? parsed : parsed.prefault([]);
    },
  };
}

function namesOf(adapters: readonly Adapter[], what: string) {
  const names = adapters.map((adapter) => adapter.name);
  return {
    id: identifier(`The name of this ${what}. Unique.`),
    use: z
      .enum(names as [string, ...string[]])
      .meta({ description: `Which ${what} it is: ${names.join(', ')}. Without it: the id.` })
      .optional(),
  };
}

/** The adapter's own strict options and the common ones as one object, the adapter's refinements kept. */
function entryObject(adapter: Adapter, shape: z.core.$ZodLooseShape): z.ZodObject {
  invariant(adapter.options instanceof z.ZodObject, `the options of ${adapter.name} are not an object`);
  const taken = Object.keys(adapter.options.shape).filter((key) => Object.hasOwn(shape, key));
  invariant(taken.length === 0, `the options of ${adapter.name} may not be called ${taken.join(', ')}`);
  const ordered = z.object({ ...shape }).safeExtend(adapter.options.shape).shape;
  const extended: z.ZodObject = adapter.options.safeExtend(shape);
  // Names first, as people write and read them; the checks stay those of the adapter.
  return extended.clone({ ...extended.def, shape: ordered, catchall: z.never() });
}

function itemSchema(
  item: unknown,
  given: { adapters: readonly Adapter[]; what: string },
  object: (adapter: Adapter) => z.ZodObject,
): z.ZodType {
  const use = useOf(item);
  const adapter = given.adapters.find((adapter) => adapter.name === use);
  if (adapter !== undefined) return object(adapter);
  // The adapter cannot be known, so neither can its options: only the names are judged, and always found wrong.
  const names = namesOf(given.adapters, given.what);
  return z.looseObject({ id: names.id, use: names.use.unwrap() });
}

/** The adapter that an entry names; its id where it names none. */
export function useOf(item: unknown): unknown {
  return isMap(item) ? (item['use'] ?? item['id']) : undefined;
}

function split<Common>(one: unknown, commonKeys: readonly string[]): Entry<Common> {
  invariant(isMap(one), 'an entry was parsed as an object');
  const { id, use, ...rest } = one;
  const isCommon = ([key]: [string, unknown]): boolean => commonKeys.includes(key);
  return {
    id: String(id),
    use: String(use ?? id),
    common: Object.fromEntries(Object.entries(rest).filter(isCommon)) as Common,
    options: Object.fromEntries(Object.entries(rest).filter((pair) => !isCommon(pair))),
  };
}

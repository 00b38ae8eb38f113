/** The door to JSONPath (RFC 9535): where in an answer something stands. */

import { JSONPathEnvironment, type JSONPathQuery, type JSONValue } from 'json-p3';

const PATHS_MAX = 1_000;

const environment = new JSONPathEnvironment();
const compiled = new Map<string, JSONPathQuery>();

/** A sentence about what is wrong with a JSONPath; null where nothing is. */
export function whyNoPath(path: string): string | null {
  if (!path.startsWith('$')) return 'Expected a JSONPath, which begins with $';
  try {
    environment.compile(path);
    return null;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    return `Expected a JSONPath such as $.data.id: ${reason}`;
  }
}

/**
 * Everything in a JSON value that a path leads to, in the order of the value.
 * An answer that is too deep for the path to be walked holds nothing.
 * @param path one in which `whyNoPath` finds nothing wrong
 */
export function allAt(path: string, value: unknown): unknown[] {
  let query = compiled.get(path);
  if (query === undefined) {
    query = environment.compile(path);
    if (compiled.size < PATHS_MAX) compiled.set(path, query);
  }
  try {
    return query.query(value as JSONValue).values();
  } catch {
    return [];
  }
}

/** The first thing in a JSON value that a path leads to; undefined where there is nothing, or only null. */
export function firstAt(path: string, value: unknown): unknown {
  return allAt(path, value).find((found) => found !== null);
}

/** The door to JSONPath (RFC 9535): where in an answer something stands. */

import { createRequire } from 'node:module';
import type * as JsonP3 from 'json-p3';

const PATHS_MAX = 1_000;

const compiled = new Map<string, JsonP3.JSONPathQuery>();
let environment: JsonP3.JSONPathEnvironment | null = null;

/** It is only loaded where a provider is described: five megabytes of memory that most daemons do not need. */
function compile(path: string): JsonP3.JSONPathQuery {
  if (environment === null) {
    const { JSONPathEnvironment } = createRequire(import.meta.url)('json-p3') as typeof JsonP3;
    environment = new JSONPathEnvironment();
  }
  return environment.compile(path);
}

/** A sentence about what is wrong with a JSONPath; null where nothing is. */
export function whyNoPath(path: string): string | null {
  if (!path.startsWith('$')) return 'Expected a JSONPath, which begins with $';
  try {
    compile(path);
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
    query = compile(path);
    if (compiled.size < PATHS_MAX) compiled.set(path, query);
  }
  try {
    return query.query(value as JsonP3.JSONValue).values();
  } catch {
    return [];
  }
}

/** The first thing in a JSON value that a path leads to; undefined where there is nothing, or only null. */
export function firstAt(path: string, value: unknown): unknown {
  return allAt(path, value).find((found) => found !== null);
}

/** What zod finds wrong, as complaints about paths of the file. */

import type { z } from 'zod';
import { pathKey } from './interpolate.ts';
import type { Interpolated } from './interpolate.ts';
import { secretPaths } from './secrets.ts';
import { isMap, optionNames } from './walk.ts';
import { hint, nearHint, show } from './words.ts';

export type Path = (string | number)[];

/** Something wrong at a path; with `key`, the name of the option is what is wrong, not its value. */
export interface Complaint {
  path: Path;
  text: string;
  key?: boolean;
}

/** `concurrency: ${N}` is text after the environment was put in: where a number or a truth is wanted, it becomes one. */
export function retype(schema: z.ZodType, value: unknown, written: Interpolated['written']): unknown {
  if (written.size === 0) return value;
  const result = schema.safeParse(value);
  if (result.success) return value;
  const wanted = new Map(
    result.error.issues.flatMap((issue): [string, string][] => {
      const key = pathKey(issue.path);
      return issue.code === 'invalid_type' && written.has(key) ? [[key, issue.expected]] : [];
    }),
  );
  const walk = (value: unknown, path: Path): unknown => {
    if (Array.isArray(value)) return value.map((item, i) => walk(item, [...path, i]));
    if (isMap(value)) {
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, walk(item, [...path, key])]),
      );
    }
    const type = wanted.get(pathKey(path));
    if (typeof value !== 'string' || type === undefined) return value;
    if (type === 'boolean') return value === 'true' ? true : value === 'false' ? false : value;
    const isNumber = ['number', 'int'].includes(type) && /^-?\d+(\.\d+)?$/.test(value);
    return isNumber ? Number(value) : value;
  };
  return wanted.size === 0 ? value : walk(value, []);
}

/** Issues as sentences with paths; values that are secret or came from the environment are not shown. */
export function complaintsOf(
  issues: readonly z.core.$ZodIssue[],
  schema: z.ZodType,
  value: unknown,
  written: Interpolated['written'],
): Complaint[] {
  const hidden = secretPaths(schema, value);
  return issues.flatMap((issue): Complaint[] => {
    const path = issue.path.map((key) => (typeof key === 'number' ? key : String(key)));
    if (issue.code === 'unrecognized_keys') {
      const known = optionNames(schema, path);
      return issue.keys.map((key) => ({
        path: [...path, key],
        text: `Unknown option "${key}".${hint(key, known)}`,
        key: true,
      }));
    }
    const got = valueAt(value, path);
    if (issue.code === 'custom' && !isLeaf(got)) return [{ path, text: issue.message }];
    const key = pathKey(path);
    const shown = written.has(key)
      ? `the value of ${written.get(key)}`
      : Array.isArray(got) && issue.code.startsWith('too_')
        ? String(got.length)
        : show(got);
    const guess = issue.code === 'invalid_value' && typeof got === 'string' ? guessOf(got, issue.values) : '';
    const isHidden = hidden.has(key) && got !== undefined;
    return [{ path, text: isHidden ? issue.message : `${issue.message}, got ${shown}${guess}` }];
  });
}

function guessOf(got: string, values: readonly unknown[]): string {
  const near = nearHint(got, values.map(String));
  return near === '' ? '' : `.${near}`;
}

function isLeaf(value: unknown): boolean {
  return typeof value !== 'object' || value === null;
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, key) => {
    if (Array.isArray(at)) return at[Number(key)];
    return isMap(at) && Object.hasOwn(at, key) ? at[key] : undefined;
  }, value);
}

/** How the configuration speaks: amounts, spans, suggestions, and zod's issues as sentences. */

import type { z } from 'zod';
import { DAY, HOUR, MINUTE, SECOND } from '../core/base.ts';

/** Longer words are not compared: the comparison is quadratic. */
const COMPARED_LENGTH_MAX = 64;
const SHOWN_LENGTH_MAX = 60;
/** A longer list of what there is to choose from would hide the mistake. */
const KNOWN_MAX = 16;

/** One thing wrong with the file. `line` and `column` count from 1; 0 where the trouble is not in the file. */
export interface ConfigProblem {
  path: string;
  line: number;
  column: number;
  text: string;
}

/** `config/x.yaml:12: targets[2].every: Expected …`: one line for a terminal. */
export function sentence(file: string, problem: ConfigProblem): string {
  const place = problem.line === 0 ? file : `${file}:${problem.line}`;
  return [place, problem.path, problem.text].filter((part) => part !== '').join(': ');
}

/** `targets[2].every` */
export function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? String(key) : `${text}.${String(key)}`;
  }, '');
}

/** A value from the file as it may stand in a message. */
export function show(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map of options';
  if (typeof value !== 'string') return JSON.stringify(value);
  return JSON.stringify(value.length > SHOWN_LENGTH_MAX ? `${value.slice(0, SHOWN_LENGTH_MAX)}…` : value);
}

/** `a, b or c` */
export function either(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

/** ` Did you mean "every"?`, or what there is to choose from when nothing is near. */
export function hint(word: string, known: readonly string[]): string {
  const near = nearHint(word, known);
  if (near !== '') return near;
  if (known.length === 0 || known.length > KNOWN_MAX) return '';
  return ` Known: ${known.join(', ')}.`;
}

/** ` Did you mean "every"?`, or nothing. */
export function nearHint(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return near === null ? '' : ` Did you mean "${near}"?`;
}

function nearest(word: string, known: readonly string[]): string | null {
  const allowed = Math.max(2, Math.floor(word.length / 3));
  const ranked = known
    .map((candidate) => ({ candidate, distance: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= Math.min(allowed, candidate.length - 1))
    .sort((a, b) => a.distance - b.distance);
  return ranked[0]?.candidate ?? null;
}

/** Edits from one word to the other (Levenshtein). */
function distance(a: string, b: string): number {
  if (a.length > COMPARED_LENGTH_MAX || b.length > COMPARED_LENGTH_MAX) return Infinity;
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const replaced = (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? Infinity;
}

/** Milliseconds as the file writes them: `90s`, `30m`, `6h`, `7d`. */
export function spanText(ms: number): string {
  const units: [string, number][] = [
    ['d', DAY],
    ['h', HOUR],
    ['m', MINUTE],
    ['s', SECOND],
  ];
  // A single day reads better as 24h, beside 12h and 6h.
  const unit = units.find(([name, size]) => ms > 0 && ms % size === 0 && (name !== 'd' || ms > DAY));
  return unit === undefined ? `${ms}ms` : `${ms / unit[1]}${unit[0]}`;
}

/** `$2`, `$0.24`, `$0.0042`: cents, and more digits only below ten cents. */
export function money(usd: number): string {
  if (Number.isInteger(usd)) return `$${usd}`;
  return usd < 0.1 ? `$${Number(usd.toFixed(4))}` : `$${usd.toFixed(2)}`;
}

const KINDS: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'a map of options',
  record: 'a map',
};

/** The sentence for an issue whose schema has none of its own; undefined leaves it to zod. */
export function issueText(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'invalid_type') return `Expected ${KINDS[issue.expected] ?? issue.expected}`;
  if (issue.code === 'too_small') {
    const word = issue.inclusive === false ? 'more than' : 'at least';
    return `Expected ${word} ${amount(issue.origin, issue.minimum)}`;
  }
  if (issue.code === 'too_big') {
    const word = issue.inclusive === false ? 'less than' : 'at most';
    return `Expected ${word} ${amount(issue.origin, issue.maximum)}`;
  }
  if (issue.code === 'invalid_value') return `Expected ${either(issue.values.map(String))}`;
  if (issue.code === 'unrecognized_keys') return 'Unknown option';
  return issue.code === 'invalid_union' ? unionText(issue.errors) : undefined;
}

function amount(origin: string, limit: number | bigint): string {
  if (origin === 'string') return `${limit} characters`;
  if (origin === 'array' || origin === 'tuple') return limit === 1 ? '1 entry' : `${limit} entries`;
  return String(limit);
}

/** Of several forms that all fit badly: what the nearest one says, else all of them. */
function unionText(branches: z.core.$ZodIssue[][]): string {
  const near = branches.find(([first]) => first !== undefined && first.code !== 'invalid_type')?.[0];
  if (near !== undefined) return near.message;
  const all = branches.map(([first]) => first?.message.replace(/^Expected /, '') ?? '');
  return `Expected ${either([...new Set(all)])}`;
}

/** The door to pino: one JSON line per event, with nothing secret and nothing endless in it. */

import { destination, pino, stdTimeFunctions } from 'pino';
import type { Fields, Log } from '../ports/log.ts';
import { createMasker } from './mask.ts';

/** What a line may hold. Bodies of answers come as text, so this also bounds them. */
const TEXT_CHARS_MAX = 500;
const STACK_CHARS_MAX = 4_000;
const DEPTH_MAX = 6;
const ENTRIES_MAX = 50;

/** Fields with such names hold secrets, wherever they stand and whatever the configuration says. */
const SECRET_NAME =
  /^(proxy-)?authorization$|^(set-)?cookie$|api[-_]?key$|password$|secret$|(^|[-_]|access|auth|bearer)token$/i;

export interface LogOptions {
  level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** Values that are replaced by `***` wherever they turn up. */
  secrets: readonly string[];
  /** Where the lines go; stdout unless told. */
  destination?: 'stdout' | 'stderr' | { write: (line: string) => void };
}

/** A log of JSON lines. Its functions never throw, whatever the fields hold. */
export function createLog(options: LogOptions): Log {
  const { mask } = createMasker(options.secrets);
  const to = options.destination ?? 'stdout';
  const lines = pino(
    {
      level: options.level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      // Errors are tidied like every other value; pino's own serialiser would fold causes into one text.
      serializers: { err: (error: unknown) => error },
      formatters: { level: (label) => ({ level: label }) },
    },
    typeof to === 'string' ? standard(to) : to,
  );
  const at = (level: 'debug' | 'info' | 'warn' | 'error') => (fields: Fields, message: string) => {
    if (lines.isLevelEnabled(level)) lines[level](tidy(fields, mask), mask(message));
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** A line that nobody can read any more is dropped: a terminal that closes ends no daemon. */
function standard(to: 'stdout' | 'stderr') {
  return destination({ fd: to === 'stdout' ? 1 : 2, sync: true }).on('error', () => {});
}

function tidy(fields: Fields, mask: (text: string) => string): Fields {
  const clean = tidyValue(fields, '', mask, 0);
  return typeof clean === 'object' && clean !== null ? { ...clean } : { fields: clean };
}

/** A bounded, masked copy: masked before it is cut, so that no cut leaves half a secret. */
function tidyValue(value: unknown, name: string, mask: (text: string) => string, depth: number): unknown {
  if (SECRET_NAME.test(name) && value !== null && value !== undefined) return '***';
  if (typeof value === 'string') {
    const textMax = name === 'stack' ? STACK_CHARS_MAX : TEXT_CHARS_MAX;
    const masked = mask(value);
    return masked.length > textMax ? `${masked.slice(0, textMax)}…` : masked;
  }
  if (typeof value === 'bigint' || typeof value === 'symbol') return mask(String(value));
  if (typeof value !== 'object' || value === null) return typeof value === 'function' ? '[function]' : value;
  if (depth >= DEPTH_MAX) return '[deeper]';
  try {
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
    if (value instanceof Map || value instanceof Set) return tidyValue([...value], name, mask, depth);
    if (Array.isArray(value))
      return value.slice(0, ENTRIES_MAX).map((item) => tidyValue(item, '', mask, depth + 1));
    const entries = value instanceof Error ? errorEntries(value) : Object.entries(value);
    return Object.fromEntries(
      entries.slice(0, ENTRIES_MAX).map(([key, item]) => [mask(key), tidyValue(item, key, mask, depth + 1)]),
    );
  } catch {
    return '[unprintable]';
  }
}

/** An error's own fields (code, status, body …) with those that JSON would leave out. */
function errorEntries(error: Error): [string, unknown][] {
  const { name, message, stack, cause, ...more } = error;
  const entries: [string, unknown][] = [
    ['type', name],
    ['message', message],
    ...Object.entries(more),
    ['stack', stack],
  ];
  if (cause !== undefined) entries.push(['cause', cause]);
  return entries;
}

/** Secrets: found by what the schema says, read from files, and kept out of everything that is shown. */

import type { z } from 'zod';
import { pathKey } from './interpolate.ts';
import { mapOptions } from './walk.ts';

const FILE_PREFIX = 'file:';
const MASK = '***';
/** Shorter values would mask parts of ordinary words. */
const MASKED_LENGTH_MIN = 6;
/** The path of a webhook's address is its key, unless it is short enough to be a plain word. */
const KEY_PATH_LENGTH_MIN = 16;

type Path = (string | number)[];

/** Where the schema expects secrets in this value, as path keys. */
export function secretPaths(schema: z.core.$ZodType, value: unknown): Set<string> {
  const found = new Set<string>();
  mapOptions(schema, value, (spot) => {
    if (spot.isSecret) found.add(pathKey(spot.path));
    return spot.value;
  });
  return found;
}

/**
 * Replaces `file:/path` in secret options by what the file holds, without its last newline.
 * @param given.readFile throws where there is nothing to read
 * @returns problems for unreadable files, warnings for secrets that stand in the file itself
 */
export function readSecrets(given: {
  schema: z.core.$ZodType;
  value: unknown;
  written: ReadonlyMap<string, string>;
  readFile: (path: string) => string;
}) {
  const problems: { path: Path; text: string }[] = [];
  const warnings: { path: Path; text: string }[] = [];
  const contents = new Map<string, string>();
  mapOptions(given.schema, given.value, ({ path, value, isSecret }) => {
    if (!isSecret || typeof value !== 'string') return value;
    const written = given.written.get(pathKey(path)) ?? value;
    if (written.startsWith(FILE_PREFIX)) {
      const content = readOne(value.slice(FILE_PREFIX.length), given.readFile);
      if ('error' in content) problems.push({ path, text: content.error });
      else contents.set(pathKey(path), content.text);
    } else if (written === value && value !== '') {
      warnings.push({
        path,
        text: 'A secret stands in the file itself; better are ${NAME} and file:/path',
      });
    }
    return value;
  });
  return { value: replaceAt(given.value, [], contents), problems, warnings };
}

function readOne(path: string, readFile: (path: string) => string): { text: string } | { error: string } {
  try {
    const text = readFile(path).replace(/\r?\n$/, '');
    return text === '' ? { error: `Expected a secret in the file ${path}, which is empty` } : { text };
  } catch (error) {
    return { error: `Expected a readable file at ${path}: ${errorCode(error)}` };
  }
}

export function errorCode(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return typeof code === 'string' ? code : 'it cannot be read';
}

function replaceAt(value: unknown, path: Path, contents: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((item, i) => replaceAt(item, [...path, i], contents));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, replaceAt(item, [...path, key], contents)]),
    );
  }
  return contents.get(pathKey(path)) ?? value;
}

/** All secret values, the passwords inside of secret URLs too: for masking logs and errors. Longest first. */
export function secretValues(schema: z.core.$ZodType, value: unknown): string[] {
  const found = new Set<string>();
  mapOptions(schema, value, (spot) => {
    if (spot.isSecret && typeof spot.value === 'string' && spot.value !== '') {
      found.add(spot.value);
      for (const part of urlSecrets(spot.value)) found.add(part);
    }
    return spot.value;
  });
  return [...found].sort((a, b) => b.length - a.length);
}

function urlSecrets(text: string): string[] {
  if (!URL.canParse(text)) return [];
  const { password, pathname } = new URL(text);
  const decoded = /%[^0-9a-f]|%.[^0-9a-f]|%.?$/i.test(password) ? password : decodeURIComponent(password);
  const path = pathname.slice(1);
  const isKey = text.startsWith('http') && path.length >= KEY_PATH_LENGTH_MIN;
  return [password, decoded, isKey ? path : ''].filter((part) => part.length >= MASKED_LENGTH_MIN);
}

/** A text with every secret in it replaced. */
export function maskText(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret.length >= MASKED_LENGTH_MIN)
    .reduce((masked, secret) => masked.replaceAll(secret, MASK), text);
}

/** The file with all defaults filled in and every secret replaced, as it may be printed. */
export function maskOptions(schema: z.core.$ZodType, value: unknown): unknown {
  const secrets = secretValues(schema, value);
  return mapOptions(schema, value, (spot) => {
    if (spot.isSecret) return MASK;
    return typeof spot.value === 'string' ? maskText(spot.value, secrets) : spot.value;
  });
}

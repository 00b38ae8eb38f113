/** The token for programs on the daemon's own machine, kept in the data directory. */

import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const TOKEN_FILE = 'token';
const TOKEN_BYTES = 32;
const TOKEN = /^[\w-]{43}$/;

/**
 * Reads the token of a data directory, and makes one where there is none: 43 characters, readable by the owner only.
 * @throws where the directory cannot be used, or the file holds something else
 */
export function openLocalToken(directory: string): string {
  mkdirSync(directory, { recursive: true });
  try {
    const made = randomBytes(TOKEN_BYTES).toString('base64url');
    writeFileSync(join(directory, TOKEN_FILE), `${made}\n`, { flag: 'wx', mode: 0o600 });
    return made;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  const found = readLocalToken(directory);
  if (found === null) throw new Error(`${join(directory, TOKEN_FILE)} holds no token; remove it`);
  return found;
}

/** The token of a data directory; null where there is none, or this user may not read it. */
export function readLocalToken(directory: string): string | null {
  try {
    const text = readFileSync(join(directory, TOKEN_FILE), 'utf8').trim();
    return TOKEN.test(text) ? text : null;
  } catch {
    return null;
  }
}

/** The token for programs on the daemon's own machine, kept in the data directory. */

import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
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
  const file = join(directory, TOKEN_FILE);
  const found = readLocalToken(directory);
  if (found !== null) {
    chmodSync(file, 0o600);
    return found;
  }
  // Renamed when it is whole: a full disk leaves no empty file behind.
  const draft = `${file}.draft`;
  const made = randomBytes(TOKEN_BYTES).toString('base64url');
  if (existsSync(file) && readFileSync(file, 'utf8').trim() !== '')
    throw new Error(`${file} holds no token; remove it`);
  rmSync(draft, { force: true });
  writeFileSync(draft, `${made}\n`, { flag: 'wx', mode: 0o600 });
  renameSync(draft, file);
  return made;
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

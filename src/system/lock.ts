/** One daemon per data directory: two would pay for the same canaries. */

import { linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SECOND } from '../core/base.ts';
import { systemClock } from './clock.ts';

const FILE = 'reelwatch.lock';
/** A takeover lasts for a moment; one that is older was left behind by a crash. */
const TAKEOVER_MS_MAX = 10 * SECOND;
const ATTEMPTS_MAX = 5;

/** `release` may be called more than once. `heldBy` is the other process' id, 0 where it cannot be told yet. */
export type Lock = { release: () => void } | { heldBy: number };

interface Owner {
  pid: number;
  /** When the process began, in the kernel's words: tells it from a later process with the same id. */
  born: string | null;
}

/**
 * Takes the directory's lock, also from a process that is gone. A file that names no process holds nothing: a full disk
 * leaves an empty one. Process ids are compared, so it guards one machine (or container); PostgreSQL has a lock of its own.
 */
export function takeLock(dataDir: string): Lock {
  mkdirSync(dataDir, { recursive: true });
  const file = join(dataDir, FILE);
  const mine = JSON.stringify({ pid: process.pid, born: bornOf(process.pid) } satisfies Owner);
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    if (createWhole(file, mine)) return { release: () => release(file, mine) };
    const found = read(file);
    if (found === null) continue;
    const owner = ownerOf(found.text);
    if (owner && isAlive(owner)) return { heldBy: owner.pid };
    discard(file, found.text);
  }
  return { heldBy: 0 };
}

/** The file appears with its text or not at all. Where the file system has no hard links, it is empty for a moment. */
function createWhole(file: string, text: string): boolean {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, text, { mode: 0o600 });
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    return isCode(error, 'EEXIST') ? false : create(file, text);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Atomic: of several processes only one creates the file. */
function create(file: string, text: string): boolean {
  try {
    writeFileSync(file, text, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  }
}

function read(file: string): { text: string; modifiedAt: number } | null {
  try {
    return { text: readFileSync(file, 'utf8'), modifiedAt: statSync(file).mtimeMs };
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null;
    throw error;
  }
}

/** Removes a stale lock. Only one process at a time may, so that nobody removes what another has just renewed. */
function discard(file: string, stale: string): void {
  const guard = `${file}.takeover`;
  if (!create(guard, '')) {
    const left = read(guard);
    if (left && systemClock.now() - left.modifiedAt > TAKEOVER_MS_MAX) rmSync(guard, { force: true });
    return;
  }
  try {
    if (read(file)?.text === stale) rmSync(file, { force: true });
  } finally {
    rmSync(guard, { force: true });
  }
}

function release(file: string, mine: string): void {
  if (read(file)?.text === mine) rmSync(file, { force: true });
}

function ownerOf(text: string): Owner | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return null;
    const pid: unknown = Reflect.get(value, 'pid');
    const born: unknown = Reflect.get(value, 'born');
    if (typeof pid !== 'number' || !Number.isInteger(pid) || pid <= 0) return null;
    return { pid, born: typeof born === 'string' ? born : null };
  } catch {
    return null;
  }
}

function isAlive({ pid, born }: Owner): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives and belongs to another user.
    if (!isCode(error, 'EPERM')) return false;
  }
  const now = bornOf(pid);
  return born === null || now === null || born === now;
}

/** Linux: boot id and start time of a process (proc(5): field 22 of stat); null elsewhere. A zombie counts as gone. */
function bornOf(pid: number): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? 'gone' : `${boot}/${fields[19]}`;
  } catch {
    return null;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && Reflect.get(error, 'code') === code;
}

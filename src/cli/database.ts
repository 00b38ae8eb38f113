/** The store that a configuration names. */

import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import type { FileOptions } from '../config/schema.ts';
import type { BadRow } from '../ports/bad-row.ts';
import type { Db, Store } from '../ports/store.ts';
import { StoreError } from '../ports/store.ts';
import { GONE, openOwnStore, refuseDemo } from '../store/identity.ts';
import { openSqlite, openSqliteReadOnly } from '../store/sqlite.ts';
import { openStore } from '../store/store.ts';
import { systemClock } from '../system/clock.ts';
import { attempt, end, EXIT } from './exit.ts';

export const SQLITE_FILE = 'reelwatch.sqlite';
/** Beside the store: the id of the one that this data directory has seen. */
const SEEN_FILE = 'reelwatch.store';
const IDS_MAX = 2 ** 47;

type Config = { options: Pick<FileOptions, 'data'> };

export interface OwnOptions {
  isDemo: boolean;
  /** Whether a person has confirmed that the store that was here before is not to be missed. */
  isNew: boolean;
  onBadRow: (row: BadRow) => void;
}

/**
 * Opens the store beside a daemon or after it, or ends the process with a sentence.
 * @param mayBeDemo false refuses the store of a demo: real spending does not belong into simulated history
 */
export function openConfigured(
  config: Config,
  { mayBeDemo = true, isReadOnly }: { isReadOnly: boolean; mayBeDemo?: boolean },
): Promise<Store> {
  const { dir, postgres } = config.options.data;
  return orEnd(async () => {
    if (postgres === undefined && !isReadOnly) expectThere(dir);
    const db = await databaseOf(config, { isReadOnly });
    if (!mayBeDemo) await refuseDemo(db);
    return openStore(db, { isReadOnly, epochMin: epochMin() });
  });
}

/** Opens the store for the one daemon that may have it, or ends the process with a sentence. */
export function openForDaemon(config: Config, { isDemo, isNew, onBadRow }: OwnOptions): Promise<Store> {
  const { dir, postgres } = config.options.data;
  return orEnd(async () => {
    if (postgres === undefined && !isNew) expectThere(dir);
    const seenId = isNew ? null : seenIn(dir);
    const db = await databaseOf(config, { isReadOnly: false, isAlone: true });
    const own = { isDemo, seenId, freshId: randomInt(1, IDS_MAX) };
    const { store, id } = await openOwnStore(db, own, { onBadRow, epochMin: epochMin() });
    attempt(
      () => writeFileSync(join(dir, SEEN_FILE), `${id}\n`, { mode: 0o600 }),
      `The data directory ${dir} cannot be used`,
    );
    return store;
  });
}

async function databaseOf(config: Config, options: { isReadOnly: boolean; isAlone?: boolean }): Promise<Db> {
  const { dir, postgres } = config.options.data;
  if (postgres !== undefined) {
    // Most daemons have no PostgreSQL, and need not hold its driver in memory.
    const { openPostgres, openPostgresAlone } = await import('../store/postgres.ts');
    return options.isAlone === true ? openPostgresAlone(postgres, systemClock) : openPostgres(postgres);
  }
  const file = join(dir, SQLITE_FILE);
  if (options.isReadOnly) return openSqliteReadOnly(file);
  mkdirSync(dir, { recursive: true });
  return openSqlite(file);
}

/** Before anything is made in its place: a fresh log beside a file that is put back would damage it. */
function expectThere(dir: string): void {
  const file = join(dir, SQLITE_FILE);
  const isThere = existsSync(file) && statSync(file).size > 0;
  if (!isThere && seenIn(dir) !== null) throw new StoreError('foreign', GONE);
}

function seenIn(dir: string): number | null {
  const file = join(dir, SEEN_FILE);
  // What a full disk has left empty says nothing.
  const id = existsSync(file) ? Number.parseInt(readFileSync(file, 'utf8'), 10) : Number.NaN;
  return Number.isSafeInteger(id) ? id : null;
}

/** Routers refuse an older epoch: counted from the clock, a fresh data directory is not older than a lost one. */
function epochMin(): number {
  return Math.floor(systemClock.now() / 1000);
}

async function orEnd(open: () => Promise<Store>): Promise<Store> {
  try {
    return await open();
  } catch (error) {
    if (error instanceof StoreError) end(EXIT.taken, error.message);
    throw error;
  }
}

/** The store that a configuration names. */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { FileOptions } from '../config/schema.ts';
import type { BadRow } from '../ports/bad-row.ts';
import type { Store } from '../ports/store.ts';
import { StoreError } from '../ports/store.ts';
import { openSqlite, openSqliteReadOnly } from '../store/sqlite.ts';
import { openStore } from '../store/store.ts';
import { systemClock } from '../system/clock.ts';
import { end, EXIT } from './exit.ts';

export const SQLITE_FILE = 'reelwatch.sqlite';

/** Opens the store, or ends the process with a sentence. */
export async function openConfigured(
  config: { options: Pick<FileOptions, 'data'> },
  options: { isReadOnly: boolean; onBadRow?: (row: BadRow) => void },
): Promise<Store> {
  const { dir, postgres } = config.options.data;
  try {
    // Routers refuse an older epoch: counted from the clock, a fresh data directory is not older than a lost one.
    const given = { ...options, epochMin: Math.floor(systemClock.now() / 1000) };
    if (postgres !== undefined) {
      // Most daemons have no PostgreSQL, and need not hold its driver in memory.
      const { openPostgres } = await import('../store/postgres.ts');
      return await openStore(openPostgres(postgres), given);
    }
    const file = join(dir, SQLITE_FILE);
    if (options.isReadOnly) return await openStore(openSqliteReadOnly(file), given);
    mkdirSync(dir, { recursive: true });
    return await openStore(openSqlite(file), given);
  } catch (error) {
    if (error instanceof StoreError) end(EXIT.taken, error.message);
    throw error;
  }
}

/** The store that a configuration names. */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ResolvedConfig } from '../config/resolve.ts';
import type { Store } from '../ports/store.ts';
import { StoreError } from '../ports/store.ts';
import { openPostgres } from '../store/postgres.ts';
import { openSqlite, openSqliteReadOnly } from '../store/sqlite.ts';
import { openStore } from '../store/store.ts';
import { end, EXIT } from './exit.ts';

export const SQLITE_FILE = 'reelwatch.sqlite';

/** Opens the store, or ends the process with a sentence. */
export async function openConfigured(
  config: ResolvedConfig,
  options: { isReadOnly: boolean },
): Promise<Store> {
  const { dir, postgres } = config.options.data;
  try {
    if (postgres !== undefined) return await openStore(openPostgres(postgres), options);
    const file = join(dir, SQLITE_FILE);
    if (options.isReadOnly) return await openStore(openSqliteReadOnly(file), options);
    mkdirSync(dir, { recursive: true });
    return await openStore(openSqlite(file), options);
  } catch (error) {
    if (error instanceof StoreError) end(EXIT.taken, error.message);
    throw error;
  }
}

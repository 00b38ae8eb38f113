/** Whose store it is: a demo's is never a daemon's in earnest, and an emptied one is not silently begun anew. */

import { StoreError, type Db, type Store } from '../ports/store.ts';
import { numberOf } from './rows.ts';
import { openStore } from './store.ts';

export interface OwnStore {
  isDemo: boolean;
  /** The id of the store that this data directory has seen; null where it has seen none, or where any will do. */
  seenId: number | null;
  /** For a store that has none yet. */
  freshId: number;
}

export const GONE =
  'This data directory has held a store before, and that store is missing, empty or another one. Put it back; or start ' +
  'once with --new-store to begin without it: what was spent today and what is open is then not known.';

/** @throws StoreError `foreign` where the store belongs to a demo */
export async function refuseDemo(db: Db): Promise<void> {
  if ((await valueOf(db, 'demo')) === 1) throw new StoreError('foreign', otherKind(1));
}

/** @throws StoreError `foreign` where it is somebody else's; nothing is written then */
export async function openOwnStore(
  db: Db,
  own: OwnStore,
  options: Parameters<typeof openStore>[1] = {},
): Promise<{ store: Store; id: number }> {
  const isDemo = await valueOf(db, 'demo');
  if (isDemo !== null && isDemo !== Number(own.isDemo)) throw new StoreError('foreign', otherKind(isDemo));
  if (own.seenId !== null && own.seenId !== (await valueOf(db, 'store')))
    throw new StoreError('foreign', GONE);
  const store = await openStore(db, options);
  const id = await db.transaction(async (tx) => {
    const values = [own.freshId, Number(own.isDemo)];
    await tx.query(
      "insert into meta (key, value) values ('store', $1), ('demo', $2) on conflict (key) do nothing",
      values,
    );
    return valueOf(tx, 'store');
  });
  return { store, id: id ?? own.freshId };
}

function otherKind(isDemo: number): string {
  return isDemo === 1
    ? 'The store belongs to a demo: its history and its spending are simulated. Use another data directory for real providers.'
    : 'The store is not a demo’s: its history and its spending are real. Use another data directory for `demo`.';
}

/** A value of the table `meta`; null where it or the table is missing. */
async function valueOf(db: Db, key: 'demo' | 'store'): Promise<number | null> {
  try {
    return numberOf(await db.query('select value as n from meta where key = $1', [key]));
  } catch (error) {
    if (error instanceof StoreError && error.code === 'failed') return null;
    throw error;
  }
}

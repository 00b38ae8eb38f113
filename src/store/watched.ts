/** Notes what is wrong with a database, from its own words and from writes that fail. */

import { StoreError, type Db } from '../ports/store.ts';
import type { StoreTrouble } from '../ports/trouble.ts';

/** Troubles that a failed write shows; `busy` is none. */
const SHOWN: readonly string[] = ['full', 'corrupt', 'read_only', 'unavailable'] satisfies StoreTrouble[];
/** Large enough that a disk or a file without room refuses it. */
const TRIAL_CHARACTERS = 64 * 1024;

export interface Watched {
  db: Db;
  /** What is wrong now. After a failed write it is found out by another write. */
  trouble: () => Promise<StoreTrouble | null>;
  /** @throws StoreError where what is written now would not be remembered, or somebody else may write it, too */
  expectOwn: () => void;
}

export function watched(given: Db): Watched {
  let failed: StoreTrouble | null = null;
  const noting = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof StoreError && isShown(error.code)) failed = error.code;
      throw error;
    }
  };
  const own = () => given.trouble?.() ?? null;
  return {
    db: {
      ...given,
      query: (text, params) => noting(() => given.query(text, params)),
      transaction: (work) => noting(() => given.transaction(work)),
    },
    trouble: async () => {
      if (own() !== null || failed === null) return own();
      const found = await tryWriting(given);
      failed = found;
      return found;
    },
    expectOwn: () => {
      if (own() !== null)
        throw new StoreError('unavailable', 'Nothing is ordered while the store may not remember it.');
    },
  };
}

/** Writes something and takes it away again, in one transaction. */
async function tryWriting(db: Db): Promise<StoreTrouble | null> {
  const trial = ['trial', 'trial', 0, 'x'.repeat(TRIAL_CHARACTERS)];
  try {
    await db.transaction(async (tx) => {
      await tx.query('insert into frames (run_id, target, started_at, jpeg) values ($1, $2, $3, $4)', trial);
      await tx.query("delete from frames where run_id = 'trial'");
    });
    return null;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return isShown(error.code) ? error.code : null;
  }
}

function isShown(code: string): code is StoreTrouble {
  return SHOWN.includes(code);
}

/** The door to SQLite: one file (or memory), one connection, inside this process. */

import { chmodSync, closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { invariant } from '../core/base.ts';
import { StoreError, type Db, type Param, type Row, type StoreErrorCode } from '../ports/store.ts';
import { takeTurns } from './turns.ts';

/** How long SQLite waits for another process's lock; the whole daemon stands still meanwhile. */
const BUSY_MS_MAX = 2_000;
const PRIVATE_MODE = 0o600;
/** Prepared statements kept; our own SQL has fewer texts than this. */
const STATEMENTS_MAX = 200;

/** Result codes in words, https://www.sqlite.org/rescode.html (read 2026-11-21). Only the low byte counts. */
const CODES: Record<number, [StoreErrorCode, string]> = {
  3: ['unavailable', 'access was refused'],
  5: ['busy', 'another process is writing to it and did not finish in time'],
  6: ['busy', 'a table in it is locked'],
  8: ['read_only', 'it may only be read'],
  10: ['unavailable', 'the disk reported an error'],
  11: ['corrupt', 'the file is damaged'],
  13: ['full', 'the disk is full'],
  14: ['unavailable', 'the file cannot be opened'],
  18: ['refused', 'a value is too large for it'],
  19: ['refused', 'it refuses a row'],
  20: ['refused', 'it refuses a value'],
  23: ['unavailable', 'access was refused'],
  26: ['corrupt', 'the file is not a database'],
};

/**
 * Opens a database for reading and writing; the file and its folder are made where missing.
 * Transactions and single queries take turns: code inside `transaction` must use the handle that it is given, because
 * the outer Db would wait for the transaction to end.
 * @param file a path, or `:memory:`
 * @throws StoreError where the file cannot be opened or is no database
 */
export function openSqlite(file: string): Db {
  return guarded(file, () => {
    if (file !== ':memory:') {
      makeFolder(file);
      keepPrivate(file);
    }
    const database = new DatabaseSync(file, { timeout: BUSY_MS_MAX });
    // A story that was committed must survive a power cut: full, not normal.
    database.exec('pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on');
    return connect(file, database);
  });
}

/** Opens an existing file beside the daemon that writes it. @throws StoreError */
export function openSqliteReadOnly(file: string): Db {
  return guarded(file, () => connect(file, new DatabaseSync(file, { readOnly: true, timeout: BUSY_MS_MAX })));
}

function connect(file: string, database: DatabaseSync): Db {
  const inTurn = takeTurns();
  const statements = statementCache(database);
  const run = (text: string, params: readonly Param[] = []): Row[] =>
    guarded(file, () => statements(text).all(named(params)));

  const opened = inodeOf(file);
  return {
    query: (text, params) => inTurn(async () => run(text, params)),
    // SQLite goes on writing into a file that was deleted, and all of it is gone when the process ends.
    trouble: () => (inodeOf(file) === opened ? null : 'replaced'),
    transaction: (work) =>
      inTurn(async () => {
        run('begin immediate');
        const tx = lend(run);
        try {
          const result = await work(tx.db);
          tx.end();
          run('commit');
          return result;
        } catch (error) {
          tx.end();
          // SQLite has already rolled back by itself after some errors, such as a full disk.
          if (database.isTransaction) database.exec('rollback');
          throw error;
        }
      }),
    close: () =>
      inTurn(async () => {
        if (database.isOpen) database.close();
      }),
  };
}

/** The handle that `work` is given; it goes dead with its transaction. */
function lend(run: (text: string, params?: readonly Param[]) => Row[]): { db: Db; end: () => void } {
  let isOver = false;
  const db: Db = {
    query: async (text, params) => {
      invariant(!isOver, 'a query came after its transaction had ended');
      return run(text, params);
    },
    transaction: (work) => work(db),
    close: () => Promise.resolve(),
  };
  return {
    db,
    end: () => {
      isOver = true;
    },
  };
}

function statementCache(database: DatabaseSync): (text: string) => StatementSync {
  const kept = new Map<string, StatementSync>();
  return (text) => {
    const statement = kept.get(text) ?? database.prepare(text);
    kept.delete(text);
    kept.set(text, statement);
    const [oldest] = kept.keys();
    if (kept.size > STATEMENTS_MAX && oldest !== undefined) kept.delete(oldest);
    return statement;
  };
}

function named(params: readonly Param[]): Record<string, Param> {
  return Object.fromEntries(params.map((value, index) => [`$${index + 1}`, value]));
}

/** Which file stands under a name; null where none does, or none is needed. */
function inodeOf(file: string): string | null {
  const found = file === ':memory:' ? undefined : statSync(file, { throwIfNoEntry: false, bigint: true });
  return found === undefined ? null : `${found.dev}/${found.ino}`;
}

function makeFolder(file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
  } catch (error) {
    throw new StoreError('unavailable', `The folder of the store ${file} cannot be made.`, error);
  }
}

/**
 * Stories, errors and jobs are nobody else's to read. SQLite gives a new log and index the mode of the file
 * (https://www.sqlite.org/src/file/src/os_unix.c, findCreateFileMode, read 2026-12-01); older ones may be there already.
 */
function keepPrivate(file: string): void {
  try {
    closeSync(openSync(file, 'a', PRIVATE_MODE));
    for (const path of [file, `${file}-wal`, `${file}-shm`])
      if (existsSync(path)) chmodSync(path, PRIVATE_MODE);
  } catch {
    // A file that is somebody else's, or none at all: SQLite says what is wrong with it, or works with it.
  }
}

function guarded<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof StoreError || !(error instanceof Error)) throw error;
    throw explain(file, error);
  }
}

function explain(file: string, error: Error & { code?: string; errcode?: number }): Error {
  const where = file === ':memory:' ? 'The store in memory' : `The store ${file}`;
  if (error.code === 'ERR_INVALID_STATE' && error.message.includes('not open'))
    return new StoreError('unavailable', `${where} is closed.`, error);
  if (error.code !== 'ERR_SQLITE_ERROR') return error;
  const [code, words] = CODES[(error.errcode ?? 0) & 0xff] ?? ['failed', error.message];
  return new StoreError(code, `${where} cannot be used: ${words}.`, error);
}

/** Rows that cannot be read, or that the database refuses: each is set aside and reported, and the work goes on. */

import { freshState } from '../core/fresh.ts';
import type { TargetState } from '../core/model.ts';
import type { BadRow } from '../ports/bad-row.ts';
import { StoreError, type Db, type Row } from '../ports/store.ts';
import { numberOf, stateRow } from './rows.ts';
import { cleanStart, ERROR_CHARACTERS_MAX, jsonText } from './text.ts';

export interface BadRows {
  report: (row: BadRow) => void;
  /** Nothing is written where the store is only read. */
  isReadOnly: boolean;
}

type Aside = 'outbox' | 'runs' | 'plans' | 'pins' | 'freezes';

/** How a row is set aside, by its key. A run keeps its money and its job; what is forgotten could not be used. */
const ASIDE: Record<Aside, { key: string[]; text: string }> = {
  outbox: {
    key: ['key'],
    text: "update outbox set state = 'dead', ended_at = created_at, error = 'The row cannot be read.' where key = $1",
  },
  runs: {
    key: ['id'],
    text: 'update runs set ended_at = started_at, cost_usd = reserved_usd where id = $1 and ended_at is null',
  },
  plans: { key: ['route'], text: 'delete from plans where route = $1' },
  pins: { key: ['route', 'target'], text: 'delete from pins where route = $1 and target = $2' },
  freezes: { key: ['scope', 'source'], text: 'delete from freezes where scope = $1 and source = $2' },
};

/** What a row says; null where it cannot be read. */
export function tryRead<T>(row: Row | undefined, reader: (row: Row) => T): T | null {
  try {
    return row === undefined ? null : reader(row);
  } catch (error) {
    if (error instanceof StoreError && error.code === 'bad_row') return null;
    throw error;
  }
}

/** Of rows that are only shown, those that can be read. */
export function readable<T>(rows: readonly Row[], reader: (row: Row) => T): T[] {
  return rows.flatMap((row) => tryRead(row, reader) ?? []);
}

/** Of rows that are worked on, those that can be read; the others never come again. They hold the columns of their key. */
export async function readOrSetAside<T>(
  db: Db,
  table: Aside,
  rows: readonly Row[],
  { reader, bad }: { reader: (row: Row) => T; bad: BadRows },
): Promise<T[]> {
  const read: T[] = [];
  for (const row of rows) {
    try {
      read.push(reader(row));
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'bad_row') throw error;
      const key = ASIDE[table].key.map((column) => String(row[column]));
      bad.report({ table, key: key.join(' '), error: error.message });
      if (!bad.isReadOnly) await db.query(ASIDE[table].text, key);
    }
  }
  return read;
}

/** Closes a run of which nothing else can be written. */
export async function closeBare(db: Db, runId: string): Promise<void> {
  await db.query(ASIDE.runs.text, [runId]);
}

/** All states. Of one that cannot be read only the version is left, so that the next event has its place. */
export async function readStates(tx: Db, bad: BadRows): Promise<TargetState[]> {
  const states: TargetState[] = [];
  for (const row of await tx.query('select target, version, state from states order by target')) {
    const target = String(row['target']);
    try {
      states.push(stateRow(row));
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'bad_row') throw error;
      bad.report({ table: 'states', key: target, error: error.message });
      const since = numberOf(await tx.query('select max(at) as n from events where target = $1', [target]));
      const state = { ...freshState(target, since ?? 0), version: Number(row['version']) };
      if (!bad.isReadOnly)
        await tx.query('update states set state = $2 where target = $1', [target, jsonText(state)]);
      states.push(state);
    }
  }
  return states;
}

/** Undoes the work alone, not its transaction, where the database refuses a value. @returns null then */
export async function attempt<T>(
  tx: Db,
  row: Omit<BadRow, 'error'>,
  { work, bad }: { work: () => Promise<T>; bad: BadRows },
): Promise<T | null> {
  await tx.query('savepoint attempt');
  try {
    const result = await work();
    await tx.query('release savepoint attempt');
    return result;
  } catch (error) {
    if (!isRefused(error)) throw error;
    await tx.query('rollback to savepoint attempt');
    bad.report({ ...row, error: error.message });
    return null;
  }
}

/** Does the other work where the database refuses what stands in the first. */
export async function unlessRefused<T>(
  row: Omit<BadRow, 'error'>,
  { work, otherwise, bad }: { work: () => Promise<T>; otherwise: () => Promise<T> | T; bad: BadRows },
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isRefused(error)) throw error;
    bad.report({ ...row, error: error.message });
    return otherwise();
  }
}

export function isRefused(error: unknown): error is StoreError {
  return error instanceof StoreError && error.code === 'refused';
}

/** @param report given a text that is short enough for a log */
export function createBadRows(report: (row: BadRow) => void, isReadOnly: boolean): BadRows {
  return {
    isReadOnly,
    report: (row) => report({ ...row, error: cleanStart(row.error, ERROR_CHARACTERS_MAX) }),
  };
}

/** The outbox: what must be told, in order for each target or route, and channel. */

import type { Instant } from '../core/base.ts';
import type { Effect } from '../core/effect.ts';
import type { OutboxRow } from '../ports/outbox.ts';
import type { Db, OutboxEntry, Store } from '../ports/store.ts';
import { attempt, readable, readOrSetAside } from './bad-rows.ts';
import type { BadRows } from './bad-rows.ts';
import { clampLimit } from './limits.ts';
import { deadEntryRow, entryRow, numberOf, outboxCountRow } from './rows.ts';
import { cleanStart, ERROR_CHARACTERS_MAX, jsonText } from './text.ts';

/**
 * An undelivered entry of channel $1 with no older undelivered one of its target. Asking what is due and asking when
 * to wake must use this same text: a clock that also counts the waiting ones wakes, finds nothing, and spins.
 */
const CLAIMABLE = `from outbox entry where entry.state = 'due' and entry.channel = $1 and not exists (
  select 1 from outbox older
  where older.state = 'due' and older.channel = entry.channel and older.target = entry.target
    and (older.version, older.position) < (entry.version, entry.position))`;

const FIELDS = 'entry.key, entry.channel, entry.target, entry.story, entry.created_at, entry.attempts';

const INSERT = `insert into outbox
    (key, target, channel, version, position, story, created_at, attempts, due_at, state, ended_at, error)
  values ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9, $10, $11) on conflict (key) do nothing`;
const REFUSED = 'The database refused the message.';

/** Entries that are read as a record of what was decided. */
const TOLD_MAX = 10_000;

/**
 * Keys are derived, so an entry that is there already is the same entry.
 * @param version for rows without an order
 * @param bad where given, what the database refuses becomes a dead entry
 */
export async function enqueue(
  tx: Db,
  rows: readonly OutboxRow[],
  { at, version, bad = null }: { at: Instant; version: number; bad?: BadRows | null },
): Promise<void> {
  for (const [n, row] of rows.entries()) {
    const [ownVersion, position] = row.order ?? [version, n];
    const common = [row.key, row.target, row.channel, ownVersion, position];
    const insert = () => tx.query(INSERT, [...common, jsonText(row.story), at, row.dueAt, 'due', null, null]);
    if (bad === null) await insert();
    else {
      const named = { table: 'outbox' as const, key: row.key };
      const dead = () => tx.query(INSERT, [...common, '', at, row.dueAt, 'dead', at, REFUSED]);
      if ((await attempt(tx, named, { work: insert, bad })) === null)
        await attempt(tx, named, { work: dead, bad });
    }
  }
}

export async function dueEntries(
  db: Db,
  channel: string,
  now: Instant,
  { limit, bad }: { limit: number; bad: BadRows },
): Promise<OutboxEntry[]> {
  const rows = await db.query(
    `select ${FIELDS} ${CLAIMABLE} and entry.due_at <= $2
     order by entry.due_at, entry.created_at, entry.key limit $3`,
    [channel, now, clampLimit(limit)],
  );
  return readOrSetAside(db, 'outbox', rows, { reader: entryRow, bad });
}

export async function nextEntryAt(db: Db, channel: string): Promise<Instant | null> {
  return numberOf(await db.query(`select min(entry.due_at) as n ${CLAIMABLE}`, [channel]));
}

export async function queuedEntries(
  db: Db,
  target: string,
  channel: string,
  { limit, bad }: { limit: number; bad: BadRows },
): Promise<OutboxEntry[]> {
  const rows = await db.query(
    `select ${FIELDS} from outbox entry where entry.state = 'due' and entry.target = $1 and entry.channel = $2
     order by entry.version, entry.position limit $3`,
    [target, channel, clampLimit(limit)],
  );
  return readOrSetAside(db, 'outbox', rows, { reader: entryRow, bad });
}

/** Only undelivered entries change: what was told or given up stays so. */
export function settleEntries(
  db: Db,
  keys: readonly string[],
  outcome: Parameters<Store['settleEntries']>[1],
): Promise<void> {
  const isRetry = outcome.is === 'retry';
  const error = outcome.is === 'done' ? null : cleanStart(outcome.error, ERROR_CHARACTERS_MAX);
  return db.transaction(async (tx) => {
    for (const key of keys)
      await tx.query(
        `update outbox set attempts = attempts + 1, state = $2, error = $3, ended_at = $4,
           due_at = coalesce($5, due_at)
         where key = $1 and state = 'due'`,
        [
          key,
          isRetry ? 'due' : outcome.is,
          error,
          isRetry ? null : outcome.at,
          isRetry ? outcome.dueAt : null,
        ],
      );
  });
}

export async function hastenEntries(db: Db, channel: string, now: Instant): Promise<void> {
  await db.query(`update outbox set due_at = $2 where state = 'due' and channel = $1 and due_at > $2`, [
    channel,
    now,
  ]);
}

/** Gives up what waits for any other channel than these; nobody would ever tell it. @returns how many entries */
export function abandonEntries(db: Db, channels: readonly string[], now: Instant): Promise<number> {
  return db.transaction(async (tx) => {
    let given = 0;
    for (const { channel } of await outboxCounts(tx)) {
      if (channels.includes(channel)) continue;
      const rows = await tx.query(
        `update outbox set state = 'dead', ended_at = $2, error = 'The channel is no longer configured.'
         where state = 'due' and channel = $1 returning 1 as given_up`,
        [channel, now],
      );
      given += rows.length;
    }
    return given;
  });
}

export async function outboxCounts(db: Db): Promise<{ channel: string; due: number; dead: number }[]> {
  const rows = await db.query(
    `select channel, sum(case when state = 'due' then 1 else 0 end) as due,
       sum(case when state = 'dead' then 1 else 0 end) as dead
     from outbox where state <> 'done' group by channel order by channel`,
  );
  return rows.map(outboxCountRow);
}

/** The newest first. */
export async function deadEntries(db: Db, limit: number): Promise<(OutboxEntry & { error: string })[]> {
  const rows = await db.query(
    `select ${FIELDS}, entry.error from outbox entry where entry.state = 'dead'
     order by entry.ended_at desc, entry.key limit $1`,
    [clampLimit(limit)],
  );
  return readable(rows, deadEntryRow);
}

export async function deadEntriesOf(
  db: Db,
  target: string,
  channel: string,
  limit: number,
): Promise<OutboxEntry[]> {
  // The second condition on the state lets SQLite take the index of what is over.
  const rows = await db.query(
    `select ${FIELDS} from outbox entry
     where entry.state = 'dead' and entry.state <> 'due' and entry.target = $1 and entry.channel = $2
     order by entry.version desc, entry.position desc limit $3`,
    [target, channel, clampLimit(limit)],
  );
  return readable(rows, entryRow).reverse();
}

/** Of more than the maximum the newest. Several channels hear of one effect: it counts once. */
export async function told(db: Db, target: string): Promise<Effect[]> {
  const rows = await db.query(
    `select ${FIELDS} from outbox entry where entry.target = $1
     order by entry.version desc, entry.position desc limit $2`,
    [target, TOLD_MAX],
  );
  const entries = readable(rows, entryRow).reverse();
  const effects = new Map(entries.map(({ key, channel, story }) => [effectKey(key, channel), story.effect]));
  return [...effects.values()];
}

/** `target#version.n` of `target#version.n/channel`. */
function effectKey(key: string, channel: string): string {
  return key.slice(0, key.length - channel.length - 1);
}

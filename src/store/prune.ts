/** Forgetting, in small pieces so that the daemon's own writes get in between. */

import { z } from 'zod';
import { DAY, type Instant } from '../core/base.ts';
import type { Retention } from '../ports/retention.ts';
import type { Db, Param } from '../ports/store.ts';
import { reader } from './rows.ts';

/** A run's row is what keeps its slot from being paid for again, and its cost in the rolling day. */
const CLAIM_MS_MIN = 2 * DAY;
/** Plans and pushes in the audit; at some hundred bytes each, below a tenth of a gigabyte. */
const AUDIT_ROWS_MAX = 100_000;
const BATCH_ROWS_MAX = 500;
/** So many targets are looked through in one go. */
const TARGETS_MAX = 20;
/** What is left over goes the next time. */
const BATCHES_MAX = 200;

interface Doomed {
  table: string;
  key: string;
  /** A query for the keys of the rows that go. */
  which: string;
  params: Param[];
}

/**
 * Deletes what retention no longer wants to keep. Open runs and undelivered entries always stay.
 * @param pause called after each batch, for whatever else there is to do meanwhile
 * @returns how many rows went
 */
export async function prune(
  db: Db,
  now: Instant,
  retention: Retention,
  pause: () => Promise<void> = () => Promise.resolve(),
): Promise<number> {
  let gone = 0;
  const forgettable = now - CLAIM_MS_MIN;
  for (const [n, target] of (await targetsIn(db, 'runs')).entries()) {
    if (n % TARGETS_MAX === TARGETS_MAX - 1) await pause();
    const closed = 'ended_at is not null';
    const cut = await cutOf(db, { ...RUNS, closed, target, keep: retention.runsPerTargetMax });
    if (cut === null) continue;
    const which = `select id from runs where target = $1 and ${closed} and started_at < $4 and (started_at, id) <= ($2, $3)`;
    gone += await deleteAll(db, { ...RUNS, which, params: [target, ...cut, forgettable] }, pause);
  }
  for (const [n, target] of (await targetsIn(db, 'frames')).entries()) {
    if (n % TARGETS_MAX === TARGETS_MAX - 1) await pause();
    const cut = await cutOf(db, { ...FRAMES, closed: '1 = 1', target, keep: retention.framesPerTargetMax });
    if (cut === null) continue;
    const which = 'select run_id from frames where target = $1 and (started_at, run_id) <= ($2, $3)';
    gone += await deleteAll(db, { ...FRAMES, which, params: [target, ...cut] }, pause);
  }
  for (const doomed of doomedRows(now, retention)) gone += await deleteAll(db, doomed, pause);
  return gone;
}

/** Each target once, from step to step through the index: reading all rows would take as long as there are rows. */
async function targetsIn(db: Db, table: 'runs' | 'frames'): Promise<string[]> {
  const rows = await db.query(
    `with recursive each (target) as (
       select min(target) from ${table}
       union all select (select min(target) from ${table} where target > each.target) from each where each.target is not null)
     select target from each where target is not null`,
  );
  return rows.map((row) => targetRow(row).target);
}

/** The newest row of a target that is too many, as time and key; null where there are not so many. */
async function cutOf(
  db: Db,
  {
    table,
    key,
    closed,
    target,
    keep,
  }: { table: string; key: string; closed: string; target: string; keep: number },
): Promise<[Instant, string] | null> {
  const [row] = await db.query(
    `select started_at, ${key} as id from ${table} where target = $1 and ${closed}
     order by started_at desc, ${key} desc limit 1 offset $2`,
    [target, keep],
  );
  if (row === undefined) return null;
  const { started_at, id } = cutRow(row);
  return [started_at, id];
}

const RUNS = { table: 'runs', key: 'id' };
const FRAMES = { table: 'frames', key: 'run_id' };
const targetRow = reader(z.object({ target: z.string() }));
const cutRow = reader(z.object({ started_at: z.number(), id: z.string() }));

function doomedRows(now: Instant, retention: Retention): Doomed[] {
  const tooOld = now - retention.ageMs;
  const forgettable = now - CLAIM_MS_MIN;
  return [
    {
      ...RUNS,
      which: 'select id as doomed from runs where ended_at is not null and started_at < $1',
      params: [Math.min(tooOld, forgettable)],
    },
    {
      ...FRAMES,
      which: `select frame.run_id as doomed from frames frame
        left join runs run on run.id = frame.run_id where run.id is null`,
      params: [],
    },
    {
      table: 'outbox',
      key: 'key',
      which: "select key as doomed from outbox where state <> 'due' and ended_at < $1",
      params: [tooOld],
    },
    {
      table: 'events',
      key: '(target, version)',
      which: 'select target, version from events where at < $1',
      params: [tooOld],
    },
    ...doomedEntries(now, retention),
  ];
}

/** Of the audit, people's deeds stay for their whole age: only what the daemon itself does could fill a disk. */
function doomedEntries(now: Instant, { auditAgeMs }: Retention): Doomed[] {
  const audit = { table: 'audit', key: 'n' };
  return [
    { ...audit, which: 'select n from audit where at < $1', params: [now - auditAgeMs] },
    {
      ...audit,
      which: `select n from audit where type in ('planned', 'pushed') and n <= (
          select n from audit where type in ('planned', 'pushed') order by n desc limit 1 offset $1)`,
      params: [AUDIT_ROWS_MAX],
    },
  ];
}

async function deleteAll(db: Db, doomed: Doomed, pause: () => Promise<void>): Promise<number> {
  const text = `delete from ${doomed.table} where ${doomed.key} in (
      select * from (${doomed.which} limit ${BATCH_ROWS_MAX}) batch)
    returning 1 as gone`;
  let gone = 0;
  for (let batches = 0; batches < BATCHES_MAX; batches++) {
    const rows = await db.query(text, doomed.params);
    gone += rows.length;
    await pause();
    if (rows.length < BATCH_ROWS_MAX) break;
  }
  return gone;
}

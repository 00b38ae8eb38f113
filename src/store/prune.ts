/** Forgetting, in small pieces so that the daemon's own writes get in between. */

import { DAY, type Instant } from '../core/base.ts';
import type { Retention } from '../ports/retention.ts';
import type { Db, Param } from '../ports/store.ts';

/** A run's row is what keeps its slot from being paid for again, and its cost in the rolling day. */
const CLAIM_MS_MIN = 2 * DAY;
/** Plans and pushes in the audit; at some hundred bytes each, below a tenth of a gigabyte. */
const AUDIT_ROWS_MAX = 100_000;
const BATCH_ROWS_MAX = 500;
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
 * @returns how many rows went
 */
export async function prune(db: Db, now: Instant, retention: Retention): Promise<number> {
  let gone = 0;
  for (const doomed of doomedRows(now, retention)) gone += await deleteAll(db, doomed);
  return gone;
}

function doomedRows(now: Instant, retention: Retention): Doomed[] {
  const tooOld = now - retention.ageMs;
  const forgettable = now - CLAIM_MS_MIN;
  const runs = { table: 'runs', key: 'id' };
  const frames = { table: 'frames', key: 'run_id' };
  return [
    {
      ...runs,
      which: 'select id as doomed from runs where ended_at is not null and started_at < $1',
      params: [Math.min(tooOld, forgettable)],
    },
    {
      ...runs,
      which: `select ranked.id as doomed from (
          select id, started_at, row_number() over (partition by target order by started_at desc, id desc) as place
          from runs where ended_at is not null) ranked
        where ranked.place > $1 and ranked.started_at < $2`,
      params: [retention.runsPerTargetMax, forgettable],
    },
    {
      ...frames,
      which: `select ranked.run_id as doomed from (
          select run_id, row_number() over (partition by target order by started_at desc, run_id desc) as place
          from frames) ranked
        where ranked.place > $1`,
      params: [retention.framesPerTargetMax],
    },
    {
      ...frames,
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
      which: `select ranked.n from (
          select n, row_number() over (order by n desc) as place from audit where type in ('planned', 'pushed')) ranked
        where ranked.place > $1`,
      params: [AUDIT_ROWS_MAX],
    },
  ];
}

async function deleteAll(db: Db, doomed: Doomed): Promise<number> {
  const text = `delete from ${doomed.table} where ${doomed.key} in (
      select * from (${doomed.which} limit ${BATCH_ROWS_MAX}) batch)
    returning 1 as gone`;
  let gone = 0;
  for (let batches = 0; batches < BATCHES_MAX; batches++) {
    const rows = await db.query(text, doomed.params);
    gone += rows.length;
    if (rows.length < BATCH_ROWS_MAX) break;
  }
  return gone;
}

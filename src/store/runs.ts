/** Runs: claimed once, paid within the budget, closed once. */

import { DAY, invariant, type Instant } from '../core/base.ts';
import type { Opaque, RunId, TargetEvent, TargetId } from '../core/model.ts';
import type { Commit, Db, OpenRun, RunClaim, RunRecord, Spending } from '../ports/store.ts';
import { clampLimit } from './limits.ts';
import { eventRow, frameRow, openRunRow, runRow, spendingRow, spentRow } from './rows.ts';
import { cleanStart, exactJson, JOB_ID_CHARACTERS_MAX, jsonText } from './text.ts';

/** Sums of cents as doubles are off by about this; a limit of $3 must pay for three runs of $1. */
const TOLERANCE_USD = 1e-9;
const OPEN_RUNS_MAX = 10_000;
const SPENDINGS_MAX = 50_000;
const EVENTS_MAX = 50_000;
/** A frame is a small preview; a larger one is not kept. */
const FRAME_CHARACTERS_MAX = 4_000_000;

const USD = 'case when run.ended_at is null then run.reserved_usd else run.cost_usd end';

const SPENT_SINCE = `select run.provider, sum(${USD}) as usd from runs run where run.started_at > $1 group by run.provider`;

const SHOWN = `select run.id, run.target, run.why, run.started_at, run.ended_at, run.verdict, run.trace, run.job_id,
    ${USD} as usd, case when frame.run_id is null then 0 else 1 end as has_frame
  from runs run left join frames frame on frame.run_id = run.id`;

/** The slot and the money in one transaction: of any number of daemons one pays, and none pays beyond the limits. */
export function claimRun(db: Db, claim: RunClaim): Promise<'claimed' | 'taken' | 'over_budget'> {
  return db.transaction(async (tx) => {
    // A row lock: sums read by two daemons at once would each leave room for the same dollar.
    await tx.query("update meta set value = value where key = 'budget'");
    const known = await tx.query('select id from runs where id = $1', [claim.runId]);
    if (known.length > 0) return 'taken';

    const spent = await spentSince(tx, claim.at - DAY);
    const total = Object.values(spent).reduce((sum, usd) => sum + usd, 0);
    const crosses = (usd: number, limitUsd: number) => usd + claim.reservedUsd > limitUsd + TOLERANCE_USD;
    if (crosses(spent[claim.provider] ?? 0, claim.limits.providerUsd)) return 'over_budget';
    if (crosses(total, claim.limits.totalUsd)) return 'over_budget';

    await tx.query(
      'insert into runs (id, target, provider, why, started_at, reserved_usd) values ($1, $2, $3, $4, $5, $6)',
      [claim.runId, claim.target, claim.provider, claim.why, claim.at, claim.reservedUsd],
    );
    return 'claimed';
  });
}

/** Dollars by provider of the runs that started after `since`: the cost of closed ones, what open ones reserved. */
export async function spentSince(db: Db, since: Instant): Promise<Record<string, number>> {
  const rows = (await db.query(SPENT_SINCE, [since])).map(spentRow);
  return Object.fromEntries(rows.map((row) => [row.provider, row.usd]));
}

/** The same run by run, oldest first; of more than the maximum the newest, which count for the longest. */
export async function spendings(db: Db, since: Instant): Promise<Spending[]> {
  const rows = await db.query(
    `select run.id, run.provider, run.started_at, ${USD} as usd from runs run where run.started_at > $1
     order by run.started_at desc, run.id desc limit $2`,
    [since, SPENDINGS_MAX],
  );
  return rows.map(spendingRow).reverse();
}

/** Counts that a saved job is taken up again, before it is asked for: what then ends the process has been counted. */
export async function countResume(db: Db, runId: RunId): Promise<void> {
  await db.query('update runs set resumes = resumes + 1 where id = $1 and ended_at is null', [runId]);
}

/** A run that was closed meanwhile stays as it is; one that was never claimed is our own mistake. */
export async function saveJob(db: Db, runId: RunId, job: Opaque, jobId: string, at: Instant): Promise<void> {
  const rows = await db.query(
    `update runs set job = case when ended_at is null then $2 else job end,
       job_id = case when ended_at is null then $3 else job_id end,
       accepted_at = case when ended_at is null then $4 else accepted_at end
     where id = $1 returning id`,
    [runId, exactJson(job), cleanStart(jobId, JOB_ID_CHARACTERS_MAX), at],
  );
  invariant(rows.length === 1, `a job was saved for run ${runId}, which was never claimed`);
}

/** @returns false where the run is closed already, or not known; nothing is written then */
export async function closeRun(tx: Db, close: NonNullable<Commit['closesRun']>): Promise<boolean> {
  const { runId, trace, verdict, frameJpegBase64 } = close;
  const isLost = trace.failure?.kind === 'lost';
  // A price that is no amount of money, or of a job that may be running still, counts as what was set aside for it.
  const costUsd = Number.isFinite(trace.cost.usd) && trace.cost.usd >= 0 ? trace.cost.usd : null;
  const floor = isLost || costUsd === null ? 1 : 0;
  const rows = await tx.query(
    `update runs set ended_at = $2, verdict = $3, trace = $4,
       cost_usd = case when $5 = 1 and reserved_usd > cast($6 as double precision)
         then reserved_usd else cast($6 as double precision) end
     where id = $1 and ended_at is null returning id`,
    [runId, trace.endedAt, jsonText(verdict), jsonText(trace), floor, costUsd ?? 0],
  );
  if (rows.length === 0) return false;
  if (frameJpegBase64 !== null && frameJpegBase64.length <= FRAME_CHARACTERS_MAX)
    await tx.query(
      `insert into frames (run_id, target, started_at, jpeg)
       select id, target, started_at, cast($2 as text) from runs where id = $1 on conflict (run_id) do nothing`,
      [runId, frameJpegBase64],
    );
  return true;
}

export async function openRuns(db: Db): Promise<OpenRun[]> {
  const rows = await db.query(
    `select id, target, why, started_at, job, job_id, accepted_at, resumes from runs
     where ended_at is null order by started_at, id limit $1`,
    [OPEN_RUNS_MAX],
  );
  return rows.map(openRunRow);
}

export async function run(db: Db, runId: RunId): Promise<RunRecord | null> {
  const [row] = await db.query(`${SHOWN} where run.id = $1`, [runId]);
  return row ? runRow(row) : null;
}

export async function runs(db: Db, query: { target: TargetId | null; limit: number }): Promise<RunRecord[]> {
  const rows = await db.query(
    `${SHOWN} where run.id in (
       select ranked.id from (
         select id, row_number() over (partition by target order by started_at desc, id desc) as place
         from runs where cast($1 as text) is null or target = cast($1 as text)) ranked
       where ranked.place <= $2)
     order by run.started_at desc, run.id desc`,
    [query.target, clampLimit(query.limit)],
  );
  return rows.map(runRow);
}

export async function frame(db: Db, runId: RunId): Promise<Uint8Array | null> {
  const [row] = await db.query('select jpeg from frames where run_id = $1', [runId]);
  return row ? new Uint8Array(Buffer.from(frameRow(row).jpeg, 'base64')) : null;
}

/** The newest events of a target, in the order in which they were folded in. */
export async function events(db: Db, target: TargetId): Promise<TargetEvent[]> {
  const rows = await db.query('select event from events where target = $1 order by version desc limit $2', [
    target,
    EVENTS_MAX,
  ]);
  return rows.map(eventRow).reverse();
}

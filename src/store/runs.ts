/** Runs: claimed once, paid within the budget, closed once. */

import { DAY, invariant, type Instant } from '../core/base.ts';
import { totalMsOf } from '../core/classify.ts';
import type { Opaque, RunId, TargetEvent, TargetId } from '../core/model.ts';
import type { Commit, Db, OpenRun, RunClaim, Spending } from '../ports/store.ts';
import type { RunRecord, RunSummary } from '../ports/runs.ts';
import { readable, readOrSetAside, tryRead } from './bad-rows.ts';
import type { BadRows } from './bad-rows.ts';
import { clampLimit } from './limits.ts';
import { eventRow, frameRow, spendingRow, spentRow } from './rows.ts';
import { openRunRow, runRow, runSummaryRow } from './run-rows.ts';
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

const LISTED = `run.id, run.target, run.why, run.started_at, run.ended_at, run.verdict, run.job_id, run.ready_ms,
    run.video_ms, ${USD} as usd, case when frame.run_id is null then 0 else 1 end as has_frame`;
const WITH_FRAMES = 'runs run left join frames frame on frame.run_id = run.id';

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
export async function closeRun(
  tx: Db,
  close: NonNullable<Commit['closesRun']>,
  keepsTrace = true,
): Promise<boolean> {
  const { runId, trace, verdict, frameJpegBase64 } = close;
  const isLost = trace.failure?.kind === 'lost';
  // A price that is no amount of money, or of a job that may be running still, counts as what was set aside for it.
  const costUsd = Number.isFinite(trace.cost.usd) && trace.cost.usd >= 0 ? trace.cost.usd : null;
  const floor = isLost || costUsd === null ? 1 : 0;
  const rows = await tx.query(
    `update runs set ended_at = $2, verdict = $3, trace = $4, ready_ms = $7, video_ms = $8,
       cost_usd = case when $5 = 1 and reserved_usd > cast($6 as double precision)
         then reserved_usd else cast($6 as double precision) end
     where id = $1 and ended_at is null returning id`,
    [
      runId,
      trace.endedAt,
      jsonText(verdict),
      keepsTrace ? jsonText(trace) : null,
      floor,
      costUsd ?? 0,
      wholeMs(totalMsOf(trace)),
      wholeMs(trace.video?.durationMs ?? null),
    ],
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

export async function openRuns(db: Db, bad: BadRows): Promise<OpenRun[]> {
  const rows = await db.query(
    `select id, target, why, started_at, job, job_id, accepted_at, resumes from runs
     where ended_at is null order by started_at, id limit $1`,
    [OPEN_RUNS_MAX],
  );
  return readOrSetAside(db, 'runs', rows, { reader: openRunRow, bad });
}

export async function run(db: Db, runId: RunId): Promise<RunRecord | null> {
  const [row] = await db.query(`select ${LISTED}, run.trace from ${WITH_FRAMES} where run.id = $1`, [runId]);
  return tryRead(row, runRow);
}

/** One query for each target, which the index answers: a window over all runs would read all of them. */
export async function runs(
  db: Db,
  { targets, limit }: { targets: readonly TargetId[]; limit: number },
): Promise<RunSummary[]> {
  const found: RunSummary[] = [];
  for (const target of targets) {
    const most = Math.min(clampLimit(limit), clampLimit(Infinity) - found.length);
    if (most === 0) break;
    const rows = await db.query(
      `select ${LISTED} from ${WITH_FRAMES} where run.target = $1
       order by run.started_at desc, run.id desc limit $2`,
      [target, most],
    );
    found.push(...readable(rows, runSummaryRow));
  }
  return found.sort((a, b) => b.startedAt - a.startedAt || (a.runId < b.runId ? 1 : -1));
}

function wholeMs(ms: number | null): number | null {
  return ms !== null && Number.isFinite(ms) ? Math.round(ms) : null;
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
  return readable(rows, eventRow).reverse();
}

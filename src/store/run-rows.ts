/** What the rows of runs look like. */

import { z } from 'zod';
import type { Opaque, Verdict } from '../core/model.ts';
import type { Trace } from '../core/trace.ts';
import type { RunRecord, RunSummary } from '../ports/runs.ts';
import type { OpenRun } from '../ports/store.ts';
import { json, reader } from './rows.ts';

const at = z.number();
const why = z.enum(['slot', 'confirm', 'recover', 'manual']);
const verdict = json<Verdict>(z.looseObject({ is: z.enum(['pass', 'slow', 'fail', 'inconclusive']) }));
const trace = json<Trace>(
  z.looseObject({
    runId: z.string(),
    target: z.string(),
    startedAt: at,
    endedAt: at,
    order: z.looseObject({ costUsd: z.number() }),
    steps: z.array(z.looseObject({ at, what: z.string() })),
    phasesMs: z.record(z.string(), z.number()),
    findings: z.array(z.looseObject({ check: z.string(), ok: z.boolean() })),
    cost: z.looseObject({ usd: z.number() }),
  }),
);
const job = json<Opaque>(z.json());

export const openRunRow = reader(
  z
    .object({
      id: z.string(),
      target: z.string(),
      why,
      started_at: at,
      job: job.nullable(),
      job_id: z.string().nullable(),
      accepted_at: at.nullable(),
      resumes: at,
    })
    .transform((row): OpenRun => ({
      runId: row.id,
      target: row.target,
      why: row.why,
      startedAt: row.started_at,
      job: row.job,
      jobId: row.job_id,
      acceptedAt: row.accepted_at,
      resumes: row.resumes,
    })),
);

const runSummary = z.object({
  id: z.string(),
  target: z.string(),
  why,
  started_at: at,
  ended_at: at.nullable(),
  verdict: verdict.nullable(),
  ready_ms: z.number().nullable(),
  video_ms: z.number().nullable(),
  usd: z.number(),
  job_id: z.string().nullable(),
  has_frame: z.number(),
});
const toSummary = (row: z.output<typeof runSummary>): RunSummary => ({
  runId: row.id,
  target: row.target,
  why: row.why,
  startedAt: row.started_at,
  endedAt: row.ended_at,
  verdict: row.verdict,
  readyMs: row.ready_ms,
  videoMs: row.video_ms,
  costUsd: row.usd,
  jobId: row.job_id,
  hasFrame: row.has_frame === 1,
});
export const runSummaryRow = reader(runSummary.transform(toSummary));
export const runRow = reader(
  runSummary
    .extend({ trace: trace.nullable() })
    .transform((row): RunRecord => ({ ...toSummary(row), trace: row.trace })),
);

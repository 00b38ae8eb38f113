/** What the API says about runs and deliveries, and how records become that. */

import { z } from 'zod';
import type { Verdict } from '../core/model.ts';
import type { Trace } from '../core/trace.ts';
import type { RunRecord, RunSummary } from '../ports/runs.ts';
import type { OutboxEntry } from '../ports/store.ts';
import { frameLink, iso, runLink, runPage } from './format.ts';
import type { Ledger } from './recent.ts';
import { at, cause, phase } from './schema.ts';

const verdict = z.object({
  is: z.enum(['pass', 'slow', 'fail', 'inconclusive']),
  text: z.string(),
  cause: cause.nullable(),
  blame: z.enum(['provider', 'us', 'nobody']).nullable(),
  ratio: z.number().nullable().meta({ description: 'How many times slower than usual, of a slow run.' }),
});

export const run = z.object({
  id: z.string(),
  target: z.string(),
  why: z.enum(['slot', 'confirm', 'recover', 'manual']),
  started_at: at,
  ended_at: at.nullable(),
  verdict: verdict.nullable().meta({ description: 'null while the run is in flight.' }),
  cost_usd: z.number(),
  job_id: z.string().nullable().meta({ description: "The provider's own id, for their support." }),
  links: z.object({ self: z.string(), page: z.string(), frame: z.string().nullable() }),
});
export type RunShape = z.infer<typeof run>;

const trace = z.object({
  order: z.object({
    seconds: z.number(),
    width: z.number(),
    height: z.number(),
    aspect: z.string(),
    cost_usd: z.number(),
    notes: z.array(z.string()),
  }),
  phases_ms: z.partialRecord(phase, z.number()),
  steps: z.array(z.object({ at, what: z.string(), detail: z.string() })),
  failure: z
    .object({
      phase,
      kind: z.string(),
      http_status: z.number().nullable(),
      code: z.string().nullable(),
      message: z.string(),
      network: z.string(),
    })
    .nullable(),
  video: z
    .object({
      bytes: z.number(),
      codec: z.string(),
      width: z.number(),
      height: z.number(),
      duration_ms: z.number(),
      frames_decoded: z.number(),
      is_truncated: z.boolean(),
      black_ratio: z.number(),
      frozen_ratio: z.number(),
      has_audio: z.boolean(),
      colours: z.record(z.string(), z.number()),
    })
    .nullable(),
  findings: z.array(z.object({ check: z.string(), ok: z.boolean(), text: z.string() })),
  cost: z.object({ usd: z.number(), from: z.enum(['provider', 'computed']) }),
  is_resumed: z.boolean(),
});

export const runDetail = run.extend({ trace: trace.nullable() });

export const outbox = z.object({
  depth: z.number().int().meta({ description: 'Messages that still have to be told.' }),
  channels: z.array(z.object({ channel: z.string(), due: z.number().int(), dead: z.number().int() })),
  dead: z.array(
    z.object({
      key: z.string(),
      channel: z.string(),
      target: z.string().meta({ description: "A target's id, or `route:` and a route's." }),
      type: z.string(),
      created_at: at,
      attempts: z.number().int(),
      why: z.string(),
    }),
  ),
  pushes: z.array(
    z.object({
      sink: z.string(),
      route: z.string(),
      desired: z.number(),
      applied: z.number().nullable(),
      state: z.string(),
      why: z.string().nullable(),
      drift: z.object({ since: at, last_at: at, times: z.number().int() }).nullable().meta({
        description:
          'Since when, and how often, the router was found to hold other weights; null where it is in step.',
      }),
    }),
  ),
});

export function runShape(record: RunSummary): RunShape {
  const { runId } = record;
  return {
    id: runId,
    target: record.target,
    why: record.why,
    started_at: iso(record.startedAt),
    ended_at: record.endedAt === null ? null : iso(record.endedAt),
    verdict: record.verdict && verdictShape(record.verdict),
    cost_usd: record.costUsd,
    job_id: record.jobId,
    links: {
      self: runLink(runId),
      page: runPage(runId),
      frame: record.hasFrame ? frameLink(runId) : null,
    },
  };
}

export function runDetailShape(record: RunRecord): z.infer<typeof runDetail> {
  return { ...runShape(record), trace: record.trace && traceShape(record.trace) };
}

function verdictShape(verdict: Verdict): NonNullable<RunShape['verdict']> {
  return {
    is: verdict.is,
    text: verdict.text,
    cause: verdict.is === 'fail' || verdict.is === 'inconclusive' ? verdict.cause : null,
    blame: verdict.is === 'fail' ? verdict.blame : null,
    ratio: verdict.is === 'slow' ? verdict.ratio : null,
  };
}

function traceShape(trace: Trace): z.infer<typeof runDetail>['trace'] {
  const { order, failure, video } = trace;
  return {
    order: {
      seconds: order.seconds,
      width: order.width,
      height: order.height,
      aspect: order.aspect,
      cost_usd: order.costUsd,
      notes: order.notes,
    },
    phases_ms: trace.phasesMs,
    steps: trace.steps.map((step) => ({ at: iso(step.at), what: step.what, detail: step.detail })),
    failure: failure && {
      phase: failure.phase,
      kind: failure.kind,
      http_status: failure.httpStatus,
      code: failure.code,
      message: failure.message,
      network: failure.network,
    },
    video: video && {
      bytes: video.bytes,
      codec: video.codec,
      width: video.width,
      height: video.height,
      duration_ms: video.durationMs,
      frames_decoded: video.framesDecoded,
      is_truncated: video.isTruncated,
      black_ratio: video.blackRatio,
      frozen_ratio: video.frozenRatio,
      has_audio: video.hasAudio,
      colours: video.colours,
    },
    findings: trace.findings,
    cost: trace.cost,
    is_resumed: trace.isResumed,
  };
}

export function outboxShape(
  ledger: Pick<Ledger, 'outbox' | 'pushes'>,
  dead: readonly (OutboxEntry & { error: string })[],
): z.infer<typeof outbox> {
  return {
    depth: ledger.outbox.reduce((sum, channel) => sum + channel.due, 0),
    channels: ledger.outbox,
    dead: dead.map((entry) => ({
      key: entry.key,
      channel: entry.channel,
      target: entry.target,
      type: entry.story.effect.type,
      created_at: iso(entry.createdAt),
      attempts: entry.attempts,
      why: entry.error,
    })),
    pushes: ledger.pushes.map(({ error, drift, ...push }) => ({
      ...push,
      why: error,
      drift: drift && { since: iso(drift.since), last_at: iso(drift.lastAt), times: drift.times },
    })),
  };
}

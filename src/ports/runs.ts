/** Runs as the store gives them to those who show them. */

import type { Instant } from '../core/base.ts';
import type { RunId, TargetId, Verdict } from '../core/model.ts';
import type { Trace } from '../core/trace.ts';
import type { RunWhy } from './store.ts';

/** A run as it is listed: what stands in columns, without its trace. */
export interface RunSummary {
  runId: RunId;
  target: TargetId;
  why: RunWhy;
  startedAt: Instant;
  endedAt: Instant | null;
  verdict: Verdict | null;
  /** From the order to the last byte; null where that says nothing of the provider's speed, or an older release wrote it. */
  readyMs: number | null;
  /** Length of the delivered video; null where there was none, or an older release wrote it. */
  videoMs: number | null;
  costUsd: number;
  jobId: string | null;
  hasFrame: boolean;
}

/** A run as it is shown by itself. */
export interface RunRecord extends RunSummary {
  trace: Trace | null;
}

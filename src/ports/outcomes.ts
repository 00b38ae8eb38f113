/** What routers tell of users' jobs, on its way from the web layer to the app. */

import { HOUR } from '../core/base.ts';
import type { TargetId } from '../core/model.ts';
import type { UserJob, UserOutcome } from '../core/outcomes.ts';

/** Why a line is refused; a closed list, because it is a label of a metric. */
export const REFUSALS = ['malformed', 'unknown_target', 'late', 'future', 'absurd', 'duplicate'] as const;
export type Refusal = (typeof REFUSALS)[number];

/** One batch of one sender, taken in line by line. Neither call throws nor waits. */
export interface Batch {
  /** @returns why the job is refused, for programs and for people; null where it is taken */
  take: (job: UserJob) => { code: Refusal; reason: string } | null;
  /** A line that is no job. */
  spoilt: () => void;
  /** To be called once, after the last line. */
  close: () => void;
}

/** How users' jobs went; those that say nothing about the provider are not counted. */
export interface UserCounts {
  good: number;
  bad: number;
}

/** The span of `Outcomes.recent`. */
export const RECENT_MS = HOUR;

export interface Outcomes {
  /** How long a sender should wait before the next batch, in ms: 0 unless more comes than is taken. */
  waitMs: () => number;
  /** @param sender who sends it, as its token says */
  open: (sender: string) => Batch;
  /** Users' jobs of the last hour, by target. */
  recent: () => ReadonlyMap<TargetId, UserCounts>;
}

/** What is counted of a batch. */
export interface BatchCount {
  taken: { target: TargetId; outcome: UserOutcome; count: number }[];
  refused: { code: Refusal; count: number }[];
}

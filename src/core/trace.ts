/** What happened in one run, as facts without opinion. */

import type { Instant } from './base.ts';
import type { Cause, RunId, TargetId } from './model.ts';

export type Phase = 'submit' | 'queue' | 'generate' | 'fetch' | 'verify';
export const PHASES: readonly Phase[] = ['submit', 'queue', 'generate', 'fetch', 'verify'];

/** How a run can end early. */
export type FailureKind =
  | 'status' // an HTTP answer outside 2xx, or an error code inside one
  | 'garbled' // a 2xx answer that is not what the API promises
  | 'transport' // no connection, or it broke
  | 'silence' // connected, but no whole answer in time
  | 'job' // the provider says that the job failed
  | 'strange' // a status word that nobody has described
  | 'deadline' // the job ran longer than the provider's own limit
  | 'oversize' // the video is larger than any canary can be
  | 'address_refused' // the video's address is a private one
  | 'unreadable' // what was downloaded is not a video
  | 'not_inspected' // our own decoder gave up
  | 'lost'; // we cannot know what became of it: a restart at the wrong moment

/** What ended a run early, as facts: what was heard, where, and what the provider's own code table says it means. */
export interface Failure {
  phase: Phase;
  kind: FailureKind;
  httpStatus: number | null;
  /** The provider's own error code, verbatim. */
  code: string | null;
  /** What was heard, at most 500 characters, secrets masked. */
  message: string;
  /** The cause that the adapter's code table gives; null where the code is not in it. */
  hint: Cause | null;
  /** For `transport`: whether our own network was found working. */
  network: 'works' | 'broken' | 'unknown';
}

/** What a decoder saw in a downloaded file. */
export interface VideoFacts {
  bytes: number;
  codec: string;
  width: number;
  height: number;
  durationMs: number;
  framesDecoded: number;
  /** The file ended before the frames it promised, or frames did not decode. */
  isTruncated: boolean;
  /** Share of sampled frames whose mean luma is that of black, 0..1. */
  blackRatio: number;
  /** Share of the watched time in which consecutive sampled frames hardly differ, 0..1. */
  frozenRatio: number;
  hasAudio: boolean;
  /** Mean share of pixels per named colour over the sampled frames, 0..1 each. */
  colours: Record<string, number>;
}

/** One expectation held against the facts. */
export interface Finding {
  check: 'playable' | 'duration' | 'size' | 'black' | 'frozen' | 'truncated' | 'colours';
  ok: boolean;
  /** For people: "lasted 0.9 s, ordered 2 s". */
  text: string;
}

/** What the order became in the provider's own terms. */
export interface OrderFacts {
  seconds: number;
  width: number;
  height: number;
  aspect: string;
  costUsd: number;
  /** What had to be changed or left out for this model, in words. */
  notes: string[];
}

export interface TraceStep {
  at: Instant;
  what: string;
  detail: string;
}

/** What happened in one run, without opinion. */
export interface Trace {
  runId: RunId;
  target: TargetId;
  startedAt: Instant;
  endedAt: Instant;
  order: OrderFacts;
  /** The provider's own id of the job, for their support; null if none was accepted. */
  jobId: string | null;
  steps: TraceStep[];
  phasesMs: Partial<Record<Phase, number>>;
  failure: Failure | null;
  video: VideoFacts | null;
  findings: Finding[];
  cost: { usd: number; from: 'provider' | 'computed' };
  /** A restart, a jump of the clock or a wait for the store lay in between: its times say nothing of the provider's speed. */
  isResumed: boolean;
}

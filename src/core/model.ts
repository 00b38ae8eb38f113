/** The vocabulary. Every other file speaks in these words; ARCHITECTURE.md has the glossary. */

import type { Instant, Json } from './base.ts';

/** `provider/model`, with `@region` where a provider is watched in several: `runway/gen4.5`, `kling/kling-3.0@eu`. */
export type TargetId = string;

/** `target@slot`: the planned instant makes it unique, so that one slot is paid for once. */
export type RunId = string;

export interface Target {
  id: TargetId;
  /** The configured provider's id, which is also the label in metrics. */
  provider: string;
  model: string;
  region: string | null;
}

/** Why something did not work. A closed list: metrics, docs and decisions all rest on it. */
export const CAUSES = [
  'unavailable',
  'overloaded',
  'timeout',
  'garbled',
  'job_lost',
  'bad_output',
  'retired',
  'model_missing',
  'rate_limited',
  'moderated',
  'unknown_status',
  'not_inspected',
  'interrupted',
  'auth',
  'no_access',
  'no_credit',
  'bad_request',
  'unreachable',
] as const;
export type Cause = (typeof CAUSES)[number];

/** Whose fault: only `provider` counts towards health, `us` makes a target blind, `nobody` counts for nothing. */
export type Blame = 'provider' | 'us' | 'nobody';

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
  /** A restart lay in between: its times say nothing about the provider's speed. */
  isResumed: boolean;
}

/** The opinion about a trace or a check. */
export type Verdict =
  | { is: 'pass'; text: string }
  | { is: 'slow'; ratio: number; text: string }
  | { is: 'fail'; cause: Cause; blame: Blame; text: string }
  | { is: 'inconclusive'; cause: Cause; text: string };

export const HEALTHS = [
  'unknown',
  'healthy',
  'suspect',
  'degraded',
  'down',
  'recovering',
  'retired',
] as const;
export type Health = (typeof HEALTHS)[number];

/** What is shown: health, or `blind` while our own key, quota, network or configuration keeps us from seeing. */
export const SHOWN_STATES = [...HEALTHS, 'blind'] as const;
export type ShownState = (typeof SHOWN_STATES)[number];

/** One piece of evidence, kept short so that a few fit into the state and into a message. */
export interface Evidence {
  at: Instant;
  /** The run that saw it; null for a free check. */
  runId: RunId | null;
  cause: Cause | 'slow';
  text: string;
}

export interface Incident {
  /** `target!n`, n counting this target's incidents. */
  id: string;
  firstFailureAt: Instant;
  detectedAt: Instant;
  worst: 'degraded' | 'down';
  cause: Cause | 'slow';
  /** The newest first, five at most. */
  evidence: Evidence[];
}

/** A retirement or change of what a target offers, keyed by (provider, subject): never by its date. */
export interface Notice {
  /** `provider:subject`. */
  id: string;
  kind: 'announced' | 'retired';
  subject: string;
  effectiveAt: Instant | null;
  replacement: string | null;
  source: string;
  url: string;
  firstSeenAt: Instant;
}

export interface Reason {
  code: string;
  text: string;
}

/** Everything the daemon believes about one target: the fold of its events. */
export interface TargetState {
  id: TargetId;
  /** Counts the events that were folded in. */
  version: number;
  health: Health;
  since: Instant;
  blind: { cause: Cause; since: Instant; text: string; by: 'run' | 'check' } | null;
  reason: Reason;
  fails: number;
  slows: number;
  passes: number;
  passesEver: number;
  /** First sign of the trouble at hand; null when nothing is wrong. */
  troubleSince: Instant | null;
  evidence: Evidence[];
  incident: Incident | null;
  incidentCount: number;
  /** When recent incidents closed, for flap damping; oldest first, eight at most. */
  closedAt: Instant[];
  /** Moving mean of log(total ms) over passes, and how many it has seen. */
  baseline: { logMs: number; n: number };
  check: { ok: boolean; since: Instant } | null;
  /** When an extra canary is wanted, and why; null when the ordinary schedule will do. */
  probe: { at: Instant; why: 'confirm' | 'recover' } | null;
  lastRun: { id: RunId; at: Instant; verdict: Verdict['is']; totalMs: number | null } | null;
  notice: Notice | null;
}

export type TargetEvent =
  /** `totalMs` from the order to the last byte; null where it says nothing about speed. */
  | { type: 'run.judged'; at: Instant; runId: RunId; verdict: Verdict; totalMs: number | null }
  | { type: 'check.judged'; at: Instant; verdict: Verdict }
  | { type: 'notice.seen'; at: Instant; notice: Omit<Notice, 'firstSeenAt'> }
  | { type: 'day.began'; at: Instant };

/** What must be told. Each carries all that a message needs, because it is rendered later, maybe after a restart. */
export type Effect =
  | {
      type: 'incident.opened';
      at: Instant;
      target: TargetId;
      incident: Incident;
      health: 'degraded' | 'down';
    }
  | { type: 'incident.changed'; at: Instant; target: TargetId; incident: Incident; from: Health; to: Health }
  | {
      type: 'incident.closed';
      at: Instant;
      target: TargetId;
      incident: Incident;
      durationMs: number;
      to: Health;
    }
  | { type: 'blind.began'; at: Instant; target: TargetId; cause: Cause; text: string }
  | { type: 'blind.ended'; at: Instant; target: TargetId; cause: Cause; durationMs: number }
  | { type: 'notice.announced'; at: Instant; target: TargetId; notice: Notice }
  | { type: 'notice.moved'; at: Instant; target: TargetId; notice: Notice; from: Instant | null }
  | { type: 'target.retired'; at: Instant; target: TargetId; notice: Notice | null; text: string };

export const EFFECT_TYPES = [
  'incident.opened',
  'incident.changed',
  'incident.closed',
  'blind.began',
  'blind.ended',
  'notice.announced',
  'notice.moved',
  'target.retired',
] as const satisfies readonly Effect['type'][];

export interface Step {
  state: TargetState;
  effects: Effect[];
  /** False when the event taught nothing, and nothing needs to be written. */
  changed: boolean;
}

/** How one target's weight in one route moved, for messages. */
export interface WeightMove {
  route: string;
  target: TargetId;
  from: number;
  to: number;
  /** In a dry run routers are not moved, and a message must not say that they were. Absent: `enforce`. */
  mode?: 'dry_run' | 'enforce';
}

/** Whether others have the same trouble: the "them or us" line of a message. */
export interface PeerView {
  fine: number;
  troubled: TargetId[];
  blind: number;
}

/** An effect with what surrounded it when it was decided: what a channel is given to tell. */
export interface Story {
  effect: Effect;
  target: Target;
  moves: WeightMove[];
  peers: PeerView;
  links: { page: string; run: string | null; dashboard: string | null; runbook: string | null };
}

/** A JSON value that an adapter gave us to keep; we never look inside. */
export type Opaque = Json;

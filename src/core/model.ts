/** The vocabulary. Every other file speaks in these words; ARCHITECTURE.md has the glossary. */

import type { Instant, Json } from './base.ts';
import type { Belief } from './belief.ts';
import type { Measures } from './measures.ts';
import type { RunningJob } from './observation.ts';
import type { Meaning } from './outcomes.ts';
import type { Sign, TroubleCounts } from './signlist.ts';

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
  'unexplained',
  'not_inspected',
  'interrupted',
  'auth',
  'no_access',
  'no_credit',
  'bad_request',
  'unreachable',
  'no_budget',
] as const;
export type Cause = (typeof CAUSES)[number];

/** Whose fault: only `provider` counts towards health, `us` makes a target blind, `nobody` counts for nothing. */
export type Blame = 'provider' | 'us' | 'nobody';

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
  /** When what failed was begun: its order, or the check. Absent where only its end is known. */
  since?: Instant;
  /** The run that saw it; null for a free check, and for users' jobs. */
  runId: RunId | null;
  cause: Cause | 'slow';
  text: string;
  /** Absent for what we saw ourselves. */
  by?: 'users';
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
  /** It was opened or told as `down`, and turned out to be slow: that is said once. */
  corrected?: true;
  /** Why it is believed, as sentences without an end mark, the most telling first. */
  why: string[];
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
  /** The share of its weight that routers should leave it while it is suspect or recovering, 0..1; 1 otherwise. */
  trust: number;
  /** P(any fault) as it was judged last, overdue jobs weighed in, 0..1; null where nothing is believed. */
  fault: number | null;
  passesEver: number;
  /** Runs in a row that said nothing about the provider. */
  unsure: number;
  /** Runs in a row that said that the model is gone for good. */
  gone: number;
  /** What went wrong in the trouble at hand, the newest first, five at most. */
  evidence: Evidence[];
  incident: Incident | null;
  incidentCount: number;
  check: { ok: boolean; since: Instant } | null;
  lastRun: { id: RunId; at: Instant; verdict: Verdict['is']; totalMs: number | null } | null;
  notice: Notice | null;
  /** Probabilities of what may explain what is seen; null before the first observation. */
  belief: Belief | null;
  /** What moved belief, the newest first. */
  signs: Sign[];
  /** Generations since the trouble at hand began; null while there is none. */
  troubleCounts: TroubleCounts | null;
  /** What its canaries measured, for weights; null before the first one that says something of the provider. */
  measures: Measures | null;
  /** The provider's account runs out of money: since when this is told, and what was left then. */
  low: (Funds & { since: Instant }) | null;
  /** The budgets pay for too few looks at this target; null where they pay for enough. */
  budgetLow: BudgetLow | null;
}

/** Canaries are ordered less than once an hour for want of money, or not at all. */
export interface BudgetLow {
  since: Instant;
  /** Whose budget it is: a provider's id, null for that of all together. */
  provider: string | null;
  budgetUsd: number;
  /** When it next pays for more. */
  returnsAt: Instant;
}

/** Money left in our account at a provider. */
export interface Funds {
  usd: number;
  /** How long it lasts for the planned canaries; null where none are planned. */
  daysLeft: number | null;
}

/** One user's job that stands for others. */
export interface UserReport {
  at: Instant;
  submittedAt: Instant;
  /** Hashed: names stay out of our rows. */
  reporter: string;
  /** Who told of it, hashed: all reports without one are of the same sender. */
  sender?: string;
  is: Meaning;
  /** How long a good one took, where the router said. */
  tookMs?: number;
  /** Of a bad one. */
  cause?: Cause;
}

export type TargetEvent =
  /** `totalMs` from the order to the last byte; null where it says nothing about speed. */
  | {
      type: 'run.judged';
      at: Instant;
      runId: RunId;
      verdict: Verdict;
      totalMs: number | null;
      submittedAt?: Instant;
      /** Whether a failed run failed with its order, or later. */
      endedIn?: 'submit' | 'later';
      /** The provider says that it charges for it. */
      isBilled?: boolean;
      /** How long the video is, where it is a good one. */
      videoMs?: number;
      costUsd?: number;
      running?: readonly RunningJob[];
    }
  /** `funds` only for the one target that speaks for its provider's account. */
  | {
      type: 'check.judged';
      at: Instant;
      startedAt?: Instant;
      verdict: Verdict;
      funds?: Funds;
      running?: readonly RunningJob[];
    }
  /** What a canary of another target of the same provider shows of the API they have in common. */
  | { type: 'sibling.seen'; at: Instant; by: RunId; is: 'ok' | 'fail'; running?: readonly RunningJob[] }
  /** What users' jobs came to since the last time: few that stand for all, and how many there were. */
  | {
      type: 'outcomes.reported';
      at: Instant;
      /** In the order in which they ended. */
      reports: readonly UserReport[];
      /** Jobs that say something about the provider. */
      good: number;
      bad: number;
      /** How long they were gathered for. */
      spanMs: number;
      running?: readonly RunningJob[];
    }
  /** Time has passed, and jobs still run that should have ended: `running` are those in flight at `at`. */
  | { type: 'looked'; at: Instant; running: readonly RunningJob[] }
  /** Our own network is in doubt: what has just been believed against the provider is taken back. */
  | { type: 'sight.lost'; at: Instant }
  /** Our own network works again: whoever could not be watched for its sake can be. */
  | { type: 'network.restored'; at: Instant }
  /** The wall clock went on otherwise than we lived, by `lostMs`; less than zero where it was set back. */
  | { type: 'clock.jumped'; at: Instant; lostMs: number }
  /** What the budgets pay for has become too little, or enough again; `isUnseen`: for longer than was planned for. */
  | { type: 'budget.checked'; at: Instant; low: Omit<BudgetLow, 'since'> | null; isUnseen: boolean }
  | { type: 'notice.seen'; at: Instant; notice: Omit<Notice, 'firstSeenAt'> }
  | { type: 'day.began'; at: Instant };

/** A JSON value that an adapter gave us to keep; we never look inside. */
export type Opaque = Json;

/** What the daemon remembers. The one implementation is store/store.ts, on two databases. */

import type { AuditEntry, Planned } from '../core/audit.ts';
import type { Instant } from '../core/base.ts';
import type { Freeze, Hands, RoutePin } from '../core/hands.ts';
import type { Opaque, RunId, TargetEvent, TargetId, TargetState, Verdict } from '../core/model.ts';
import type { Trace } from '../core/trace.ts';
import type { Drift } from '../core/drift.ts';
import type { SeenHeader } from '../core/lifecycle-headers.ts';
import type { Effect, Story } from '../core/effect.ts';
import type { RoutePlan } from '../core/route.ts';
import type { Thaw } from './hands.ts';
import type { DriftNote, OutboxRow } from './outbox.ts';
import type { Retention } from './retention.ts';
import type { StoreTrouble } from './trouble.ts';
import type { RunRecord, RunSummary } from './runs.ts';

/** Stable codes for every way the store can fail. */
export type StoreErrorCode =
  | 'busy' // somebody else holds what we need; the same call may work in a moment
  | 'full' // the disk, or the database's own limit
  | 'corrupt' // the file is damaged, or no database at all
  | 'read_only' // it may be read but not written
  | 'unavailable' // it could not be reached or opened
  | 'newer' // written by a newer version of this program
  | 'older' // opened for reading only, and not yet brought up to date
  | 'foreign' // another store than the one that is expected
  | 'bad_row' // a row does not have the shape that we write
  | 'refused' // a value that it does not take: the same call can never work
  | 'failed'; // anything else, in the database's own words

/** The world failing, thrown once at the door. `message` is for people and never read by code. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'StoreError';
    this.code = code;
  }
}

export type Param = string | number | null;
export type Row = Record<string, unknown>;

/** A database: the same SQL text, with `$1, $2 …`, runs on every driver. */
export interface Db {
  query: (text: string, params?: readonly Param[]) => Promise<Row[]>;
  /** All or nothing. Transactions of one Db run one after the other; `work` must use the Db it is given. */
  transaction: <T>(work: (tx: Db) => Promise<T>) => Promise<T>;
  /** What is known to be wrong with the database itself; absent where that cannot be told. */
  trouble?: () => StoreTrouble | null;
  close: () => Promise<void>;
}

export type RunWhy = 'slot' | 'confirm' | 'recover' | 'manual';

export interface RunClaim {
  runId: RunId;
  target: TargetId;
  provider: string;
  why: RunWhy;
  /** The most that this run can cost; counted against the budget from now on. */
  reservedUsd: number;
  at: Instant;
  /** Rolling 24-hour limits; the claim is refused where the reservation would cross one. */
  limits: { providerUsd: number; totalUsd: number };
}

/** What one run costs, or may cost at most while it is open. */
export interface Spending {
  runId: RunId;
  provider: string;
  at: Instant;
  usd: number;
}

/** A run that was claimed and not yet judged. */
export interface OpenRun {
  runId: RunId;
  target: TargetId;
  why: RunWhy;
  startedAt: Instant;
  job: Opaque | null;
  jobId: string | null;
  /** When the job was saved. */
  acceptedAt: Instant | null;
  /** How often its job was taken up after a restart, see `countResume`. */
  resumes: number;
}

/** What one decision changes: written together or not at all. */
export interface Commit {
  before: { version: number };
  state: TargetState;
  event: TargetEvent;
  outbox: OutboxRow[];
  closesRun: { runId: RunId; trace: Trace; verdict: Verdict; frameJpegBase64: string | null } | null;
  /** Routes whose plan changed, with the generation they were computed from, and what the audit says of it. */
  plans: { plan: RoutePlan; before: number; sinks: string[]; audit?: Planned | null }[];
  /** The generation of the whole status document after this commit. */
  generation: number;
}

export interface OutboxEntry {
  key: string;
  channel: string;
  target: string;
  story: Story;
  createdAt: Instant;
  attempts: number;
}

/** The newest plan of a route that a sink still has to be told. */
export interface DuePush {
  sink: string;
  plan: RoutePlan;
  attempts: number;
}

export interface Board {
  states: TargetState[];
  plans: RoutePlan[];
  epoch: number;
  generation: number;
}

export interface Store {
  /** Reads everything needed to go on, and counts the epoch up: older controllers lose their say. */
  open: () => Promise<Board>;
  /** The same without touching anything, for `status` beside a running daemon. */
  peek: () => Promise<Board>;
  claimRun: (claim: RunClaim) => Promise<'claimed' | 'taken' | 'over_budget'>;
  /** The checkpoint: after it, a restart goes on polling instead of ordering again. */
  saveJob: (runId: RunId, job: Opaque, jobId: string, at: Instant) => Promise<void>;
  countResume: (runId: RunId) => Promise<void>;
  openRuns: () => Promise<OpenRun[]>;
  /**
   * 'already_closed': the run was judged before. 'conflict': somebody wrote the state or a plan in between. 'refused': the
   * database does not take the state or a plan; the run is closed, and nothing else is written.
   */
  commit: (commit: Commit) => Promise<'done' | 'already_closed' | 'conflict' | 'refused'>;
  /** Money spent or reserved since, by provider. */
  spentSince: (since: Instant) => Promise<Record<string, number>>;
  /** The same run by run, oldest first: open runs with what they reserved. */
  spendings: (since: Instant) => Promise<Spending[]>;
  run: (runId: RunId) => Promise<RunRecord | null>;
  /** Newest first; `limit` of each target, and of all together at most 1,000, those of the first targets. */
  runs: (query: { targets: readonly TargetId[]; limit: number }) => Promise<RunSummary[]>;
  frame: (runId: RunId) => Promise<Uint8Array | null>;
  events: (target: TargetId) => Promise<TargetEvent[]>;

  /** A channel's due entries, oldest of each target first; entries behind an undelivered one wait. */
  dueEntries: (channel: string, now: Instant, limit: number) => Promise<OutboxEntry[]>;
  /** When the channel's next claimable entry falls due; null when none waits. The same condition as dueEntries. */
  nextEntryAt: (channel: string) => Promise<Instant | null>;
  /** Undelivered entries of one target or `route:…` and channel in order, for coalescing. */
  queuedEntries: (target: string, channel: string, limit: number) => Promise<OutboxEntry[]>;
  /** Gives up what waits for channels that are no longer configured. */
  abandonEntries: (channels: readonly string[], now: Instant) => Promise<number>;
  settleEntries: (
    keys: string[],
    outcome:
      | { is: 'done'; at: Instant }
      | { is: 'retry'; dueAt: Instant; error: string }
      | { is: 'dead'; at: Instant; error: string },
  ) => Promise<void>;
  /** Makes what waits for a later attempt on this channel due now. */
  hastenEntries: (channel: string, now: Instant) => Promise<void>;
  outboxCounts: () => Promise<{ channel: string; due: number; dead: number }[]>;
  deadEntries: (limit: number) => Promise<(OutboxEntry & { error: string })[]>;
  /** Of one target or `route:…` and channel, what was given up; the newest, oldest first. */
  deadEntriesOf: (target: string, channel: string, limit: number) => Promise<OutboxEntry[]>;
  /** What channels were to be told of a target, each effect once, in the order in which it was decided. */
  told: (target: string) => Promise<Effect[]>;

  duePushes: (sink: string, now: Instant, limit: number) => Promise<DuePush[]>;
  /** When the sink's next push falls due; null when none waits. The same condition as duePushes. */
  nextPushAt: (sink: string) => Promise<Instant | null>;
  /** Only settles the generation that was pushed; a newer plan stays due. */
  settlePush: (
    sink: string,
    route: string,
    generation: number,
    outcome:
      | { is: 'applied'; at: Instant }
      | { is: 'retry'; at: Instant; dueAt: Instant; error: string }
      | { is: 'stopped'; at: Instant; error: string },
  ) => Promise<void>;
  /**
   * Notes what a router was found to hold. False, and nothing is written, where the plan is no longer the applied one or
   * somebody else has noted something since `before`; so a note whose answer was lost is not written twice.
   */
  noteDrift: (note: DriftNote) => Promise<boolean>;
  /** Sees to it that every sink has a row for every plan it wants, and none for what it no longer wants. */
  seedPushes: (wanted: { sink: string; route: string }[], now: Instant) => Promise<void>;
  pushStates: () => Promise<
    {
      sink: string;
      route: string;
      desired: number;
      applied: number | null;
      state: string;
      error: string | null;
      /** Since when the router is found to hold something else now and then; null where it is in step. */
      drift: Drift | null;
    }[]
  >;

  /** What people have said and not taken back; also what has ended and was not seen to yet. */
  hands: () => Promise<Hands>;
  /** Each of these writes stands in the audit as well, in the same transaction. */
  pin: (pin: RoutePin, at: Instant) => Promise<void>;
  /** @returns the pin that was taken back; null where there was none */
  unpin: (route: string, target: TargetId, by: Omit<Thaw, 'route' | 'routes'>) => Promise<RoutePin | null>;
  /** Frozen again, it counts from when it was frozen first. */
  freeze: (freeze: Freeze) => Promise<void>;
  /** @returns the freeze that was lifted; null where only the policy's own were */
  thaw: (thaw: Thaw) => Promise<Freeze | null>;
  /** Takes away what has ended by then. @returns how much */
  endHands: (now: Instant) => Promise<number>;
  /** The newest first; `before`: only entries with a lower number. */
  audit: (query: { limit: number; before?: number; route?: string }) => Promise<AuditEntry[]>;
  /** Notes a header in which a provider announces an end, or that it was seen again. @returns whether it is new */
  noteHeader: (seen: SeenHeader) => Promise<boolean>;
  /** All that are kept, those seen last first. */
  seenHeaders: () => Promise<SeenHeader[]>;

  /** What is wrong with the store now. */
  trouble: () => Promise<StoreTrouble | null>;
  /** @param pause called after each batch, so that other work has its turn */
  prune: (now: Instant, retention: Retention, pause?: () => Promise<void>) => Promise<number>;
  close: () => Promise<void>;
}

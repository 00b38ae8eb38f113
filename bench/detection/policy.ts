import type { Seconds } from './types.ts';
import type { World } from './world.ts';

/**
 * The seam between a monitor and the benchmark's world.
 *
 * A policy is told what it observes (`onEvidence`), asks for more (`api.canary`, `api.cheap`, `api.queueProbe`), asks
 * to be woken (`api.wake`), and says what it believes (`api.set`). It has to decide from evidence alone: `api.world`
 * is there for the oracle, and for what every operator knows of a provider (price, usual median, free cancelling).
 */
export interface Policy {
  /** What the policy wants to hear besides its own probes. */
  readonly hears: { readonly reports: boolean; readonly statusPages: boolean };
  /** The promise to be held in every rolling 24 h; null where the policy makes none. */
  readonly budget: Budget | null;
  /** Called once for each provider at time 0, in order. */
  start(provider: number): void;
  /** Called at the instant last asked for with `api.wake`. */
  onWake(provider: number): void;
  onEvidence(provider: number, evidence: Evidence): void;
  /** Called when a canary is billed, right before its `canary` evidence. */
  onSpend?(provider: number, usd: number): void;
}

export type MakePolicy = (api: Api, options: PolicyOptions) => Policy;

export interface Budget {
  /** All providers together. */
  readonly totalUsdPerDay: number;
  /** Each provider by itself; null where only the total is bounded. */
  readonly providerUsdPerDay: number | null;
}

export interface PolicyOptions {
  readonly budgetUsdPerProviderDay: number;
  /** Factors on what the policy takes for granted about the world; 1 where not named. */
  readonly beliefs: Beliefs;
  /** Senses and parts to do without, for measuring what each is worth. */
  readonly without: ReadonlySet<Part>;
}

export const BELIEFS = [
  /** Prior onsets of faults per month. */
  'onsets',
  /** Prior onsets of blips and free-check trouble per month. */
  'harmless',
  /** Typical duration of faults. */
  'durations',
  /** Background rates of failures, refusals and failed free checks. */
  'background',
  /** Median length of a generation before the first is seen. */
  'latency',
  /** Likelihood ratio of a post on a status page. */
  'status',
  /** Probability that a job hangs, by explanation. */
  'overdue',
] as const;

export type Beliefs = Readonly<Partial<Record<(typeof BELIEFS)[number], number>>>;

export const PARTS = ['reports', 'checks', 'status', 'jobs', 'hazard'] as const;

/**
 * `reports`: outcomes of users; `checks`: free checks; `status`: status pages; `jobs`: jobs still running as evidence;
 * `hazard`: the hour-of-week profile.
 */
export type Part = (typeof PARTS)[number];

/** `config`: our key or quota. `ours`: our own network, nothing is said about the provider. Only degraded, down and config alert. */
export type Verdict = 'up' | 'suspect' | 'degraded' | 'down' | 'config' | 'ours';

/** `net`: our own network gave no answer. `hang`: no end within the timeout. `gone`: the model does not exist any more. */
export type Ending = 'ok' | 'fail' | 'hang' | 'refused' | 'auth' | 'quota' | 'gone' | 'net';

export type Phase = 'submit' | 'late';

export type Evidence = CheckSeen | QueueSeen | AckSeen | CanarySeen | ReportSeen | StatusSeen;

export interface CheckSeen {
  readonly kind: 'cheap';
  readonly at: Seconds;
  readonly out: 'ok' | 'fail' | 'auth' | 'quota' | 'gone' | 'net';
}

/** The end of a free submit-then-cancel probe: `ok` says only that the job was accepted. */
export interface QueueSeen {
  readonly kind: 'queue';
  readonly at: Seconds;
  readonly out: Ending;
}

/** A canary of ours has been accepted. */
export interface AckSeen {
  readonly kind: 'ack';
  readonly at: Seconds;
  readonly job: RunningJob;
}

export interface CanarySeen {
  readonly kind: 'canary';
  readonly at: Seconds;
  readonly submittedAt: Seconds;
  readonly out: Ending;
  readonly phase: Phase;
  /** Length of a finished generation, null for any other ending. */
  readonly durationSec: number | null;
  /** The video came, but its content is broken. */
  readonly isBad: boolean;
  readonly isBilled: boolean;
  readonly priceUsd: number;
}

/** What became of a user's generation. Its content is not looked at. */
export interface ReportSeen {
  readonly kind: 'report';
  readonly at: Seconds;
  readonly submittedAt: Seconds;
  readonly out: Ending;
  readonly phase: Phase;
  readonly durationSec: number | null;
  /** The user it happened to. */
  readonly reporter: number;
  readonly region: number;
}

export interface StatusSeen {
  readonly kind: 'status';
  readonly at: Seconds;
  readonly out: 'post' | 'maint' | 'clear';
}

/** A job that has no end yet: a canary of ours, or a user's generation that a router told us of. */
export interface RunningJob {
  readonly submittedAt: Seconds;
  readonly isAcked: boolean;
  readonly isCanary: boolean;
  readonly priceUsd: number;
}

export interface Spend {
  /** When it was billed. */
  readonly at: Seconds;
  readonly submittedAt: Seconds;
  readonly provider: number;
  readonly usd: number;
}

export interface Api {
  readonly world: World;
  now(): Seconds;
  /** Starts a paid generation now; its end comes as `ack` and `canary` evidence. `timeoutSec` is 600 unless told. */
  canary(provider: number, options?: { readonly timeoutSec?: number; readonly region?: number }): RunningJob;
  /** Makes a free check now. An `ok` comes as evidence before this returns, anything else later. */
  cheap(provider: number): void;
  /** Submits a job and cancels it where that is free; comes as `queue` evidence. */
  queueProbe(provider: number): void;
  /** Whether the control targets, sites that have nothing to do with any provider, answer now. */
  control(): boolean;
  /** Replaces the provider's alarm; `Infinity` for none. The past means at once. */
  wake(provider: number, at: Seconds): void;
  /** States the verdict, and the share (0 to 1) of the provider's users that a router should send there. */
  set(provider: number, verdict: Verdict, weight: number): void;
  verdict(provider: number): Verdict;
  /** Our canaries in flight, oldest first. */
  inflight(provider: number): readonly RunningJob[];
  /** Users' generations in flight that take more than 30 s, oldest first. */
  openJobs(provider: number): readonly RunningJob[];
  /** Everything billed so far, in the order of billing; the same growing list each time. */
  spend(): readonly Spend[];
  /** Relative onset rate of incidents at that time of the week, mean 1. */
  hazard(at: Seconds): number;
}

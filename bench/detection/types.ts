// Words of the benchmark's world. Instants are seconds since the world began, which is a Monday 00:00 UTC.

export type Seconds = number;

/** Everything that can go wrong at a provider for long enough to be worth an alert. */
export const FAULT_CLASSES = [
  'hard',
  'model',
  'partial',
  'slow',
  'bad',
  'auth',
  'quota',
  'moderation',
  'retire',
  'maint',
] as const;

export type FaultClass = (typeof FAULT_CLASSES)[number];

export interface Provider {
  readonly index: number;
  readonly id: string;
  readonly priceUsd: number;
  /** Median and log-sigma of a healthy generation's length. */
  readonly medianSec: number;
  readonly sigma: number;
  /** Background probabilities of a failed and of a refused generation. */
  readonly failureRate: number;
  readonly refusalRate: number;
  /** How much more often than its peers this provider breaks. */
  readonly hazard: number;
  readonly requestsPerHour: number;
  readonly group: string;
  readonly billsFailures: boolean;
  readonly hasStatusPage: boolean;
  readonly tellsBalance: boolean;
  readonly cancelsFree: boolean;
}

/** Shares of a failed generation's three faces: an error at submit, an error later, no end at all. */
export type FailureModes = readonly [submit: number, late: number, hang: number];

export interface StatusPost {
  readonly post: Seconds;
  readonly clear: Seconds;
  readonly maint: boolean;
}

export interface Fault {
  id: number;
  cls: FaultClass;
  start: Seconds;
  end: Seconds;
  /** Probability that a generation fails, is refused, comes out broken; factor on its length. */
  err: number;
  refuse: number;
  bad: number;
  slow: number;
  modes: FailureModes;
  /** Probability that a free check fails. */
  cheap: number;
  status: StatusPost | null;
  /** Seconds until the fault has its full strength. */
  ramp: number;
  /** Only requests from this region are hit. */
  region: { readonly r: number } | null;
  /** The fault is on for `on` seconds at the start of each `period`. */
  duty: { readonly period: number; readonly on: number } | null;
  isExplicit: boolean;
  tag: string | null;
}

export interface Blip {
  readonly start: Seconds;
  readonly end: Seconds;
  readonly err: number;
  readonly cheap: number;
}

export interface Span {
  readonly start: Seconds;
  readonly end: Seconds;
}

/** A time in which our own network is broken. */
export interface NetBreak extends Span {
  /** Users' outcomes do not reach us either. */
  readonly losesReports: boolean;
  /** The control targets answer nevertheless, so they do not give it away. */
  readonly isControlOk: boolean;
}

/** A user (or a liar) who reports `count` failures, `gapSec` apart, which are not the provider's. */
export interface BadReporter {
  readonly start: Seconds;
  readonly count: number;
  readonly gapSec: number;
  readonly reporter: number;
}

export interface StatusNoise {
  readonly post: Seconds;
  readonly clear: Seconds;
}

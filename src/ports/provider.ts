/** What a provider's adapter offers to the daemon. */

import type { Canary } from '../canary/canary.ts';
import type { Instant } from '../core/base.ts';
import type { Cause, Notice, Opaque } from '../core/model.ts';
import type { OrderFacts } from '../core/trace.ts';
import type { Download, DownloadLimits, HttpError, InlineFile } from './http.ts';

/** The canary in the provider's own terms, before anything is sent. */
export interface Order {
  model: string;
  facts: OrderFacts;
  /** The request body (JSON) or ordered form fields, exactly as they will be sent. */
  request: Opaque;
}

/** A canary that this model cannot do at all, in a sentence for `check`: what was asked and what the model can do. */
export interface Impossible {
  impossible: string;
}

/** A job that the provider has accepted. `job` is opaque, serialisable, and saved before anything else happens. */
export interface Accepted {
  job: Opaque;
  /** The provider's id, for people. */
  jobId: string;
  costUsd: number | null;
}

/**
 * Where a finished video lies. `own`: on the provider's API, with the key. `foreign`: anywhere, without it.
 * `inline`: in the answer itself.
 */
export type Asset =
  | { at: 'own'; path: string }
  | { at: 'foreign'; url: string }
  | { at: 'inline'; base64: string | InlineFile };

export type JobStatus =
  | { is: 'pending'; phase: 'queue' | 'generate'; progress: number | null }
  /** `costFrom: 'computed'`: the provider counted (tokens, seconds of a machine), and we multiplied by its list price. */
  | { is: 'done'; asset: Asset; costUsd: number | null; costFrom?: 'provider' | 'computed' }
  | { is: 'failed'; code: string | null; message: string; costUsd: number | null }
  /** A status word that is not in our table: never guessed at. */
  | { is: 'strange'; word: string };

/** What an error answer says, read by the provider's own rules. */
export interface Explained {
  code: string | null;
  message: string;
  /** From the provider's code table; null where the code is not in it. */
  cause: Cause | null;
}

/** What a free check found out. It throws HttpError like any call where the check itself fails. */
export interface Checked {
  text: string;
  balanceUsd: number | null;
  /** Announcements met on the way, e.g. a `shutdown_date` in the model list. */
  notices: SeenNotice[];
  /** Whether the watched model is still listed; null where the check cannot tell. */
  isListed: boolean | null;
  /** What our account may do with the watched model, where the check tells. */
  limits?: Limits;
}

/** Limits of our account for one model; null where not told. */
export interface Limits {
  concurrentMax: number | null;
  perDayMax: number | null;
  usedToday: number | null;
}

export type SeenNotice = Omit<Notice, 'firstSeenAt'>;

/** One configured provider. All functions throw HttpError and nothing else. */
export interface Provider {
  /** How often a job may be asked for, in ms, by the provider's own advice. */
  pollEveryMs: number;
  /** After this time a job counts as overdue, whatever the status says. */
  deadlineMs: number;
  /** Translates the canary for one model within the model's constraints: shortest, smallest, cheapest. Pure. */
  plan: (canary: Canary, model: string) => Order | Impossible;
  /** Orders one video. Never retried: an order is never placed twice. `key` names the slot where the API takes one. */
  submit: (order: Order, key: string, signal: AbortSignal) => Promise<Accepted>;
  poll: (job: Opaque, signal: AbortSignal) => Promise<JobStatus>;
  /** Fetches an `own` asset with the key. */
  download: (asset: Asset & { at: 'own' }, limits: DownloadLimits, signal: AbortSignal) => Promise<Download>;
  /** Best effort, where the provider can; null where it cannot. */
  cancel: ((job: Opaque, signal: AbortSignal) => Promise<void>) | null;
  /** A free call that proves key and API; null where the provider has none. */
  check: ((model: string, signal: AbortSignal) => Promise<Checked>) | null;
  /** Reads an error answer by the provider's own rules. Pure. */
  explain: (error: HttpError) => Explained;
  /** The cause that a code in a failed job stands for; null where unknown. Pure. */
  causeOfJobCode: (code: string) => Cause | null;
  /** What we know beforehand about a model's end, with source and date. Pure. */
  knownNotice: (model: string, now: Instant) => SeenNotice | null;
}

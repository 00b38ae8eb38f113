/** The simulator's own small vocabulary. It shares no code with the adapters, so that it cannot share their mistakes. */

export const PROVIDERS = [
  'runway',
  'kling',
  'fal',
  'openai',
  'luma',
  'luma-legacy',
  'xai',
  'seedance',
  'gemini',
  'ltx',
  'replicate',
  'openrouter',
  'azure',
  'veo',
  'stability',
  'minimax',
  'minimax-v1',
  'wan',
  'bedrock',
  'kling-legacy',
  'vercel',
  'together',
] as const;
export type ProviderName = (typeof PROVIDERS)[number];

export const FAULT_KINDS = [
  'down',
  'partial',
  'slow',
  'hang',
  'rate_limited',
  'no_credit',
  'bad_key',
  'moderated',
  'model_gone',
  'bad_video',
  'reset',
  'garbage',
  'empty_202',
  'generation_down',
  'lost_answer',
  'asset_down',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export const BAD_VIDEOS = ['black', 'frozen', 'truncated', 'short', 'wrong_size', 'not_video'] as const;
export type BadVideo = (typeof BAD_VIDEOS)[number];

/** What is wrong with a provider, from when until when. */
export interface Fault {
  provider: ProviderName;
  kind: FaultKind;
  /** Null strikes every model, and the calls that name none. */
  model: string | null;
  /** The share of calls (or jobs) that it strikes, 0..1. */
  p: number;
  /** For `slow`: how many times longer a job takes. */
  factor: number;
  video: BadVideo;
  fromAt: number;
  /** Null lasts until it is healed. */
  untilAt: number | null;
}

/** A line of a faults file: when it begins after the start, and a fault as `PUT` takes it. */
export interface TimelineEntry {
  at: string;
  provider: string;
  kind: string;
  model?: string;
  p?: number;
  factor?: number;
  for?: string;
  video?: string;
}

/** How a job will end, decided when it is ordered: the id carries it, so that a restart changes nothing. */
export type Outcome = 'ok' | 'failed' | 'moderated';

/** Everything about a job. It travels inside the job's id. */
export interface Job {
  id: string;
  provider: ProviderName;
  model: string;
  createdAt: number;
  /** When it leaves the queue. */
  startsAt: number;
  /** When it is ready, or has failed. */
  readyAt: number;
  outcome: Outcome;
  video: 'good' | BadVideo;
  width: number;
  height: number;
  seconds: number;
  costUsd: number;
}

/** One paid order, as the books show it. */
export interface Submit {
  at: number;
  jobId: string;
  model: string;
  /** The caller's own id where the API takes one (Kling `external_task_id`). */
  key: string | null;
  prompt: string;
  costUsd: number;
}

export interface ProviderCounters {
  /** The newest orders that were accepted, and so paid, oldest first. */
  submits: Submit[];
  submitsTotal: number;
  submitsByModel: Record<string, number>;
  costUsd: number;
  /** Orders that were answered with an error and cost nothing. */
  refused: number;
  polls: number;
  downloads: number;
  checks: number;
  cancels: number;
}

export type Counted = 'refused' | 'polls' | 'downloads' | 'checks' | 'cancels';
export type Counters = Record<ProviderName, ProviderCounters>;

/** What an order says, in no provider's words. */
export interface Ordered {
  provider: ProviderName;
  model: string;
  width: number;
  height: number;
  seconds: number;
  costUsd: number;
  prompt: string;
  key?: string;
}

/** The errors of one provider, each in its own shape. */
export interface Says {
  down: () => Response;
  rateLimited: () => Response;
  badKey: () => Response;
}

export type CallStep = 'submit' | 'poll' | 'check' | 'cancel' | 'asset';

/** What a provider's handler may know and do. */
export interface World {
  now: () => number;
  origin: string;
  /** OpenAI's Videos API as it was before its end. */
  revived: boolean;
  /**
   * Strikes a call with the faults that break it before the provider's own logic sees it.
   * Null where nothing strikes; throws `ECONNRESET`, or waits for the caller to give up, where the fault is that.
   */
  strike: (
    request: Request,
    call: { provider: ProviderName; model: string | null; step: CallStep },
    says: Says,
  ) => Promise<Response | null>;
  /** Whether a fault that the provider answers in its own way (no credit, moderated, model gone) strikes. */
  suffers: (provider: ProviderName, kind: FaultKind, model: string | null) => boolean;
  /** Takes an order into the books. Throws `ECONNRESET` after that where the answer is to get lost. */
  accept: (ordered: Ordered) => Job;
  /** The job that an id carries; null for an id that this provider never gave out, or a deleted job. */
  open: (provider: ProviderName, id: string) => Job | null;
  /** Forgets a job: later polls do not find it. */
  forget: (job: Job) => void;
  isForgotten: (id: string) => boolean;
  count: (provider: ProviderName, what: Counted) => void;
  submits: (provider: ProviderName) => readonly Submit[];
  assetUrl: (job: Job) => string;
  /** The bytes and content type of a finished job's video. */
  asset: (job: Job) => { bytes: Uint8Array<ArrayBuffer>; contentType: string };
}

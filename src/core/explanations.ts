/** What may explain what is seen of a target, how each explanation shows itself, and the numbers belief rests on. */

import { DAY, HOUR, MINUTE, SECOND } from './base.ts';

/** A closed list; its order is the order of `Belief.probabilities`. Everything before `api_down` is harmless. */
export const EXPLANATIONS = [
  /** All is well. */
  'fine',
  /** The free endpoint refuses or stumbles; videos are made all the same. */
  'free_check_trouble',
  /** A burst of errors that is over within a minute or so: nobody is to be woken. */
  'blip',
  /** The provider answers nothing any more. */
  'api_down',
  /** Orders are taken, but no video is made. */
  'generation_down',
  /** A share of the videos fails. */
  'partial',
  /** Videos take several times as long as usual. */
  'slow',
  /** As `partial`, and free checks fail in part too. */
  'partial_seen',
  /** Everything is refused by moderation, whatever it shows. */
  'refusing',
] as const;
export type Explanation = (typeof EXPLANATIONS)[number];

export const INDEX = Object.fromEntries(EXPLANATIONS.map((name, k) => [name, k])) as Record<
  Explanation,
  number
>;

/** Explanations from here on are faults. */
export const FIRST_FAULT = INDEX.api_down;

/** One number for each explanation, in the order of EXPLANATIONS. */
export type Column = readonly number[];
/** As Column; null where the target's own learnt background rate stands. */
export type ColumnOrUsual = readonly (number | null)[];

/** How a background rate is learnt: a prior share that weighs as `weight` trials, kept within bounds, halved at `memory` trials. */
export interface BackgroundPolicy {
  share: number;
  weight: number;
  shareMin: number;
  shareMax: number;
  memory: number;
}

/** How the time a generation takes is learnt and compared, in logarithms: 0.69 is a factor of two. */
export interface LatencyPolicy {
  /** Spread before anything is learnt, and the least that is believed. */
  sdFirst: number;
  sdMin: number;
  /** The prior weighs as this many generations. */
  weight: number;
  /** From this many on, learning is by time: `driftMs` is how long a new usual takes to settle. */
  countMax: number;
  driftMs: number;
  /** The share of healthy generations that take much longer, and where those lie. */
  tailShare: number;
  tailShift: number;
  tailSd: number;
  /** Where a slow target's generations lie: 1.2 is x3.3. */
  slowShift: number;
  slowSd: number;
}

/** From evidence to belief. */
export interface BeliefPolicy {
  /** How often each explanation begins, per target and month of 30 days, and how long it lasts. */
  onsetsPerMonth: Column;
  meanMinutes: Column;
  /** P(a generation fails | explanation). */
  generationFails: ColumnOrUsual;
  /** P(a free check fails | explanation). */
  freeCheckFails: ColumnOrUsual;
  /** P(a job is still running long after its time | explanation). */
  jobHangs: Column;
  /** P("no such model" | explanation), up to a common factor. */
  modelGone: Column;
  /** Which explanations a provider tells of on its status page. */
  isAnnounced: readonly boolean[];
  /** The share of users' jobs that still work. */
  works: Column;
  /** P(refused | refusing); elsewhere the learnt background. */
  refusedWhenRefusing: number;
  /** P(a video is bad | all is well): the checks of content are strict, but seldom wrong. */
  badOutputShare: number;
  /** What users report fails more often by itself than our own canaries, so it may do so up to another bound. */
  canary: BackgroundPolicy;
  report: BackgroundPolicy;
  freeCheck: BackgroundPolicy;
  refusal: BackgroundPolicy;
  latency: LatencyPolicy;
  /** No single observation moves the odds by more than this factor. */
  factorMax: number;
  /** P(fault) never goes higher, so that a few good signs can end an outage; 1 for no bound. */
  certaintyMax: number;
  /** By how much an incident on the status page speaks for each fault. */
  statusFactor: number;
  /** How much of a sibling's evidence about the common API applies: 0 none, 1 all. */
  siblingShare: number;
  siblingFactorMax: number;
  /** One reporter has one vote in this span; so many reporters are remembered. */
  voteMs: number;
  votersMax: number;
  /**
   * One sender's reports move the odds of a fault by no more than this factor, and are one sign; what it has said fades
   * in `senderMs`. Infinity: every reporter stands for himself.
   */
  senderFactorMax: number;
  senderMs: number;
  /** After an incident a relapse is this much likelier, for this long. */
  probationMs: number;
  probationFactor: number;
}

/** The defaults of explanations: rates of published incidents of LLM services, made wider; see docs/detection.md. */
export const DEFAULT_BELIEF: BeliefPolicy = {
  // In order:       fine  free  blip   api   gen  part  slow seen refusing
  onsetsPerMonth: [0, 3, 3, 0.6, 1.4, 0.9, 0.6, 0.4, 0.12],
  meanMinutes: [0, 1.5, 1, 60, 60, 60, 60, 60, 60],
  generationFails: [null, null, 0.9, 0.97, 0.95, 0.4, 0.05, 0.4, null],
  freeCheckFails: [null, 0.85, 0.5, 0.95, null, null, null, 0.3, null],
  jobHangs: [0, 0, 0.1, 0.35, 0.5, 0.12, 0, 0.12, 0],
  modelGone: [0.05, 0.05, 0.05, 1, 1, 0.2, 0.05, 0.2, 0.05],
  isAnnounced: [false, false, false, true, true, true, true, true, false],
  works: [1, 1, 0.1, 0.03, 0.05, 0.6, 0.7, 0.6, 0.2],
  refusedWhenRefusing: 0.8,
  badOutputShare: 0.005,
  canary: { share: 0.02, weight: 40, shareMin: 0.01, shareMax: 0.1, memory: 400 },
  report: { share: 0.04, weight: 60, shareMin: 0.01, shareMax: 0.25, memory: 600 },
  freeCheck: { share: 0.004, weight: 500, shareMin: 0.002, shareMax: 0.05, memory: 5000 },
  refusal: { share: 0.01, weight: 50, shareMin: 0.005, shareMax: 0.1, memory: 500 },
  latency: {
    sdFirst: 0.4,
    sdMin: 0.15,
    weight: 4,
    countMax: 30,
    driftMs: 3 * DAY,
    tailShare: 0.08,
    tailShift: 0.8,
    tailSd: 0.3,
    slowShift: 1.2,
    slowSd: 0.5,
  },
  factorMax: 300,
  certaintyMax: 0.99,
  statusFactor: 15,
  siblingShare: 0.5,
  siblingFactorMax: 20,
  voteMs: 10 * MINUTE,
  votersMax: 64,
  senderFactorMax: 100,
  senderMs: 30 * MINUTE,
  probationMs: HOUR,
  probationFactor: 3,
};

/** How long a free check that fails counts, and how fast it fades. */
export const FREE_CHECK_FADE_MS = 15 * MINUTE;
/** An order that nobody has acknowledged is no job yet; its silence says nothing for so long. */
export const ACKNOWLEDGE_MS = 8 * SECOND;

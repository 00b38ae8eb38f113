/** The way in for what routers tell of users' jobs: checked, counted, gathered, and only then recorded. */

import type { Instant } from '../core/base.ts';
import { clamp, DAY, MINUTE, SECOND } from '../core/base.ts';
import type { Health, TargetId } from '../core/model.ts';
import type { UserJob, UserOutcome } from '../core/outcomes.ts';
import { AHEAD_MS_MAX, LATE_MS_MAX, LATENCY_MS_MAX, meaningOf } from '../core/outcomes.ts';
import type { Clock } from '../ports/clock.ts';
import { type Batch, type BatchCount, type Outcomes, RECENT_MS, type Refusal } from '../ports/outcomes.ts';
import type { Settings } from '../ports/settings.ts';
import type { Observer } from '../ports/view.ts';
import type { Board } from './board.ts';
import type { Crowd, Ended } from './crowd.ts';
import { emptyCrowd, eventOf, isEmpty, isOdd, join } from './crowd.ts';
import type { Bucket } from './bucket.ts';
import { createBucket } from './bucket.ts';
import { createDoorbell } from './doorbell.ts';
import type { Duplicates, Seed } from './duplicates.ts';
import { createDuplicates, seedOf } from './duplicates.ts';
import type { Recorder } from './recorder.ts';
import { createTally } from './tally.ts';

/** What is gathered is told at most this often: while all is well, under suspicion, during an outage. */
export const CALM_MS = MINUTE;
export const DOUBT_MS = 5 * SECOND;
const OUTAGE_MS = 30 * SECOND;
const PACE_MS: Record<Health, number> = {
  unknown: CALM_MS,
  healthy: CALM_MS,
  suspect: DOUBT_MS,
  recovering: DOUBT_MS,
  degraded: OUTAGE_MS,
  down: OUTAGE_MS,
  retired: CALM_MS,
};
/** Failures of a calm target are told at once so many times in a row, and then once in so long: some users never succeed. */
const HURRIES_MAX = 12;
const HURRY_EVERY_MS = MINUTE;
/** So few reports stand for all jobs of an event: enough to decide by, and rows stay small while all is well. */
const REPORTS_CALM_MAX = 6;
export const REPORTS_MAX = 20;

export interface OutcomeLimits {
  /** Lines that are taken in a second, in the mean and at once. */
  perSecondMax: number;
  /** Jobs that are remembered, to know them when they are told again: a power of two. */
  jobsMax: number;
}

/** More than one core can check; 524,288 jobs are 4 MB, and outlast their expiry up to 580 jobs a second. */
export const OUTCOME_LIMITS: OutcomeLimits = { perSecondMax: 100_000, jobsMax: 2 ** 19 };

export interface OutcomeDesk extends Outcomes {
  /** Records what gathers, until the signal aborts; what has gathered by then, up to a minute of it, is lost. */
  run: (signal: AbortSignal) => Promise<void>;
}

export interface OutcomeDeps {
  settings: Settings;
  board: Pick<Board, 'state' | 'onChange'>;
  recorder: Pick<Recorder, 'record'>;
  clock: Clock;
  observer: Pick<Observer, 'reported'>;
  limits?: OutcomeLimits;
}

/** One target's jobs on their way. */
interface Lane {
  target: TargetId;
  crowd: Crowd;
  /** Ids of jobs are told apart by target. */
  seed: Seed;
  /** In monotonic time, so that a clock that is set back delays nothing: when the first job came, when it was told. */
  openedMs: number;
  toldMs: number;
  /** How often failures may be told ahead of time, as it stood when they last were. */
  hurries: number;
  hurriedMs: number;
}

const IDLE_MS = DAY;
const WAIT_MS_MIN = 50;

export function createOutcomes(deps: OutcomeDeps): OutcomeDesk {
  const { clock, limits = OUTCOME_LIMITS } = deps;
  const lanes = new Map<TargetId, Lane>();
  for (const { target } of deps.settings.targets) {
    const lane = {
      target: target.id,
      crowd: emptyCrowd(0),
      seed: seedOf(`${target.id}\n`),
      openedMs: 0,
      toldMs: -Infinity,
      hurries: HURRIES_MAX,
      hurriedMs: 0,
    };
    lanes.set(target.id, lane);
  }
  const duplicates = createDuplicates(limits.jobsMax, LATE_MS_MAX);
  const bucket = createBucket(limits.perSecondMax, clock);
  const tally = createTally(RECENT_MS);
  const bell = createDoorbell(clock);
  return {
    waitMs: bucket.waitMs,
    recent: () => tally.sums(clock.now()),
    open: (sender) => openBatch(deps, { lanes, duplicates, bucket, tally, ring: bell.ring }, sender),
    run: async (signal) => {
      // Who falls under suspicion is told of oftener from then on.
      const deaf = deps.board.onChange((changed) => {
        const waiting = changed.flatMap((id) => lanes.get(id) ?? []).filter(({ crowd }) => !isEmpty(crowd));
        if (waiting.length > 0) bell.ring();
      });
      while (!signal.aborted) {
        const dueMs = Math.min(...[...lanes.values()].map((lane) => dueMsOf(deps, lane)));
        await bell.wait(clamp(dueMs - clock.monotonicMs(), WAIT_MS_MIN, IDLE_MS), signal);
        if (!signal.aborted) await tellDue(deps, [...lanes.values()]);
      }
      deaf();
    },
  };
}

async function tellDue(deps: OutcomeDeps, lanes: readonly Lane[]): Promise<void> {
  const { board, clock, recorder } = deps;
  for (const lane of lanes) {
    const nowMs = clock.monotonicMs();
    if (dueMsOf(deps, lane) > nowMs) continue;
    const at = clock.now();
    const { crowd, target } = lane;
    const isCalm = PACE_MS[board.state(target).health] === CALM_MS && !isOdd(crowd);
    const event = eventOf(crowd, at, isCalm ? REPORTS_CALM_MAX : REPORTS_MAX);
    // An outage of hours leaves no debt: what begins to fail after it is told at once again.
    if (isOdd(crowd))
      Object.assign(lane, { hurries: Math.max(0, hurriesLeft(lane, nowMs) - 1), hurriedMs: nowMs });
    lane.toldMs = nowMs;
    lane.crowd = emptyCrowd(at);
    await recorder.record(target, () => ({ event }));
  }
}

/** When a lane is to be told: a calm one by the minute, but at once where something begins to fail. */
function dueMsOf({ board }: Pick<OutcomeDeps, 'board'>, lane: Lane): number {
  const { crowd, openedMs, toldMs } = lane;
  if (isEmpty(crowd)) return Infinity;
  const paceMs = PACE_MS[board.state(lane.target).health];
  if (isOdd(crowd) && hurriesLeft(lane, openedMs) >= 1) return Math.max(openedMs, toldMs + DOUBT_MS);
  return Math.max(openedMs + DOUBT_MS, toldMs + paceMs);
}

/** Takes a job into its lane; whether that makes the lane due earlier. */
function enter(lane: Lane, ended: Ended, now: Instant, nowMs: number): boolean {
  const wasEmpty = isEmpty(lane.crowd);
  const wasOdd = !wasEmpty && isOdd(lane.crowd);
  if (wasEmpty) {
    lane.openedMs = nowMs;
    lane.crowd.openedAt = now;
  }
  join(lane.crowd, ended);
  return wasEmpty !== isEmpty(lane.crowd) || (!wasOdd && isOdd(lane.crowd));
}

function hurriesLeft({ hurries, hurriedMs }: Lane, nowMs: number): number {
  return Math.min(HURRIES_MAX, hurries + Math.max(0, nowMs - hurriedMs) / HURRY_EVERY_MS);
}

interface Counter {
  lanes: ReadonlyMap<TargetId, Lane>;
  duplicates: Duplicates;
  bucket: Bucket;
  tally: ReturnType<typeof createTally>;
  ring: () => void;
}

function openBatch({ clock, observer }: OutcomeDeps, desk: Counter, sender: string): Batch {
  const now = clock.now();
  const nowMs = clock.monotonicMs();
  desk.bucket.fill();
  const taken = new Map<TargetId, Partial<Record<UserOutcome, number>>>();
  const refused = new Map<Refusal, number>();
  const refuse = (code: Refusal, reason: string) => {
    refused.set(code, (refused.get(code) ?? 0) + 1);
    return { code, reason };
  };
  const take = (job: UserJob) => {
    const lane = desk.lanes.get(job.target);
    if (lane === undefined) return refuse('unknown_target', 'no target of that id is configured');
    const wrong = wrongTime(job, now);
    if (wrong !== null) return refuse(wrong.code, wrong.reason);
    if (job.job !== null && !desk.duplicates.isNew(job.job, now, lane.seed))
      return refuse('duplicate', 'this job was reported before');
    if (enter(lane, { job, at: Math.min(job.at ?? now, now), sender }, now, nowMs)) desk.ring();
    const counts = taken.get(job.target) ?? {};
    counts[job.outcome] = (counts[job.outcome] ?? 0) + 1;
    taken.set(job.target, counts);
    const meaning = meaningOf(job);
    if (meaning !== null && meaning !== 'auth' && meaning !== 'quota')
      desk.tally.count(job.target, meaning === 'ok', now);
    return null;
  };
  return {
    take: (job) => {
      desk.bucket.draw();
      return take(job);
    },
    spoilt: () => {
      desk.bucket.draw();
      refuse('malformed', '');
    },
    close: () => observer.reported(countOf(taken, refused)),
  };
}

function countOf(
  taken: ReadonlyMap<TargetId, Partial<Record<UserOutcome, number>>>,
  refused: ReadonlyMap<Refusal, number>,
): BatchCount {
  return {
    taken: [...taken].flatMap(([target, counts]) =>
      Object.entries(counts).map(([outcome, count]) => ({ target, outcome: outcome as UserOutcome, count })),
    ),
    refused: [...refused].map(([code, count]) => ({ code, count })),
  };
}

/** What the times of a job say against it. */
function wrongTime(job: UserJob, now: Instant): { code: Refusal; reason: string } | null {
  const at = job.at ?? now;
  if (now - at > LATE_MS_MAX) return { code: 'late', reason: 'it ended more than 15 minutes ago' };
  if (at - now > AHEAD_MS_MAX) return { code: 'future', reason: 'it ends more than a minute from now' };
  const { submittedAt } = job;
  if (submittedAt === null) return null;
  if (submittedAt > at) return { code: 'absurd', reason: 'it was submitted after it ended' };
  if (at - submittedAt > LATENCY_MS_MAX)
    return { code: 'absurd', reason: 'it was submitted more than 24 hours before it ended' };
  return null;
}

/** What is noted while a video is read: how long it really is, whether it ended too early, when to look closely. Pure. */

import type { Sample } from './measure.ts';

export const FRAMES_MAX = 2_000;
export const WATCHED_MS_MAX = 60_000;
const SAMPLES_PER_SECOND = 12;
/** Timestamps round: a frame one tick early is the one that was meant. */
const SAMPLE_SLACK_MS = 2;

/** Containers round, and players drop a frame or two at the ends. */
const FRAMES_SLACK = 2;
const FRAMES_SHARE_MIN = 0.95;
const MS_SLACK = 250;
const MS_SHARE_MIN = 0.9;

export interface Reading {
  /** What the container says; null where it says nothing. */
  promisedMs: number | null;
  promisedFrames: number | null;
  /** From the first decoded frame to the end of the last one. */
  spanMs: number;
  framesDecoded: number;
  /** Packets or frames that did not decode, or decoded with known damage. */
  damaged: number;
  /** The reader ended with an error instead of the end of the file. */
  brokeOff: boolean;
  /** We stopped at our own maximum and did not see the end. */
  stoppedEarly: boolean;
  /** Of the first frame. */
  width: number;
  height: number;
  samples: Sample[];
  thumb: string | null;
}

export function startReading(promisedMs: number | null, promisedFrames: number | null): Reading {
  return {
    promisedMs: promisedMs !== null && promisedMs > 0 ? promisedMs : null,
    promisedFrames: promisedFrames !== null && promisedFrames > 0 ? promisedFrames : null,
    spanMs: 0,
    framesDecoded: 0,
    damaged: 0,
    brokeOff: false,
    stoppedEarly: false,
    width: 0,
    height: 0,
    samples: [],
    thumb: null,
  };
}

/** Counts a decoded frame in, and stops the reading at its maxima. Times in ms from the first frame. */
export function noteFrame(
  reading: Reading,
  frame: { atMs: number; lengthMs: number; isDamaged: boolean },
): void {
  reading.framesDecoded++;
  if (frame.isDamaged) reading.damaged++;
  reading.spanMs = Math.max(reading.spanMs, frame.atMs + frame.lengthMs);
  if (reading.framesDecoded >= FRAMES_MAX || frame.atMs >= WATCHED_MS_MAX) reading.stoppedEarly = true;
}

/**
 * Whether a frame is to be measured (twelve a second are), and whether it is then to become the picture that people
 * see: the first one does, until the middle takes its place.
 */
export function wants(reading: Reading, atMs: number): { sample: boolean; thumb: boolean } {
  const beforeMs = reading.samples.at(-1)?.atMs ?? null;
  if (beforeMs === null) return { sample: true, thumb: true };
  const middleMs = (reading.promisedMs ?? 0) / 2;
  return {
    sample: atMs - beforeMs >= 1_000 / SAMPLES_PER_SECOND - SAMPLE_SLACK_MS,
    thumb: reading.thumb === null || (beforeMs < middleMs && atMs >= middleMs),
  };
}

/** The length as seen; as promised only where we did not watch to the end. In ms. */
export function durationMs({ spanMs, promisedMs, stoppedEarly }: Reading): number {
  return Math.round(stoppedEarly ? Math.max(spanMs, promisedMs ?? 0) : spanMs);
}

/** Whether the file holds clearly less than its container promised, or is damaged. */
export function isTruncated(reading: Reading): boolean {
  if (reading.brokeOff || reading.damaged > 0) return true;
  if (reading.stoppedEarly) return false;
  const { promisedFrames, promisedMs, framesDecoded, spanMs } = reading;
  // The count holds also the frames that an edit list leaves out; the time does not.
  if (promisedMs !== null) return spanMs < promisedMs * MS_SHARE_MIN - MS_SLACK;
  return promisedFrames !== null && framesDecoded < promisedFrames * FRAMES_SHARE_MIN - FRAMES_SLACK;
}

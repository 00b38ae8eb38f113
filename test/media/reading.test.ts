import { expect, it } from 'vitest';
import {
  durationMs,
  FRAMES_MAX,
  isTruncated,
  noteFrame,
  startReading,
  wants,
  WATCHED_MS_MAX,
} from '../../src/media/reading.ts';

const FRAME_MS = 1_000 / 24;

function read(frames: number, promised: { ms: number | null; frames: number | null }) {
  const reading = startReading(promised.ms, promised.frames);
  for (let i = 0; i < frames && !reading.stoppedEarly; i++)
    noteFrame(reading, { atMs: i * FRAME_MS, lengthMs: FRAME_MS, isDamaged: false });
  return reading;
}

it.each<[string, ReturnType<typeof read>, boolean, number]>([
  ['all that was promised', read(48, { ms: 2_000, frames: 48 }), false, 2_000],
  ['no promise at all', read(48, { ms: null, frames: null }), false, 2_000],
  ['promises of zero', read(48, { ms: 0, frames: 0 }), false, 2_000],
  ['a frame less than promised', read(47, { ms: 2_000, frames: 48 }), false, 1_958],
  ['half of everything', read(24, { ms: 2_000, frames: 48 }), true, 1_000],
  ['half the frames without a time', read(24, { ms: null, frames: 48 }), true, 1_000],
  ['the frames that an edit list left over', read(24, { ms: 1_000, frames: 48 }), false, 1_000],
  ['half the time without a count of frames', read(24, { ms: 2_000, frames: null }), true, 1_000],
  ['a reader that broke off', { ...read(48, { ms: 2_000, frames: 48 }), brokeOff: true }, true, 2_000],
  ['a damaged frame', { ...read(48, { ms: 2_000, frames: 48 }), damaged: 1 }, true, 2_000],
])('judges %s', (_, reading, truncated, lengthMs) => {
  expect(isTruncated(reading)).toBe(truncated);
  expect(durationMs(reading)).toBe(lengthMs);
});

it('stops at the largest number of frames and then believes the container', () => {
  const reading = startReading(500_000, 10_000);
  for (let i = 0; i < FRAMES_MAX; i++) noteFrame(reading, { atMs: i, lengthMs: 1, isDamaged: false });

  expect(reading.stoppedEarly).toBe(true);
  expect(isTruncated(reading)).toBe(false);
  expect(durationMs(reading)).toBe(500_000);
});

it('stops at the longest time watched', () => {
  const reading = startReading(null, null);

  noteFrame(reading, { atMs: WATCHED_MS_MAX - 1, lengthMs: 1, isDamaged: false });
  expect(reading.stoppedEarly).toBe(false);
  noteFrame(reading, { atMs: WATCHED_MS_MAX, lengthMs: 1, isDamaged: false });
  expect(reading.stoppedEarly).toBe(true);
});

it('samples twelve frames a second and shows the one in the middle', () => {
  const reading = startReading(2_000, 48);
  const picture = { width: 0, height: 0, rgb: new Uint8Array() };
  const shown: number[] = [];
  for (let i = 0; i < 48; i++) {
    const { sample, thumb } = wants(reading, i * FRAME_MS);
    if (sample && thumb) shown.push(i);
    if (sample) reading.samples.push({ atMs: i * FRAME_MS, picture });
    reading.thumb = 'jpeg';
  }

  expect(reading.samples.length).toBe(24);
  expect(shown).toEqual([0, 24]);
});

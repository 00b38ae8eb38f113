import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Decoder, Demuxer } from 'node-av/api';
import { AV_LOG_QUIET } from 'node-av/constants';
import { Log } from 'node-av/lib';
import { beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_CANARY } from '../../src/canary/canary.ts';
import { PROVIDERS } from '../../src/providers/index.ts';
import { choose } from '../../src/providers/plan.ts';
import { createVideos } from '../../src/simulator/videos.ts';
import type { Wanted } from '../../src/simulator/videos.ts';

const BYTES_TOTAL_MAX = 2_000_000;
const FOLDER = join(import.meta.dirname, '../../src/simulator/videos');
const videoFor = createVideos();

beforeAll(() => Log.setLevel(AV_LOG_QUIET));

interface Seen {
  width: number;
  height: number;
  frames: number;
  /** The decoder met data that it could not read. */
  isBroken: boolean;
  /** Mean brightness of the first frame and the mean difference between the first and the last. */
  luma: number;
  change: number;
}

async function decode(bytes: Uint8Array): Promise<Seen> {
  await using input = await Demuxer.open(Buffer.from(bytes));
  const stream = input.video();
  if (stream === undefined) throw new Error('no video stream');
  using decoder = await Decoder.create(stream);
  let frames = 0;
  let first: Buffer = Buffer.alloc(0);
  let last = first;
  let isBroken = false;
  const { width, height } = stream.codecpar;
  try {
    for await (const frame of decoder.frames(input.packets(stream.index))) {
      if (frame === null) break;
      last = frame.toBuffer().subarray(0, width * height);
      if (frames === 0) first = last;
      frames += 1;
      frame.free();
    }
  } catch {
    isBroken = true;
  }
  const sum = (count: (index: number) => number) =>
    Array.from({ length: Math.ceil(first.length / 101) }, (_, n) => count(n * 101)).reduce(
      (a, b) => a + b,
      0,
    );
  const samples = Math.ceil(first.length / 101);
  const luma = sum((index) => first[index] ?? 0) / samples;
  const change = sum((index) => Math.abs((first[index] ?? 0) - (last[index] ?? 0))) / samples;
  return { width, height, frames, isBroken, luma, change };
}

const ORDERS: [width: number, height: number, seconds: number][] = [
  [1280, 720, 2],
  [832, 480, 2],
  [1280, 720, 3],
  [1280, 720, 5],
  [1280, 720, 4],
  [720, 1280, 4],
];

describe.each(ORDERS)('the clips for %ix%i, %i s', (width, height, seconds) => {
  const get = (video: Wanted['video']) => decode(videoFor({ video, width, height, seconds }));

  it('has a good one: bright, moving, as large and long as ordered', async () => {
    const seen = await get('good');

    expect(seen).toMatchObject({ width, height, frames: seconds * 24, isBroken: false });
    expect(seen.luma).toBeGreaterThan(180);
    expect(seen.change).toBeGreaterThan(2);
  });

  it('has a black one and a frozen one of the same size and length', async () => {
    const [black, frozen] = [await get('black'), await get('frozen')];

    expect(black).toMatchObject({ width, height, frames: seconds * 24 });
    expect(black.luma).toBeLessThan(20);
    expect(frozen).toMatchObject({ width, height, frames: seconds * 24 });
    expect(frozen.luma).toBeGreaterThan(180);
    expect(frozen.change).toBeLessThan(0.5);
  });

  it('has a truncated one that opens and misses frames, a short one and one of the wrong size', async () => {
    const [truncated, short, wrong] = [await get('truncated'), await get('short'), await get('wrong_size')];

    expect(truncated).toMatchObject({ width, height, isBroken: true });
    expect(truncated.frames).toBeGreaterThan(0);
    expect(truncated.frames).toBeLessThan(seconds * 24 * 0.8);
    expect(short).toMatchObject({ width, height, frames: 12 });
    expect(wrong).toMatchObject({ width: 320, height: 180, frames: seconds * 24 });
  });
});

it('serves something that is no video at all', async () => {
  await expect(
    decode(videoFor({ video: 'not_video', width: 1280, height: 720, seconds: 2 })),
  ).rejects.toThrow('Invalid data');
});

it.each([
  [
    { width: 1920, height: 1080, seconds: 10 },
    { width: 1920, height: 1080, frames: 144 },
  ],
  [
    { width: 854, height: 480, seconds: 4 },
    { width: 854, height: 480, frames: 96 },
  ],
  [
    { width: 720, height: 1280, seconds: 2 },
    { width: 720, height: 1280, frames: 96 },
  ],
])('takes the nearest clip for %j', async (wanted, nearest) => {
  expect(await decode(videoFor({ video: 'good', ...wanted }))).toMatchObject(nearest);
});

it('stays small enough for a repository', () => {
  const sizes = readdirSync(FOLDER).map((file) => statSync(join(FOLDER, file)).size);

  expect(sizes.reduce((a, b) => a + b, 0)).toBeLessThan(BYTES_TOTAL_MAX);
});

describe('the clips', () => {
  const clips = readdirSync(FOLDER).flatMap((file) => {
    const [, ...numbers] = /^good-(\d+)x(\d+)x([\d.]+)\.mp4$/.exec(file) ?? [];
    const [width = 0, height = 0, seconds = 0] = numbers.map(Number);
    return width === 0 ? [] : [{ width, height, seconds }];
  });
  const orders = PROVIDERS.flatMap(({ name, models }) =>
    Object.keys(models).flatMap((model) => {
      const choice = choose(DEFAULT_CANARY, model, models);
      return 'impossible' in choice ? [] : [[`${name} ${model}`, choice.facts] as const];
    }),
  );
  const { durationTolerance, sizeTolerance } = DEFAULT_CANARY.expect;
  const isNear = (a: number, b: number, tolerance: number) => Math.abs(a - b) / b <= tolerance;

  it.each(orders)('have one for the built-in canary of %s', (_name, { width, height, seconds }) => {
    // The nearest in size is taken, then the nearest in length.
    const sized = clips.filter(
      (clip) => isNear(clip.width, width, sizeTolerance) && isNear(clip.height, height, sizeTolerance),
    );

    expect(sized.some((clip) => isNear(clip.seconds, seconds, durationTolerance))).toBe(true);
  });
});

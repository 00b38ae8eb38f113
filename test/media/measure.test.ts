import { array, assert, integer, property, tuple, uint8Array } from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  colourOf,
  colourShares,
  COLOURS,
  difference,
  frozenRatio,
  isBlack,
  luma,
  measure,
} from '../../src/media/measure.ts';
import type { Picture, Sample } from '../../src/media/measure.ts';

type Pixel = [red: number, green: number, blue: number];

const WHITE: Pixel = [250, 250, 250];
const RED: Pixel = [210, 20, 25];

function picture(colourAt: (x: number, y: number) => Pixel, width = 16, height = 9): Picture {
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) rgb.set(colourAt(x, y), (y * width + x) * 3);
  return { width, height, rgb };
}

const plain = (pixel: Pixel) => picture(() => pixel);
const ballAt = (at: number) => picture((x, y) => (x === at && y === 4 ? RED : WHITE));
const noisy = (level: number, noise: number) =>
  picture((x, y) => {
    const value = level + (((x * 7 + y * 13) % 3) - 1) * noise;
    return [value, value, value];
  });

function filmed(pictures: Picture[], everyMs = 100): Sample[] {
  return pictures.map((picture, index) => ({ atMs: index * everyMs, picture }));
}

describe('black', () => {
  it.each<[string, Picture, boolean]>([
    ['nothing at all', plain([0, 0, 0]), true],
    ['dark noise', noisy(10, 5), true],
    ['just below the limit', plain([23, 23, 23]), true],
    ['just above it', plain([25, 25, 25]), false],
    ['a night with one lamp', picture((x, y) => (x < 2 && y < 2 ? [255, 255, 200] : [5, 5, 8])), false],
    ['grey', plain([90, 90, 90]), false],
    ['white', plain(WHITE), false],
  ])('judges %s', (_, picture, expected) => {
    expect(isBlack(picture)).toBe(expected);
  });

  it('weighs green above red above blue', () => {
    expect(luma(plain([0, 255, 0])).mean).toBeGreaterThan(luma(plain([255, 0, 0])).mean);
    expect(luma(plain([255, 0, 0])).mean).toBeGreaterThan(luma(plain([0, 0, 255])).mean);
    expect(luma(plain([255, 255, 255])).mean).toBeCloseTo(255);
  });

  it('counts the share of black samples', () => {
    const samples = filmed([plain([0, 0, 0]), plain(WHITE), plain(WHITE), plain(WHITE)]);

    expect(measure(samples).blackRatio).toBe(0.25);
  });
});

describe('standing still', () => {
  const still = ballAt(3);

  it.each<[string, Sample[], number]>([
    ['a picture that never changes', filmed(Array.from({ length: 21 }, () => still)), 1],
    ['a ball that moves by a pixel each time', filmed(Array.from({ length: 16 }, (_, at) => ballAt(at))), 0],
    ['noise of an encoder', filmed(Array.from({ length: 21 }, (_, at) => noisy(120 + (at % 2), 1))), 1],
    [
      'motion that stops half way',
      filmed([
        ...Array.from({ length: 11 }, (_, at) => ballAt(at)),
        ...Array.from({ length: 10 }, () => ballAt(10)),
      ]),
      0.5,
    ],
    [
      'rests that are too short to count',
      filmed(Array.from({ length: 16 }, (_, at) => ballAt(Math.floor(at / 4)))),
      0,
    ],
    [
      'a fade too slow to show between two samples',
      filmed(Array.from({ length: 60 }, (_, at) => plain([at, at, at]))),
      0,
    ],
    ['one single picture', filmed([still]), 1],
    ['a short clip that stands', filmed([still, still, still]), 1],
    ['nothing', [], 0],
  ])('measures %s', (_, samples, expected) => {
    expect(frozenRatio(samples)).toBeCloseTo(expected, 5);
  });

  it('takes pictures of two sizes for different', () => {
    expect(
      difference(
        picture(() => RED, 4, 4),
        picture(() => RED, 8, 2),
      ).peak,
    ).toBe(255);
  });
});

describe('colours', () => {
  it.each<[string, Pixel]>([
    ['white', [255, 255, 255]],
    ['white', [225, 222, 218]],
    ['grey', [128, 128, 128]],
    ['grey', [70, 66, 64]],
    ['black', [0, 0, 0]],
    ['black', [30, 28, 35]],
    ['red', [255, 0, 0]],
    ['red', [200, 30, 40]],
    ['red', [120, 20, 20]],
    ['pink', [255, 170, 180]],
    ['pink', [255, 80, 200]],
    ['orange', [255, 140, 0]],
    ['brown', [120, 70, 30]],
    ['yellow', [250, 230, 40]],
    ['green', [30, 160, 60]],
    ['cyan', [0, 220, 220]],
    ['blue', [30, 60, 220]],
    ['purple', [130, 40, 200]],
  ])('calls it %s: %j', (name, [red, green, blue]) => {
    expect(colourOf(red, green, blue)).toBe(name);
  });

  it('finds the planted shares', () => {
    const shares = colourShares(picture((x) => (x < 4 ? RED : x < 8 ? [20, 60, 220] : WHITE)));

    expect(shares.red).toBeCloseTo(0.25);
    expect(shares.blue).toBeCloseTo(0.25);
    expect(shares.white).toBeCloseTo(0.5);
  });

  it('gives every pixel exactly one name', () => {
    const level = integer({ min: 0, max: 255 });

    assert(
      property(array(tuple(level, level, level), { minLength: 1, maxLength: 40 }), (pixels) => {
        const shares = colourShares({ width: pixels.length, height: 1, rgb: Uint8Array.from(pixels.flat()) });
        const sum = COLOURS.reduce((sum, name) => sum + shares[name], 0);

        expect(sum).toBeCloseTo(1);
      }),
    );
  });

  it('keeps all measures between 0 and 1 for whatever is sampled', () => {
    const bytes = uint8Array({ minLength: 27, maxLength: 27 });

    assert(
      property(array(bytes, { maxLength: 8 }), (frames) => {
        const samples = filmed(frames.map((rgb) => ({ width: 3, height: 3, rgb })));
        const { blackRatio, frozenRatio, colours } = measure(samples);

        for (const share of [blackRatio, frozenRatio, ...Object.values(colours)]) {
          expect(share).toBeGreaterThanOrEqual(0);
          expect(share).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_CANARY } from '../../src/canary/canary.ts';
import type { Expectation } from '../../src/canary/canary.ts';
import { inspectFacts } from '../../src/canary/expect.ts';
import type { OrderFacts, VideoFacts } from '../../src/core/trace.ts';

const ORDER: OrderFacts = { seconds: 5, width: 1280, height: 720, aspect: '16:9', costUsd: 0.1, notes: [] };
const GOOD: VideoFacts = {
  bytes: 400_000,
  codec: 'h264',
  width: 1280,
  height: 720,
  durationMs: 5_000,
  framesDecoded: 120,
  isTruncated: false,
  blackRatio: 0,
  frozenRatio: 0.1,
  hasAudio: false,
  colours: { white: 0.7, red: 0.02 },
};

function wrong(
  facts: Partial<VideoFacts>,
  order: Partial<OrderFacts> = {},
  expectation: Partial<Expectation> = {},
): string[] {
  return inspectFacts(
    { ...GOOD, ...facts },
    { ...ORDER, ...order },
    { ...DEFAULT_CANARY.expect, ...expectation },
  )
    .filter(({ ok }) => !ok)
    .map(({ check }) => check);
}

it('lists every check once, each as a sentence, also those that went well', () => {
  expect(inspectFacts(GOOD, ORDER, DEFAULT_CANARY.expect)).toEqual([
    { check: 'playable', ok: true, text: '120 frames of h264 decoded' },
    { check: 'duration', ok: true, text: 'lasts 5.0 s, ordered 5 s' },
    { check: 'size', ok: true, text: 'is 1280x720, ordered 1280x720' },
    { check: 'truncated', ok: true, text: 'the file is whole' },
    { check: 'black', ok: true, text: '0 % of the frames are black' },
    { check: 'frozen', ok: true, text: 'the picture stands still for 10 % of the time' },
    { check: 'colours', ok: true, text: '70 % white (at least 15 %), 2.0 % red (at least 0.3 %)' },
  ]);
});

it('says in its sentence what is wrong', () => {
  const bad = {
    ...GOOD,
    framesDecoded: 0,
    isTruncated: true,
    durationMs: 940,
    width: 64,
    blackRatio: 1,
    colours: {},
  };
  const findings = inspectFacts(bad, ORDER, DEFAULT_CANARY.expect).filter(({ ok }) => !ok);

  expect(findings.map(({ text }) => text)).toEqual([
    '0 frames of h264 decoded',
    'lasts 0.9 s, ordered 5 s',
    'is 64x720, ordered 1280x720',
    'the file ends too early',
    '100 % of the frames are black',
    '0 % white (at least 15 %), 0 % red (at least 0.3 %)',
  ]);
});

/** Each at the limit, and just beyond it. */
it.each<[check: string, atLimit: Partial<VideoFacts>, beyond: Partial<VideoFacts>]>([
  ['playable', { framesDecoded: 1 }, { framesDecoded: 0 }],
  ['duration', { durationMs: 3_500 }, { durationMs: 3_499 }],
  ['duration', { durationMs: 6_500 }, { durationMs: 6_501 }],
  ['size', { width: 1088 }, { width: 1087 }],
  ['size', { width: 1472 }, { width: 1473 }],
  ['size', { height: 612 }, { height: 611 }],
  ['size', { height: 828 }, { height: 829 }],
  ['truncated', { isTruncated: false }, { isTruncated: true }],
  ['black', { blackRatio: 0.5 }, { blackRatio: 0.51 }],
  ['frozen', { frozenRatio: 0.9 }, { frozenRatio: 0.91 }],
  ['colours', { colours: { white: 0.15, red: 0.003 } }, { colours: { white: 0.149, red: 0.003 } }],
  ['colours', { colours: { white: 0.15, red: 0.003 } }, { colours: { white: 0.15 } }],
])('%s: %j is good, %j is not', (check, atLimit, beyond) => {
  expect(wrong(atLimit)).toEqual([]);
  expect(wrong(beyond)).toEqual([check]);
});

describe('short clips', () => {
  it.each([
    [750, []],
    [749, ['duration']],
    [1_250, []],
    [1_251, ['duration']],
  ])('of a second may differ by a quarter second, whatever the tolerance: %d ms', (durationMs, expected) => {
    expect(wrong({ durationMs }, { seconds: 1 }, { durationTolerance: 0.01 })).toEqual(expected);
  });
});

it('takes a video that stands on its side for another size', () => {
  expect(wrong({ width: 720, height: 1280 })).toEqual(['size']);
});

it('says so where a canary expects no colours', () => {
  const findings = inspectFacts({ ...GOOD, colours: {} }, ORDER, { ...DEFAULT_CANARY.expect, colours: {} });

  expect(findings.at(-1)).toEqual({ check: 'colours', ok: true, text: 'no colours are expected' });
});

it('never finds a video worse because more is tolerated', () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const facts = fc.record({
    durationMs: fc.nat(20_000),
    width: fc.nat(4_000),
    height: fc.nat(4_000),
    blackRatio: share,
    frozenRatio: share,
  });
  const tolerance = fc.record({
    durationTolerance: share,
    sizeTolerance: share,
    blackMax: share,
    frozenMax: share,
  });
  fc.assert(
    fc.property(facts, tolerance, share, (facts, strict, more) => {
      const lax = Object.fromEntries(Object.entries(strict).map(([name, value]) => [name, value + more]));

      expect(wrong(facts, {}, strict)).toEqual(expect.arrayContaining(wrong(facts, {}, lax)));
    }),
  );
});

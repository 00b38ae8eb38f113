import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  blameWords,
  causeWords,
  cut,
  dayWords,
  moveLines,
  netMoves,
  spanWords,
} from '../../../src/alerts/format/words.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../../../src/core/base.ts';
import { CAUSES } from '../../../src/core/model.ts';
import { move, opened, story } from '../stories.ts';

describe('spanWords', () => {
  it.each([
    [-5 * SECOND, 'under a second'],
    [0, 'under a second'],
    [999, 'under a second'],
    [45 * SECOND, '45 s'],
    [59_600, '1 min'],
    [12 * MINUTE + 30 * SECOND, '12 min 30 s'],
    [12 * MINUTE, '12 min'],
    [59 * MINUTE + 59_700, '1 h'],
    [2 * HOUR + 5 * MINUTE + 20 * SECOND, '2 h 5 min'],
    [23 * HOUR + 59 * MINUTE + 40 * SECOND, '1 d'],
    [3 * DAY + 4 * HOUR, '3 d 4 h'],
  ])('says %d ms as "%s"', (ms, words) => {
    expect(spanWords(ms)).toBe(words);
  });

  it('never says sixty of anything', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40 * DAY }), (ms) => {
        expect(spanWords(ms)).not.toMatch(/\b(60|24 h)/);
      }),
    );
  });
});

describe('dayWords', () => {
  const now = Date.parse('2026-11-21T19:00:00Z');

  it.each([
    ['2027-03-31T00:00:00Z', '2027-03-31, in 130 days'],
    ['2026-11-22T01:00:00Z', '2026-11-22, in 1 day'],
    ['2026-11-21T01:00:00Z', '2026-11-21, today'],
    ['2026-11-19T23:00:00Z', '2026-11-19, 2 days ago'],
  ])('says %s as "%s"', (day, words) => {
    expect(dayWords(Date.parse(day), now)).toBe(words);
  });
});

describe('causeWords', () => {
  it('says something different for every cause', () => {
    const said = [...CAUSES, 'slow' as const].map(causeWords);

    expect(new Set(said).size).toBe(CAUSES.length + 1);
  });
});

describe('blameWords', () => {
  it.each([
    [
      'provider',
      { fine: 4, troubled: [], blind: 0 },
      '4 targets of other providers are fine. It is them, not us.',
    ],
    [
      'provider',
      { fine: 1, troubled: [], blind: 2 },
      '1 target of another provider is fine; 2 cannot be seen at the moment. It is them, not us.',
    ],
    [
      'provider',
      { fine: 2, troubled: ['kling/a'], blind: 0 },
      '2 targets of other providers are fine; others in trouble: kling/a.',
    ],
    ['provider', { fine: 0, troubled: ['a', 'b'], blind: 0 }, 'Others in trouble: a, b.'],
    ['provider', { fine: 0, troubled: [], blind: 0 }, 'No other provider is watched to compare with.'],
    ['us', { fine: 4, troubled: [], blind: 0 }, 'It is us, not them. 4 targets of other providers are fine.'],
  ] as const)('with blame %s and peers %j says "%s"', (blame, peers, words) => {
    expect(blameWords(blame, { ...peers, troubled: [...peers.troubled] })).toBe(words);
  });

  it('names at most five others in trouble', () => {
    const troubled = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];

    expect(blameWords('provider', { fine: 3, troubled, blind: 0 })).toContain('a, b, c, d, e and 2 more');
  });
});

describe('netMoves', () => {
  it('keeps the first weight and the last, and leaves out what came back', () => {
    const stories = [
      story(opened(), { moves: [move('kling', 47, 0), move('luma', 25, 53)] }),
      story(opened(), { moves: [move('kling', 0, 47), move('luma', 53, 40)] }),
    ];

    expect(netMoves(stories)).toEqual([move('luma', 25, 40)]);
  });
});

describe('moveLines', () => {
  it('says one line per route, and whether routers were moved', () => {
    const moves = [
      move('kling', 47, 0),
      move('luma', 25, 53),
      { ...move('kling', 50, 0, 'dry_run'), route: 'i2v' },
    ];

    expect(moveLines(moves)).toEqual([
      { route: 't2v.default', text: 'kling 47 → 0, luma 25 → 53', dryRun: false },
      { route: 'i2v', text: 'kling 50 → 0', dryRun: true },
    ]);
  });
});

describe('cut', () => {
  it('never exceeds the maximum and never halves a surrogate pair', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 60 }),
        fc.integer({ min: 1, max: 40 }),
        (text, max) => {
          const short = cut(text, max);

          expect(short.length).toBeLessThanOrEqual(max);
          expect(short.isWellFormed()).toBe(true);
          expect(text.length <= max ? short === text : short.endsWith('…')).toBe(true);
        },
      ),
    );
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { duration } from '../../src/ports/options.ts';
import { either, hint, money, pathText, sentence, show, spanText } from '../../src/config/words.ts';

describe('words', () => {
  it.each([
    [0, '0ms'],
    [1_500, '1500ms'],
    [90_000, '90s'],
    [1_800_000, '30m'],
    [86_400_000, '24h'],
    [7 * 86_400_000, '7d'],
  ])('writes %i ms as %s', (ms, text) => {
    expect(spanText(ms)).toBe(text);
  });

  it('writes spans so that they are read as the same span', () => {
    fc.assert(
      fc.property(fc.nat(10 ** 10), (ms) => {
        expect(duration('A span.').parse(spanText(ms))).toBe(ms);
      }),
    );
  });

  it.each([
    [2, '$2'],
    [0.24, '$0.24'],
    [11.52, '$11.52'],
    [1.36, '$1.36'],
    [0.2, '$0.20'],
    [0.0042, '$0.0042'],
  ])('writes %d dollars as %s', (usd, text) => {
    expect(money(usd)).toBe(text);
  });

  it('guesses at a near word only', () => {
    expect(hint('evry', ['every', 'cron'])).toBe(' Did you mean "every"?');
    expect(hint('zzz', ['every', 'cron'])).toBe(' Known: every, cron.');
    expect(hint('zzz', Array(16).fill('every'))).toContain(' Known: every, ');
    expect(hint('zzz', Array(17).fill('every'))).toBe('');
    expect(hint('x'.repeat(10_000), ['y'.repeat(10_000)])).toBe(` Known: ${'y'.repeat(10_000)}.`);
    expect(hint('zzz', [])).toBe('');
  });

  it('shows values short', () => {
    expect(show('x'.repeat(1_000))).toHaveLength(63);
    expect([null, undefined, [1], { a: 1 }, 5, false].map(show)).toEqual([
      'nothing',
      'nothing',
      'a list',
      'a map of options',
      '5',
      'false',
    ]);
  });

  it('names places as people do', () => {
    expect(pathText(['targets', 2, 'every'])).toBe('targets[2].every');
    expect(either(['a', 'b', 'c'])).toBe('a, b or c');
    expect(sentence('x.yaml', { path: '', line: 0, column: 0, text: 'No.' })).toBe('x.yaml: No.');
  });
});

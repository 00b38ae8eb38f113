import { array, assert, property, string } from 'fast-check';
import { expect, it } from 'vitest';
import { createFinder } from '../../src/system/find.ts';

const letters = (max: number) => string({ minLength: 6, maxLength: max, unit: 'grapheme-ascii' });
const lower = (text: string) => text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());

it('finds what a plain search finds, and nothing else', () => {
  assert(
    property(array(letters(12), { maxLength: 5 }), array(string(), { maxLength: 4 }), (needles, words) => {
      const { add, find } = createFinder();
      add(needles);
      const text = [...words, ...needles].join('');

      const found = find(text).map(([from, to]) => `${from} ${lower(text.slice(from, to))}`);

      const expected = new Set<string>();
      for (const needle of needles.map(lower))
        for (let at = lower(text).indexOf(needle); at >= 0; at = lower(text).indexOf(needle, at + 1))
          expected.add(`${at} ${needle}`);
      expect(new Set(found)).toEqual(expected);
    }),
  );
});

it('finds no more what was taken away, and still its likes', () => {
  const { add, remove, find } = createFinder();
  add(['secret-1', 'secret-2']);
  remove(['secret-1']);

  expect(find('secret-1 SECRET-2')).toEqual([[9, 17]]);
});

it('looks for nothing that is shorter than its window', () => {
  const { add, find } = createFinder();
  add(['short', '']);

  expect(find('a short word')).toEqual([]);
});

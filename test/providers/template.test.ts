import { describe, expect, it } from 'vitest';
import { fill, placesIn } from '../../src/providers/template.ts';

const values = { prompt: 'a ball', seconds: 5, seed: null, audio: false };

describe('a template', () => {
  it.each([
    ['keeps numbers numbers', { duration: '{seconds}' }, { duration: 5 }],
    ['makes text of a number in a text', { duration: '{seconds}s' }, { duration: '5s' }],
    ['makes text of a number where that is asked', { duration: '{seconds:text}' }, { duration: '5' }],
    ['leaves out a text without a value', { seed: '{seed:text}' }, {}],
    ['leaves out a field without a value', { prompt: '{prompt}', seed: '{seed}' }, { prompt: 'a ball' }],
    ['leaves out a list item without a value', { list: ['{seed}', '{audio}'] }, { list: [false] }],
    ['goes deep', { a: { b: [{ c: '{prompt}!' }] } }, { a: { b: [{ c: 'a ball!' }] } }],
    [
      'leaves places alone that it does not know',
      { a: '{what}', b: 'x {what}' },
      { a: '{what}', b: 'x {what}' },
    ],
    ['keeps what is no place', { a: 1, b: null, c: true, d: '{}' }, { a: 1, b: null, c: true, d: '{}' }],
    ['takes nothing from the prototype', { a: '{constructor}' }, { a: '{constructor}' }],
  ])('%s', (_name, template, expected) => {
    expect(fill(template, values)).toEqual(expected);
  });

  it('never reads places in what it puts in', () => {
    expect(fill({ a: '{prompt}' }, { prompt: '{seconds}', seconds: 5 })).toEqual({ a: '{seconds}' });
  });

  it('names its places once each', () => {
    expect(placesIn({ a: '{prompt}', b: ['{seconds}s', '{prompt}'] })).toEqual(['prompt', 'seconds']);
  });
});

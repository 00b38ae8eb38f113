import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Prompt } from '../../src/canary/canary.ts';
import { DEFAULT_CANARY, promptText } from '../../src/canary/canary.ts';

const { prompt } = DEFAULT_CANARY;
const whole = { avoid: true, charactersMax: Infinity };

describe('the prompt as one text', () => {
  it('is made of plain sentences', () => {
    expect(promptText(prompt, whole)).toBe(
      'A glossy red ball on a plain white floor and a white wall, evenly lit: ' +
        'the ball rolls slowly from left to right across the whole frame. ' +
        'Static camera, eye level, whole ball in view. ' +
        'Style: simple, photorealistic, bright. ' +
        'Without text, people, cuts, camera movement. ' +
        'No captions, no fade in or out.',
    );
  });

  it('leaves out what is to be avoided where the provider takes that for itself', () => {
    expect(promptText(prompt, { ...whole, avoid: false })).not.toContain('Without');
  });

  it.each<[what: string, change: Partial<Prompt>, missing: string]>([
    ['a list of nothing', { avoid: [] }, 'Without'],
    ['no camera', { camera: '' }, 'Static'],
    ['no style', { style: '' }, 'Style'],
    ['nothing to do afterwards', { post: '' }, 'captions'],
  ])('says nothing of %s, and has no empty sentence', (_what, change, missing) => {
    const text = promptText({ ...prompt, ...change }, whole);

    expect(text).not.toContain(missing);
    expect(text).not.toMatch(/\. ?\.|^\.|: ?\./);
  });

  it.each([
    [40, 'A glossy red ball on a plain white floor'],
    [39, 'A glossy red ball on a plain white'],
    [9, 'A glossy'],
    [1, 'A'],
  ])('is cut at a word to %d characters', (charactersMax, expected) => {
    expect(promptText(prompt, { avoid: true, charactersMax })).toBe(expected);
  });

  it('is left whole where it just fits', () => {
    const { length } = promptText(prompt, whole);

    expect(promptText(prompt, { avoid: true, charactersMax: length })).toHaveLength(length);
    expect(promptText(prompt, { avoid: true, charactersMax: length - 1 }).length).toBeLessThan(length);
  });
});

const anyPrompt: fc.Arbitrary<Prompt> = fc.record({
  goal: fc.string(),
  subject: fc.string({ minLength: 1, unit: 'grapheme' }),
  scene: fc.string({ unit: 'grapheme' }),
  motion: fc.string({ unit: 'grapheme' }),
  camera: fc.string(),
  style: fc.string(),
  avoid: fc.array(fc.string({ minLength: 1 })),
  post: fc.string(),
});

it('is never longer than the provider takes, never empty, and never half a character', () => {
  fc.assert(
    fc.property(anyPrompt, fc.boolean(), fc.integer({ min: 2, max: 200 }), (prompt, avoid, charactersMax) => {
      const text = promptText(prompt, { avoid, charactersMax });

      expect(text.length).toBeLessThanOrEqual(charactersMax);
      expect(text.length).toBeGreaterThan(0);
      expect(text.isWellFormed()).toBe(true);
    }),
  );
});

it('keeps as much as it can of a text without spaces', () => {
  const subject = '红'.repeat(100);

  expect(promptText({ ...prompt, subject }, { avoid: true, charactersMax: 50 })).toBe('红'.repeat(50));
});

it('orders by default what a machine can check: the cheapest video of a red ball before white', () => {
  expect(DEFAULT_CANARY.order).toMatchObject({ seconds: 'shortest', resolution: 'smallest', audio: false });
  expect(Object.keys(DEFAULT_CANARY.expect.colours)).toEqual(['white', 'red']);
  expect(prompt.subject).toContain('red');
  expect(prompt.scene).toContain('white');
});

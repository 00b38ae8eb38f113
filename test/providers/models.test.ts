import { describe, expect, it } from 'vitest';
import { modelsOption, withModels } from '../../src/providers/models.ts';
import { runway } from '../../src/providers/runway.ts';

const known = runway.models;
const made = (wanted: unknown) => withModels(known, modelsOption.parse(wanted));
const whole = { seconds: [8, 4], sizes: { '720p': { '16:9': [1280, 720] } }, price: { '720p': '$0.10' } };

describe('what the configuration says about models', () => {
  it('leaves the catalogue as it is where it says nothing', () => {
    expect(withModels(known)).toEqual({ models: known, problems: [] });
  });

  it('gives a known model another price, and says where it is from', () => {
    const { models } = made({ 'gen4.5': { price: { '720p': '$0.07' } } });

    expect(models['gen4.5']).toEqual({
      ...known['gen4.5'],
      price: { '720p': 0.07 },
      source: 'the configuration',
      checkedOn: '',
    });
  });

  it('makes a new model like a known one', () => {
    const { models } = made({ gen5: { like: 'gen4.5', seconds: [10, 5] } });

    expect(models['gen5']).toEqual({ ...known['gen4.5'], seconds: [5, 10] });
  });

  it('makes a new model of its own', () => {
    const { models, problems } = made({ gen5: whole });

    expect(problems).toEqual([]);
    expect(models['gen5']).toMatchObject({ seconds: [4, 8], price: { '720p': 0.1 }, seed: false });
  });

  it.each([
    [
      'like a model that is not known',
      { gen5: { like: 'gen9' } },
      /^like: gen9 is not known here, only gen4\.5/,
    ],
    ['with too little', { gen5: { seconds: [5] } }, /expected "like", or else sizes and price/],
    ['without a price for a size', { gen5: { ...whole, price: { '1080p': 1 } } }, /no price for 720p/],
    [
      'without a price for a length',
      { gen5: { ...whole, price: { '720p/4': 1 } } },
      /"720p\/8" per clip or "720p\/Mtok"/,
    ],
  ])('refuses a model %s in a sentence', (_name, wanted, text) => {
    const { models, problems } = made(wanted);

    expect(models).toEqual(known);
    expect(problems).toEqual([{ model: 'gen5', text: expect.stringMatching(text) as string }]);
  });

  it.each([
    ['an unknown key', { gen5: { ...whole, colour: 'red' } }],
    ['a length of nothing', { gen5: { ...whole, seconds: [0] } }],
    ['no lengths', { gen5: { ...whole, seconds: [] } }],
    ['a size of one number', { gen5: { ...whole, sizes: { '720p': { '16:9': [1280] } } } }],
    ['a price below nothing', { gen5: { ...whole, price: { '720p': -1 } } }],
    ['a price of something else', { gen5: { ...whole, price: { 'per clip/x': 1 } } }],
    ['an end that is no day', { gen5: { ...whole, endsOn: 'soon' } }],
    ['a template that is too deep', { gen5: { ...whole, input: { a: [[[[[[['x']]]]]]] } } }],
  ])('refuses %s', (_name, wanted) => {
    expect(modelsOption.safeParse(wanted).success).toBe(false);
  });
});

import { describe, expect, it } from 'vitest';
import { modelsOption, withModels } from '../../src/providers/models.ts';
import { priceOf, tokenPriceOf, usdOfTokens } from '../../src/providers/price.ts';

const clip = { resolution: '480p', seconds: 5, width: 864, height: 480, audio: false };
const loud = { ...clip, audio: true };
const sized = { seconds: [5], sizes: { '480p': { '16:9': [864, 480] } } };

describe('the price of a clip', () => {
  it.each([
    ['by the second', { '480p': 0.1 }, clip, 0.5],
    ['by the second with sound', { '480p': 0.1, '480p+audio': 0.2 }, loud, 1],
    ['by the second, sound or not', { '480p': 0.1 }, loud, 0.5],
    ['by the clip', { '480p': 0.1, '480p/5': 0.3 }, clip, 0.3],
    // 48,600 tokens, as the vendor's own table of 2026-07-13 has it.
    ['by tokens', { '480p/Mtok': 1 }, clip, 0.0486],
    ['by tokens with sound', { '480p/Mtok': 1, '480p+audio/Mtok': 2 }, loud, 0.0972],
    ['by tokens, sound or not', { '480p/Mtok': 1 }, loud, 0.0486],
    ['by the second before tokens', { '480p': 0.1, '480p/Mtok': 1 }, clip, 0.5],
    ['unknown', { '720p': 0.1, '720p/Mtok': 1, '480p/6': 1 }, clip, null],
    ['unknown without sound', { '480p+audio/Mtok': 1 }, clip, null],
  ])('is %s', (_name, price, clip, usd) => {
    expect(priceOf(price, clip)).toBe(usd);
  });

  it('of tokens is what a million costs', () => {
    expect(usdOfTokens(19_440, tokenPriceOf({ '480p/Mtok': 2.5 }, '480p', false))).toBeCloseTo(0.0486, 6);
    expect(usdOfTokens(19_440, tokenPriceOf({ '480p': 2.5 }, '480p', false))).toBeNull();
  });
});

describe('what the configuration says about prices by tokens', () => {
  it('is enough for a model', () => {
    const wanted = modelsOption.parse({
      new: { ...sized, price: { '480p/Mtok': '$3', '480p+audio/Mtok': 4 } },
    });

    expect(withModels({}, wanted)).toMatchObject({
      problems: [],
      models: { new: { price: { '480p/Mtok': 3 } } },
    });
  });

  it.each([
    ['of another size', { '720p/Mtok': 3 }],
    ['of sound alone', { '480p+audio/Mtok': 3 }],
  ])('is not enough where it is %s', (_name, price) => {
    const text = expect.stringContaining('"480p/Mtok" per million tokens') as string;

    expect(withModels({}, modelsOption.parse({ new: { ...sized, price } })).problems).toEqual([
      { model: 'new', text },
    ]);
  });

  it.each(['480p/Ktok', '480p/Mtok+audio', '480p+sound/Mtok', '/Mtok'])('is not written %s', (name) => {
    expect(modelsOption.safeParse({ new: { ...sized, price: { [name]: 3 } } }).success).toBe(false);
  });
});

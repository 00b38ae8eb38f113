/** What a clip costs by the prices of a catalogue. */

import type { ModelFacts } from './define.ts';

type Prices = ModelFacts['price'];

/** A clip, as far as its price goes. */
export interface Clip {
  resolution: string;
  seconds: number;
  width: number;
  height: number;
  audio: boolean;
}

/** ByteDance bills a video as tokens: pixels of 24 frames a second, by the 1,024 (docs.byteplus.com/en/docs/ModelArk/1544106, 2026-07-13). */
const TOKEN_FRAMES_PER_SECOND = 24;
const TOKEN_PIXELS = 1_024;

/** Dollars for a whole clip: by the clip (`720p/5`), the second (`720p`) or the tokens (`720p/Mtok`); null without a price. */
export function priceOf(price: Prices, clip: Clip): number | null {
  const { resolution, seconds, audio } = clip;
  const perSecond = (audio ? price[`${resolution}+audio`] : undefined) ?? price[resolution];
  const usd =
    price[`${resolution}/${seconds}`] ??
    (perSecond === undefined
      ? usdOfTokens(tokensOf(clip), tokenPriceOf(price, resolution, audio))
      : perSecond * seconds);
  return usd === null ? null : Math.round(usd * 1e6) / 1e6;
}

/** Dollars for a million tokens, with sound or without; null where the model is not sold by tokens. */
export function tokenPriceOf(price: Prices, resolution: string, audio: boolean): number | null {
  const loud = audio ? price[`${resolution}+audio/Mtok`] : undefined;
  return loud ?? price[`${resolution}/Mtok`] ?? null;
}

/** Dollars for a count of tokens, at dollars for a million. */
export function usdOfTokens(tokens: number, usdPerMtok: number | null): number | null {
  return usdPerMtok === null ? null : (tokens * usdPerMtok) / 1e6;
}

function tokensOf({ width, height, seconds }: Clip): number {
  return (width * height * TOKEN_FRAMES_PER_SECOND * seconds) / TOKEN_PIXELS;
}

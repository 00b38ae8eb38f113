/** What OpenRouter's list says that a model costs now, against what the catalogue says. */

import type { ModelFacts } from './define.ts';
import { fieldsOf } from './read.ts';

const DRIFTS_MAX = 3;
/** Shares below this are rounding. */
const DRIFT_MIN = 0.005;

/**
 * Names of prices differ from maker to maker; those of the silent text to video, the most special first
 * (openrouter.ai/api/v1/videos/models, 2026-10-09). `#` stands for the resolution.
 */
const PER_SECOND: readonly (readonly [name: string, usd: number])[] = [
  ['text_to_video_duration_seconds_#', 1],
  ['duration_seconds_without_audio_#', 1],
  ['duration_seconds_#', 1],
  ['cents_per_video_output_second_#', 0.01],
  ['cents_per_second_output_#', 0.01],
  ['duration_seconds_without_audio', 1],
  ['duration_seconds', 1],
  ['cents_per_second_output', 0.01],
];
const PER_TOKEN = ['video_tokens_#', 'video_tokens_without_audio', 'video_tokens'];

/**
 * Where the list says another price than the catalogue, in words; empty where both agree or the list is not understood.
 * @param skus the list's `pricing_skus` of one model: decimals as texts
 */
export function priceDrift(facts: ModelFacts, skus: unknown): string {
  const drifts = Object.keys(facts.sizes).flatMap((resolution) => {
    const unit = facts.price[resolution] === undefined ? 'a million tokens' : 'a second';
    const known = facts.price[resolution] ?? facts.price[`${resolution}/Mtok`];
    const now = unit === 'a second' ? perSecond(skus, resolution) : perMtok(skus, resolution);
    if (known === undefined || now === null || Math.abs(now - known) <= known * DRIFT_MIN) return [];
    return [`${resolution} costs ${usd(now)} ${unit}, the catalogue says ${usd(known)}`];
  });
  return drifts.slice(0, DRIFTS_MAX).join('; ');
}

function perSecond(skus: unknown, resolution: string): number | null {
  for (const [name, factor] of PER_SECOND) {
    const price = priceIn(skus, name, resolution);
    if (price !== null) return price * factor;
  }
  return null;
}

function perMtok(skus: unknown, resolution: string): number | null {
  const perToken = PER_TOKEN.map((name) => priceIn(skus, name, resolution)).find((price) => price !== null);
  return perToken === undefined || perToken === null ? null : perToken * 1e6;
}

function priceIn(skus: unknown, name: string, resolution: string): number | null {
  const value = fieldsOf(skus)[name.replace('#', resolution)];
  const price = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof price === 'number' && Number.isFinite(price) && price > 0 ? price : null;
}

function usd(amount: number): string {
  return `$${Number(amount.toPrecision(4))}`;
}

/** What OpenRouter's video models take, in the words of its own list of them. */

import { asText } from './answers.ts';
import type { Ordered } from './types.ts';

const PROMPT_CHARACTERS_MAX = 5000;
const TOKEN_PIXELS = 1024;
const FRAMES_PER_SECOND = 24;

/** An entry of `GET /videos/models`, as far as an order is measured by it. */
export interface VideoModel {
  supported_durations: readonly number[];
  supported_resolutions: readonly string[];
  supported_aspect_ratios: readonly string[];
  generate_audio: boolean | null;
  seed: boolean | null;
  pricing_skus: Readonly<Record<string, string>>;
}

const ALL = ['16:9', '9:16', '1:1', '4:3', '3:4'];
const TWO = ['16:9', '9:16'];
const LOUD = { generate_audio: true, seed: true };
const MUTE = { generate_audio: null, seed: null };

// Lengths, resolutions and prices as the list had them on 2026-10-09 (kept by a public client).
export const VIDEO_MODELS: Readonly<Record<string, VideoModel>> = {
  'x-ai/grok-imagine-video-1.5-lite': entry(
    upTo(1, 15),
    ALL,
    MUTE,
    cents({ '480p': 2, '720p': 3, '1080p': 14 }),
  ),
  'x-ai/grok-imagine-video': entry(upTo(1, 15), ALL, MUTE, cents({ '480p': 5, '720p': 7 })),
  'x-ai/grok-imagine-video-1.5': entry(upTo(1, 15), ALL, MUTE, cents({ '480p': 8, '720p': 14, '1080p': 25 })),
  'heygen/heygen-video-1': entry(
    upTo(5, 15),
    ALL,
    { generate_audio: false, seed: true },
    dollars({ '480p': 0.02, '768p': 0.03 }),
  ),
  'minimax/hailuo-3-max': entry(
    upTo(5, 15),
    ALL,
    { generate_audio: false, seed: false },
    dollars({ '480p': 0.05, '768p': 0.08 }),
  ),
  'minimax/hailuo-2.3': entry([6, 10], ['16:9'], MUTE, dollars({ '1080p': 0.0817 })),
  'alibaba/wan-3.0': entry(upTo(2, 30), ALL, LOUD, dollars({ '480p': 0.05, '720p': 0.1, '1080p': 0.2 })),
  'alibaba/wan-3.0-prime': entry(
    upTo(2, 30),
    ALL,
    LOUD,
    dollars({ '480p': 0.068, '720p': 0.14, '1080p': 0.28 }),
  ),
  'alibaba/wan-2.7': entry(upTo(2, 10), ALL, LOUD, dollars({ '720p': 0.1, '1080p': 0.1 })),
  'alibaba/wan-2.6': entry([5, 10], TWO, LOUD, dollars({ '720p': 0.08, '1080p': 0.12 })),
  'alibaba/happyhorse-1.1': entry(
    upTo(3, 15),
    ALL,
    { generate_audio: null, seed: true },
    dollars({ '720p': 0.0988, '1080p': 0.1278 }),
  ),
  'alibaba/happyhorse-1.0': entry(
    upTo(3, 15),
    ALL,
    { generate_audio: null, seed: true },
    dollars({ '720p': 0.0988, '1080p': 0.1694 }),
  ),
  'bytedance/seedance-1-5-pro': tokens(upTo(4, 12), ['480p', '720p', '1080p'], {
    video_tokens: '0.0000024',
    video_tokens_without_audio: '0.0000012',
  }),
  'bytedance/seedance-2.0-mini': tokens(upTo(4, 15), ['480p', '720p'], { video_tokens: '0.0000035' }),
  'bytedance/seedance-2.0-fast': tokens(upTo(4, 15), ['480p', '720p'], { video_tokens: '0.0000042' }),
  'bytedance/seedance-2.0': tokens(upTo(4, 15), ['480p', '720p', '1080p'], {
    video_tokens: '0.000007',
    video_tokens_1080p: '0.0000077',
  }),
  'bytedance/seedance-2.5': tokens(upTo(4, 30), ['480p', '720p'], { video_tokens: '0.0000107' }),
  'google/veo-3.1-lite': veo({ '720p': [0.03, 0.05], '1080p': [0.05, 0.08] }),
  'google/veo-3.1-fast': veo({ '720p': [0.08, 0.1], '1080p': [0.1, 0.12] }),
  'google/veo-3.1': veo({ '720p': [0.2, 0.4], '1080p': [0.2, 0.4] }),
  'kwaivgi/kling-v3.0-std': kling(upTo(3, 15), 0.084, 0.126),
  'kwaivgi/kling-v3.0-pro': kling(upTo(3, 15), 0.112, 0.168),
  'kwaivgi/kling-video-o1': kling([5, 10], 0.112, 0.112),
  'runway/gen-4.5': entry(upTo(2, 10), TWO, { generate_audio: false, seed: true }, dollars({ '720p': 0.12 })),
  'black-forest-labs/flux-3-video': entry(
    upTo(5, 20),
    ALL,
    { generate_audio: true, seed: false },
    dollars({ '720p': 0.17, '1080p': 0.29 }),
  ),
};

const SHORT_SIDES: Readonly<Record<string, number>> = {
  '480p': 480,
  '720p': 720,
  '768p': 768,
  '1080p': 1080,
};

/** Reads an order; the answer is a sentence where something in it is wrong. Unknown fields are passed over. */
export function readVideoOrder(body: Record<string, unknown>, name: string): Ordered | string {
  const model = VIDEO_MODELS[name];
  const prompt = asText(body['prompt']);
  if (model === undefined) return `${name} is not a valid model ID`;
  if (prompt === '' || prompt.length > PROMPT_CHARACTERS_MAX) return 'prompt is required';
  const seconds = body['duration'] ?? model.supported_durations[0];
  if (typeof seconds !== 'number' || !model.supported_durations.includes(seconds))
    return unsupported('duration', seconds, name, model.supported_durations);
  const resolution = body['resolution'] ?? model.supported_resolutions[0];
  if (typeof resolution !== 'string' || !model.supported_resolutions.includes(resolution))
    return unsupported('resolution', resolution, name, model.supported_resolutions);
  const aspect = body['aspect_ratio'] ?? '16:9';
  if (typeof aspect !== 'string' || !model.supported_aspect_ratios.includes(aspect))
    return unsupported('aspect_ratio', aspect, name, model.supported_aspect_ratios);
  for (const switched of ['generate_audio', 'seed'] as const)
    if (body[switched] !== undefined && model[switched] !== true)
      return `${switched} is not supported by ${name}`;
  const isLoud = model.generate_audio === true && body['generate_audio'] !== false;
  const [width, height] = pixels(aspect, resolution);
  const costUsd = costOf(model.pricing_skus, { resolution, seconds, isLoud, pixels: width * height });
  return { provider: 'openrouter', model: name, width, height, seconds, costUsd, prompt };
}

interface Clip {
  resolution: string;
  seconds: number;
  isLoud: boolean;
  pixels: number;
}

/** Dollars by the price whose name fits best. */
function costOf(skus: VideoModel['pricing_skus'], { resolution, seconds, isLoud, pixels }: Clip): number {
  const sound = isLoud ? '_with_audio' : '_without_audio';
  const perSecond =
    skus[`duration_seconds${sound}_${resolution}`] ?? skus[`duration_seconds_${resolution}`] ?? null;
  const perCent = skus[`cents_per_video_output_second_${resolution}`] ?? null;
  const perToken =
    skus[`video_tokens_${resolution}`] ??
    (isLoud ? null : skus['video_tokens_without_audio']) ??
    skus['video_tokens'];
  const usd =
    perSecond !== null
      ? Number(perSecond) * seconds
      : perCent !== null
        ? (Number(perCent) * seconds) / 100
        : (Number(perToken) * pixels * FRAMES_PER_SECOND * seconds) / TOKEN_PIXELS;
  return Math.round(usd * 1e6) / 1e6;
}

function pixels(aspect: string, resolution: string): [width: number, height: number] {
  const shortSide = SHORT_SIDES[resolution] ?? 720;
  const [across = 16, down = 9] = aspect.split(':').map(Number);
  const longSide = Math.round((shortSide * Math.max(across, down)) / Math.min(across, down) / 2) * 2;
  return across >= down ? [longSide, shortSide] : [shortSide, longSide];
}

function unsupported(field: string, value: unknown, model: string, known: readonly unknown[]): string {
  return `Unsupported ${field} ${JSON.stringify(value)} for ${model}. Supported: ${known.join(', ')}`;
}

type Switches = Pick<VideoModel, 'generate_audio' | 'seed'>;
type Prices = { resolutions: string[]; skus: Record<string, string> };

function entry(
  seconds: readonly number[],
  aspects: readonly string[],
  switches: Switches,
  { resolutions, skus }: Prices,
): VideoModel {
  return {
    supported_durations: seconds,
    supported_resolutions: resolutions,
    supported_aspect_ratios: aspects,
    ...switches,
    pricing_skus: skus,
  };
}

function named(prices: Record<string, number>, name: string): Prices {
  const skus = Object.entries(prices).map(([resolution, price]) => [`${name}_${resolution}`, String(price)]);
  return { resolutions: Object.keys(prices), skus: Object.fromEntries(skus) as Record<string, string> };
}

function dollars(prices: Record<string, number>): Prices {
  return named(prices, 'duration_seconds');
}

function cents(prices: Record<string, number>): Prices {
  return named(prices, 'cents_per_video_output_second');
}

function tokens(seconds: readonly number[], resolutions: string[], skus: Record<string, string>): VideoModel {
  return entry(seconds, ALL, LOUD, { resolutions, skus });
}

function veo(prices: Record<string, readonly [silent: number, loud: number]>): VideoModel {
  const skus = Object.entries(prices).flatMap(([resolution, [silent, loud]]) => [
    [`duration_seconds_without_audio_${resolution}`, String(silent)],
    [`duration_seconds_with_audio_${resolution}`, String(loud)],
  ]);
  const made = { resolutions: Object.keys(prices), skus: Object.fromEntries(skus) as Record<string, string> };
  return entry([4, 6, 8], TWO, LOUD, made);
}

function kling(seconds: readonly number[], silent: number, loud: number): VideoModel {
  const skus = { duration_seconds_720p: String(silent), duration_seconds_with_audio_720p: String(loud) };
  return entry(seconds, ALL, { generate_audio: true, seed: false }, { resolutions: ['720p'], skus });
}

function upTo(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

/** What Vercel AI Gateway's video models take, by its list of models and the clients of the makers behind it. */

import { asObject, asText } from './answers.ts';
import type { Ordered } from './types.ts';

const PROMPT_CHARACTERS_MAX = 5_000;
const TOKEN_PIXELS = 1024;
const FRAMES_PER_SECOND = 24;

type Price = number | readonly [silent: number, loud: number];

interface VideoModel {
  seconds: readonly number[];
  /** Dollars by resolution or mode: per second, or per million tokens where `isByToken`. */
  prices: Readonly<Record<string, Price>>;
  isByToken?: true;
}

/** Prices of ai-gateway.vercel.sh/v1/models as recorded on 2026-10-07; lengths as read there on 2026-09-02. */
export const VIDEO_MODELS: Readonly<Record<string, VideoModel>> = {
  'alibaba/wan-v2.5-t2v-preview': { seconds: [5, 10], prices: { '480p': 0.05, '720p': 0.1, '1080p': 0.15 } },
  'alibaba/wan-v2.6-t2v': { seconds: upTo(2, 15), prices: { '720p': 0.1, '1080p': 0.15 } },
  'alibaba/wan-v2.7-t2v': { seconds: upTo(2, 15), prices: { '720p': 0.1, '1080p': 0.15 } },
  'alibaba/wan-v3.0-video': { seconds: upTo(2, 30), prices: { '480p': 0.05, '720p': 0.1, '1080p': 0.2 } },
  'alibaba/wan-v3.0-video-prime': {
    seconds: upTo(2, 30),
    prices: { '480p': 0.068, '720p': 0.14, '1080p': 0.28 },
  },
  'bytedance/seedance-2.0': {
    seconds: upTo(4, 15),
    prices: { '480p': 7, '720p': 7, '1080p': 7.7 },
    isByToken: true,
  },
  'bytedance/seedance-2.0-fast': {
    seconds: upTo(4, 15),
    prices: { '480p': 5.6, '720p': 5.6 },
    isByToken: true,
  },
  'bytedance/seedance-2.0-mini': {
    seconds: upTo(4, 15),
    prices: { '480p': 3.5, '720p': 3.5 },
    isByToken: true,
  },
  'bytedance/seedance-2.5': {
    seconds: upTo(4, 30),
    prices: { '480p': 10.7, '720p': 10.7, '1080p': 11.7 },
    isByToken: true,
  },
  'bytedance/seedance-v1.0-pro': {
    seconds: upTo(2, 12),
    prices: { '480p': 0.0243, '720p': 0.0515, '1080p': 0.1224 },
  },
  'bytedance/seedance-v1.0-pro-fast': {
    seconds: upTo(2, 12),
    prices: { '480p': 0.0097, '720p': 0.0206, '1080p': 0.049 },
  },
  'google/veo-3.1-fast-generate-001': veo([0.1, 0.15], [0.1, 0.15]),
  'google/veo-3.1-generate-001': veo([0.2, 0.4], [0.2, 0.4]),
  'google/veo-3.1-lite-generate-001': veo([0.03, 0.05], [0.05, 0.08]),
  'klingai/kling-v2.5-turbo-t2v': { seconds: [5, 10], prices: { std: 0.042, pro: 0.07 } },
  'klingai/kling-v2.6-t2v': { seconds: [5, 10], prices: { std: 0.042, pro: [0.07, 0.14] } },
  'klingai/kling-v3.0-t2v': { seconds: upTo(3, 15), prices: { std: [0.168, 0.252], pro: [0.224, 0.336] } },
  'spacexai/grok-imagine-video': { seconds: upTo(1, 15), prices: { '480p': 0.05, '720p': 0.07 } },
  'spacexai/grok-imagine-video-1.5': {
    seconds: upTo(1, 15),
    prices: { '480p': 0.08, '720p': 0.14, '1080p': 0.25 },
  },
  'spacexai/grok-imagine-video-1.5-lite': {
    seconds: upTo(1, 15),
    prices: { '480p': 0.02, '720p': 0.03, '1080p': 0.14 },
  },
};

/** Pixels that the makers' clients look up, 480p first (@ai-sdk/xai, alibaba, bytedance, google-vertex of 2026-11). */
const LABELS: Readonly<Record<string, string>> = {
  '854x480': '480p',
  '832x480': '480p',
  '480x832': '480p',
  '864x480': '480p',
  '480x864': '480p',
  '1280x720': '720p',
  '720x1280': '720p',
  '1920x1080': '1080p',
  '1080x1920': '1080p',
};
const KLING_SHORT_SIDES: Readonly<Record<string, number>> = { std: 720, pro: 1080 };

/** Reads an order; the answer is a sentence where something in it is wrong. */
export function readVideoOrder(body: Record<string, unknown>, name: string): Ordered | string {
  const model = VIDEO_MODELS[name];
  if (model === undefined) return `Model '${name}' not found`;
  const prompt = asText(body['prompt']);
  if (prompt === '' || prompt.length > PROMPT_CHARACTERS_MAX) return 'prompt: Invalid input';
  if (body['n'] !== 1) return 'n: Invalid input';
  const seconds = body['duration'] ?? model.seconds[0];
  if (typeof seconds !== 'number' || !model.seconds.includes(seconds))
    return `duration: ${name} takes ${model.seconds.join(', ')}`;
  const aspect = body['aspectRatio'] ?? '16:9';
  if (aspect !== '16:9' && aspect !== '9:16')
    return `aspectRatio: ${JSON.stringify(aspect)} is not supported`;
  const options = asObject(body['providerOptions']);
  if (options === null) return 'providerOptions: Expected an object';
  const tier = name.startsWith('klingai/')
    ? asText(asObject(options['klingai'])?.['mode'] ?? 'std')
    : LABELS[asText(body['resolution'] ?? '1280x720')];
  const price = tier === undefined ? undefined : model.prices[tier];
  if (tier === undefined || price === undefined) return 'resolution: not supported by the model';
  const isLoud = body['generateAudio'] === true;
  if (isLoud && name.startsWith('klingai/') && typeof price === 'number')
    return 'generateAudio: not supported in this mode';
  const [width, height] = pixelsOf(body, tier, aspect);
  const rate = typeof price === 'number' ? price : price[isLoud ? 1 : 0];
  const units = model.isByToken
    ? (width * height * FRAMES_PER_SECOND * seconds) / TOKEN_PIXELS / 1e6
    : seconds;
  const costUsd = Math.round(rate * units * 1e6) / 1e6;
  return { provider: 'vercel', model: name, width, height, seconds, costUsd, prompt };
}

function pixelsOf(body: Record<string, unknown>, tier: string, aspect: string): [number, number] {
  const [, across, down] = /^(\d+)x(\d+)$/.exec(asText(body['resolution'])) ?? [];
  if (across !== undefined && down !== undefined) return [Number(across), Number(down)];
  const shortSide = KLING_SHORT_SIDES[tier] ?? 720;
  const longSide = (shortSide * 16) / 9;
  return aspect === '16:9' ? [longSide, shortSide] : [shortSide, longSide];
}

function veo(small: Price, large: Price): VideoModel {
  return { seconds: [4, 6, 8], prices: { '720p': small, '1080p': large } };
}

function upTo(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

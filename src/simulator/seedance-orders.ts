/** What Seedance's models take: lengths, sizes, fields, and dollars for a million tokens. */

import { asObject, asText } from './answers.ts';
import type { Ordered } from './types.ts';

export interface SeedanceRefusal {
  code: 'InvalidParameter' | 'MissingParameter';
  message: string;
  param: string;
}

interface Model {
  seconds: readonly [least: number, most: number];
  series: '1.0' | 'later';
  /** Dollars for a million tokens by resolution. */
  price: Readonly<Record<string, number>>;
  hasAudio: boolean;
  audioFactor: number;
}

const FIELDS =
  'model content ratio resolution duration frames seed camera_fixed watermark service_tier return_last_frame draft ' +
  'priority output_format execution_expires_after callback_url safety_identifier';
const SEED_MAX = 2 ** 32 - 1;

const ONE_0 = { series: '1.0', hasAudio: false, audioFactor: 1, seconds: [2, 12] } as const;
const TWO = { series: 'later', hasAudio: true, audioFactor: 1, seconds: [4, 15] } as const;
const flat = (usd: number, sizes = ['480p', '720p', '1080p']) =>
  Object.fromEntries(sizes.map((size) => [size, usd]));

// The vendor's price page of 2026-07-13 as a client copied it; lengths and sizes probed by another on 2026-07-31.
const MODELS: Readonly<Record<string, Model>> = {
  'seedance-1-0-pro-250528': { ...ONE_0, price: flat(2.5) },
  'seedance-1-0-pro-fast-251015': { ...ONE_0, price: flat(1) },
  'seedance-1-5-pro-251215': {
    series: 'later',
    hasAudio: true,
    audioFactor: 2,
    seconds: [4, 12],
    price: flat(1.2),
  },
  'dreamina-seedance-2-0-260128': { ...TWO, price: { ...flat(7), '1080p': 7.7, '4k': 4 } },
  'dreamina-seedance-2-0-fast-260128': { ...TWO, price: flat(5.6, ['480p', '720p']) },
  'dreamina-seedance-2-0-mini-260615': { ...TWO, price: flat(3.5, ['480p', '720p']) },
  'dreamina-seedance-2-5-260628': { ...TWO, seconds: [4, 30], price: flat(10.7) },
};

/** The models that are served: those that ended are answered with 404. */
export const SEEDANCE_NAMES: readonly string[] = Object.keys(MODELS);

const SIZES: Record<Model['series'], Record<string, Record<string, readonly [number, number]>>> = {
  '1.0': {
    '480p': { '16:9': [864, 480], '9:16': [480, 864], '1:1': [640, 640] },
    '720p': { '16:9': [1248, 704], '9:16': [704, 1248], '1:1': [960, 960] },
    '1080p': { '16:9': [1920, 1088], '9:16': [1088, 1920], '1:1': [1440, 1440] },
  },
  later: {
    '480p': { '16:9': [864, 496], '9:16': [496, 864], '1:1': [640, 640] },
    '720p': { '16:9': [1280, 720], '9:16': [720, 1280], '1:1': [960, 960] },
    '1080p': { '16:9': [1920, 1080], '9:16': [1080, 1920], '1:1': [1440, 1440] },
    '4k': { '16:9': [3840, 2160], '9:16': [2160, 3840], '1:1': [2880, 2880] },
  },
};

/** What a video is billed as, at 24 frames a second. */
export function seedanceTokens({
  width,
  height,
  seconds,
}: Pick<Ordered, 'width' | 'height' | 'seconds'>): number {
  return Math.round((width * height * 24 * seconds) / 1024);
}

/** Reads an order for a model that is served; a refusal where something in it is wrong. */
export function readSeedanceOrder(body: Record<string, unknown>): Ordered | SeedanceRefusal {
  const name = asText(body['model']);
  const model = MODELS[name];
  const prompt = readPrompt(body['content']);
  if (model === undefined || prompt === null)
    return { code: 'MissingParameter', message: 'The request is missing content.text.', param: 'content' };
  const known = [...FIELDS.split(' '), ...(model.hasAudio ? ['generate_audio'] : [])];
  const strange = Object.keys(body).find((field) => !known.includes(field));
  if (strange !== undefined) return invalid(strange, `is not supported by model ${name}`);
  const { resolution = '720p', ratio = '16:9', duration = 5, seed = -1, generate_audio: loud = true } = body;
  const price = typeof resolution === 'string' ? model.price[resolution.toLowerCase()] : undefined;
  if (price === undefined) return invalid('resolution', `is not valid for model ${name}`);
  const size = SIZES[model.series][String(resolution).toLowerCase()]?.[asText(ratio)];
  if (size === undefined) return invalid('ratio', 'is not valid');
  const [least, most] = model.seconds;
  if (!isWhole(duration, least, most)) return invalid('duration', `is not valid for model ${name}`);
  if (!isWhole(seed, -1, SEED_MAX)) return invalid('seed', 'is out of range');
  if (typeof loud !== 'boolean') return invalid('generate_audio', 'must be a boolean');
  const [width, height] = size;
  const factor = model.hasAudio && loud ? model.audioFactor : 1;
  const tokens = seedanceTokens({ width, height, seconds: duration });
  const costUsd = Math.round(tokens * price * factor) / 1e6;
  return { provider: 'seedance', model: name, width, height, seconds: duration, costUsd, prompt };
}

function readPrompt(content: unknown): string | null {
  const parts = Array.isArray(content) ? content.map(asObject) : [];
  const texts = parts.filter((part) => part?.['type'] === 'text').map((part) => asText(part?.['text']));
  return texts.find((text) => text.trim() !== '') ?? null;
}

function isWhole(value: unknown, least: number, most: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
}

function invalid(param: string, why: string): SeedanceRefusal {
  return { code: 'InvalidParameter', message: `The parameter ${param} ${why}.`, param };
}

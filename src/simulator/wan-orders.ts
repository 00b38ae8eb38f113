/** What Alibaba's Wan models take, and reading what is asked of them. Sources stand in wan.ts. */

import { asObject, asText } from './answers.ts';
import type { Ordered } from './types.ts';

const NEGATIVE_CHARACTERS_MAX = 500;
const SEED_MAX = 2_147_483_647;

interface Model {
  seconds: readonly number[];
  /** Dollars per second by tier. */
  price: Readonly<Record<string, number>>;
  /** Whether the size is pixels (`1280*720`) or a tier and a ratio. */
  bySize: boolean;
  fields: readonly string[];
  promptCharactersMax: number;
}

const TIERS: Record<string, Record<string, readonly [number, number]>> = {
  '480P': { '16:9': [832, 480], '9:16': [480, 832], '1:1': [624, 624], '4:3': [720, 544], '3:4': [544, 720] },
  '720P': {
    '16:9': [1280, 720],
    '9:16': [720, 1280],
    '1:1': [960, 960],
    '4:3': [1104, 832],
    '3:4': [832, 1104],
  },
  '1080P': {
    '16:9': [1920, 1080],
    '9:16': [1080, 1920],
    '1:1': [1440, 1440],
    '4:3': [1648, 1248],
    '3:4': [1248, 1648],
  },
};
const PIXELS: Record<string, string> = Object.fromEntries(
  [
    ['480P', '832*480 480*832 624*624'],
    ['720P', '1280*720 720*1280 960*960 1088*832 832*1088'],
    ['1080P', '1920*1080 1080*1920 1440*1440 1632*1248 1248*1632'],
  ].flatMap(([tier = '', sizes = '']) => sizes.split(' ').map((size) => [size, tier])),
);

const COMMON = ['duration', 'seed', 'watermark'];
const WAN_3 = {
  seconds: upTo(2, 30),
  bySize: false,
  fields: [...COMMON, 'resolution', 'ratio', 'audio'],
  promptCharactersMax: 20_000,
};
const WAN_2_7 = {
  seconds: upTo(2, 15),
  price: { '720P': 0.1, '1080P': 0.15 },
  bySize: false,
  fields: [...COMMON, 'resolution', 'ratio', 'prompt_extend'],
  promptCharactersMax: 5_000,
};
const BY_SIZE = {
  bySize: true,
  fields: [...COMMON, 'size', 'prompt_extend', 'shot_type'],
  promptCharactersMax: 1_500,
};
export const WAN_MODELS: Readonly<Record<string, Model>> = {
  'wan3.0-video': { ...WAN_3, price: { '480P': 0.05, '720P': 0.1, '1080P': 0.2 } },
  'wan3.0-video-prime': { ...WAN_3, price: { '480P': 0.068, '720P': 0.14, '1080P': 0.28 } },
  'wan2.7-t2v': WAN_2_7,
  'wan2.7-t2v-2026-06-12': WAN_2_7,
  'wan2.6-t2v': { ...BY_SIZE, seconds: upTo(2, 15), price: { '720P': 0.1, '1080P': 0.15 } },
  'wan2.5-t2v-preview': { ...BY_SIZE, seconds: [5, 10], price: { '480P': 0.05, '720P': 0.1, '1080P': 0.15 } },
};

/** Reads an order; the answer is a sentence where something in it is wrong. */
export function readWanOrder(body: Record<string, unknown>, name: string): Ordered | string {
  const model = WAN_MODELS[name];
  const input = asObject(body['input']);
  const parameters = asObject(body['parameters'] ?? {});
  if (model === undefined || input === null || parameters === null) return 'Field required: input';
  const wrong = wrongInput(input, model) ?? wrongParameter(parameters, model);
  if (wrong !== null) return wrong;
  const size = sizeOf(parameters, model);
  if (typeof size === 'string') return size;
  const seconds = Number(parameters['duration'] ?? 5);
  const costUsd = Math.round((model.price[size.tier] ?? 0) * seconds * 1e4) / 1e4;
  const [width, height] = size.pixels;
  return { provider: 'wan', model: name, width, height, seconds, costUsd, prompt: asText(input['prompt']) };
}

function wrongInput(input: Record<string, unknown>, model: Model): string | null {
  const prompt = asText(input['prompt']);
  if (prompt === '') return 'Field required: input.prompt';
  if (prompt.length > model.promptCharactersMax) return 'prompt is too long';
  return asText(input['negative_prompt']).length > NEGATIVE_CHARACTERS_MAX
    ? 'negative_prompt is too long'
    : null;
}

function wrongParameter(parameters: Record<string, unknown>, model: Model): string | null {
  const strange = Object.keys(parameters).filter((name) => !model.fields.includes(name));
  if (strange.length > 0) return `unexpected parameters: ${strange.join(', ')}`;
  const { duration = 5, seed = 0, audio = true, prompt_extend: extend = true } = parameters;
  if (typeof duration !== 'number' || !model.seconds.includes(duration))
    return `duration ${String(duration)} is not supported`;
  if (!Number.isInteger(seed) || Number(seed) < 0 || Number(seed) > SEED_MAX) return 'seed is out of range';
  return typeof audio === 'boolean' && typeof extend === 'boolean'
    ? null
    : 'audio and prompt_extend are booleans';
}

function sizeOf(
  parameters: Record<string, unknown>,
  model: Model,
): { tier: string; pixels: readonly [number, number] } | string {
  const { size = '1920*1080', resolution = '1080P', ratio = '16:9' } = parameters;
  const tier = model.bySize ? PIXELS[asText(size)] : asText(resolution);
  if (tier === undefined || model.price[tier] === undefined) return 'The size is not match';
  if (model.bySize) {
    const [width = 0, height = 0] = asText(size).split('*').map(Number);
    return { tier, pixels: [width, height] };
  }
  const pixels = TIERS[tier]?.[ratio === 'adaptive' ? '16:9' : asText(ratio)];
  return pixels === undefined ? 'ratio is not supported' : { tier, pixels };
}

function upTo(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

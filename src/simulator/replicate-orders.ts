/** What Replicate's models take: their own rules where they are known, common sense for the rest. */

import { asText } from './answers.ts';
import type { Ordered } from './types.ts';

export interface InvalidField {
  type: string;
  field: string;
  description: string;
}

interface Rules {
  seconds: readonly number[];
  /** Dollars per second of video, without sound, by resolution; one resolution stands for a model without the field. */
  price: Readonly<Record<string, number>>;
  fields: readonly string[];
  aspects?: readonly string[];
  soundFactor?: number;
}

const BASIC = ['prompt', 'duration', 'aspect_ratio', 'image', 'seed'];
const RAY = {
  seconds: [5, 9],
  fields: ['prompt', 'duration', 'aspect_ratio', 'start_image', 'end_image', 'loop'],
};
const VEO = {
  seconds: [4, 6, 8],
  fields: [...BASIC, 'resolution', 'last_frame', 'negative_prompt', 'generate_audio', 'reference_images'],
  aspects: ['16:9', '9:16'],
};

// As public clients of 2026 use and price these models; that Replicate refuses other fields is seen in its 422s.
const RULES: Readonly<Record<string, Rules>> = {
  'prunaai/p-video': {
    seconds: upTo(1, 20),
    price: { '720p': 0.02, '1080p': 0.04 },
    fields: [
      ...BASIC,
      'resolution',
      'fps',
      'draft',
      'prompt_upsampling',
      'save_audio',
      'audio',
      'last_frame_image',
    ],
  },
  'bytedance/seedance-1-lite': {
    seconds: upTo(2, 12),
    price: { '480p': 0.018, '720p': 0.036, '1080p': 0.072 },
    fields: [...BASIC, 'resolution', 'fps', 'camera_fixed', 'last_frame_image', 'reference_images'],
  },
  'xai/grok-imagine-video': {
    seconds: upTo(1, 15),
    price: { '480p': 0.05, '720p': 0.05 },
    fields: ['prompt', 'duration', 'aspect_ratio', 'resolution', 'image', 'video'],
  },
  'luma/ray-flash-2-720p': { ...RAY, price: { '720p': 0.06 } },
  'luma/ray-2-720p': { ...RAY, price: { '720p': 0.18 } },
  'wan-video/wan-2.5-t2v-fast': {
    seconds: [5, 10],
    price: { '720p': 0.068 },
    fields: ['prompt', 'duration', 'size', 'negative_prompt', 'seed', 'enable_prompt_expansion', 'audio'],
  },
  'google/veo-3.1-fast': { ...VEO, price: { '720p': 0.1, '1080p': 0.1 }, soundFactor: 1.5 },
  'google/veo-3.1': { ...VEO, price: { '720p': 0.2, '1080p': 0.2 }, soundFactor: 2 },
  'runwayml/gen-4.5': { seconds: [5, 10], price: { '720p': 0.12 }, fields: BASIC },
};
const SHORT_SIDES: Readonly<Record<string, number>> = { '480p': 480, '720p': 720, '1080p': 1080 };
const ASPECTS = ['16:9', '9:16', '4:3', '3:4', '3:2', '2:3', '1:1', '21:9', '9:21'];
const SECONDS_ELSEWHERE_MAX = 60;
const PRICE_ELSEWHERE_USD = 0.05;

/** Reads an order; the answer is a list of wrong fields where it cannot be taken. */
export function readReplicateOrder(
  model: string,
  body: Record<string, unknown>,
  input: Record<string, unknown> | null,
): Ordered | InvalidField[] {
  const strange = Object.keys(body).filter((key) => !['input', 'version', 'webhook', 'stream'].includes(key));
  if (strange.length > 0)
    return [wrong('additional_property_not_allowed', '', `Additional property ${strange[0]} is not allowed`)];
  if (input === null) return [wrong('required', '', 'input is required')];
  const rules = Object.hasOwn(RULES, model) ? RULES[model] : undefined;
  const faults = faultsOf(input, rules);
  if (faults.length > 0) return faults;
  const seconds = Number(input['duration'] ?? rules?.seconds[0] ?? 5);
  const resolution = asText(input['resolution']) || (Object.keys(rules?.price ?? {})[0] ?? '720p');
  const [width, height] = pixelsOf(input, resolution);
  return {
    provider: 'replicate',
    model,
    width,
    height,
    seconds,
    costUsd: Math.round(priceOf(input, rules, resolution) * seconds * 1e6) / 1e6,
    prompt: asText(input['prompt']),
  };
}

function faultsOf(input: Record<string, unknown>, rules: Rules | undefined): InvalidField[] {
  const oneOf = (field: string, known: readonly unknown[], isGiven = input[field] !== undefined) =>
    isGiven && !known.includes(input[field])
      ? [wrong('enum', `input.${field}`, `${field} must be one of the following: ${JSON.stringify(known)}`)]
      : [];
  const seconds = input['duration'];
  const tooLong = typeof seconds === 'number' && (seconds < 1 || seconds > SECONDS_ELSEWHERE_MAX);
  const required = asText(input['prompt']) === '' ? [wrong('required', 'input', 'prompt is required')] : [];
  if (rules === undefined)
    return tooLong
      ? [...required, wrong('number_lte', 'input.duration', 'Must be less than or equal to 60')]
      : required;
  const strange = Object.keys(input).filter((key) => !rules.fields.includes(key));
  return [
    ...required,
    ...strange.map((key) =>
      wrong('additional_property_not_allowed', 'input', `Additional property ${key} is not allowed`),
    ),
    ...oneOf('duration', rules.seconds),
    ...oneOf('resolution', Object.keys(rules.price)),
    ...oneOf('aspect_ratio', rules.aspects ?? ASPECTS),
    ...oneOf('fps', [24, 48]),
    ...oneOf('size', ['1280*720', '720*1280']),
    ...oneOf('draft', [true, false]),
    ...oneOf('generate_audio', [true, false]),
  ];
}

function priceOf(input: Record<string, unknown>, rules: Rules | undefined, resolution: string): number {
  const plain = rules?.price[resolution] ?? PRICE_ELSEWHERE_USD;
  const draftFactor = input['draft'] === true ? 0.25 : 1;
  return plain * draftFactor * (input['generate_audio'] === true ? (rules?.soundFactor ?? 1) : 1);
}

function pixelsOf(input: Record<string, unknown>, resolution: string): [width: number, height: number] {
  const size = /^(\d{2,4})\*(\d{2,4})$/.exec(asText(input['size']));
  if (size !== null) return [Number(size[1]), Number(size[2])];
  const shortSide = SHORT_SIDES[resolution] ?? 720;
  const [across = 16, down = 9] = (asText(input['aspect_ratio']) || '16:9').split(':').map(Number);
  const longSide = Math.round((shortSide * Math.max(across, down)) / Math.min(across, down) / 2) * 2;
  return across >= down ? [longSide, shortSide] : [shortSide, longSide];
}

function wrong(type: string, field: string, description: string): InvalidField {
  return { type, field, description };
}

function upTo(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

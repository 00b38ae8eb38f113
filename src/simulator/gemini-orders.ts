/** What the simulated Gemini API knows of models, and how it reads an order for Gemini Omni. */

import { asObject, asText } from './answers.ts';
import { SIZES } from './google.ts';
import type { Ordered } from './types.ts';

const PROMPT_CHARACTERS_MAX = 32_000;
const CREATE = ['model', 'input', 'background', 'response_format', 'response_modalities', 'store', 'stream'];
const FORMAT = ['type', 'aspect_ratio', 'duration', 'resolution', 'delivery'];

interface Omni {
  secondsMax: number;
  price: Readonly<Record<string, number>>;
  isGone: boolean;
}
// Prices as resellers give them, 2026-11; the preview ended on 2026-09-30.
export const OMNI: Readonly<Record<string, Omni>> = {
  'gemini-omni-1.1-flash': {
    secondsMax: 10,
    price: { '360p': 0.03, '720p': 0.1, '1080p': 0.15, '4k': 0.3 },
    isGone: false,
  },
  'gemini-omni-1.2-flash': {
    secondsMax: 15,
    price: { '360p': 0.023, '720p': 0.07, '1080p': 0.105, '4k': 0.21 },
    isGone: false,
  },
  'gemini-omni-flash-preview': { secondsMax: 10, price: { '720p': 0.1 }, isGone: true },
};
// Ended on 2026-10-22 and 2026-06-30.
export const VEO: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'veo-3.1-generate-preview': { '720p': 0.4, '1080p': 0.4, '4k': 0.6 },
  'veo-3.1-fast-generate-preview': { '720p': 0.1, '1080p': 0.12, '4k': 0.3 },
  'veo-3.1-lite-generate-preview': { '720p': 0.05, '1080p': 0.08 },
  'veo-3.0-generate-001': { '720p': 0.4, '1080p': 0.4 },
  'veo-3.0-fast-generate-001': { '720p': 0.15, '1080p': 0.15 },
};
export const PARAMETERS = [
  'sampleCount',
  'durationSeconds',
  'aspectRatio',
  'resolution',
  'negativePrompt',
  'personGeneration',
];

/** Whether a model ended before 2026-11. */
export function isPast(model: string): boolean {
  return Object.hasOwn(VEO, model) || OMNI[model]?.isGone === true;
}

/** Reads an order; the answer is a sentence where something in it is wrong. */
export function readOmni(body: Record<string, unknown>, model: string): Ordered | string {
  const formats: unknown[] = [body['response_format']].flat();
  const format = formats.length === 1 ? asObject(formats[0]) : null;
  if (format === null || format['type'] !== 'video') return 'response_format must ask for a video.';
  const strange =
    Object.keys(body).find((name) => !CREATE.includes(name)) ??
    Object.keys(format).find((name) => !FORMAT.includes(name));
  if (strange !== undefined) return `Unknown parameter: '${strange}'.`;
  const modalities: unknown[] = [body['response_modalities'] ?? 'video'].flat();
  // The word in capitals is refused (github.com/misty-step/harness-kit/pull/134, 2026-07-01).
  if (!modalities.includes('video')) return 'response_modalities must name "video".';
  const prompt = textOf(body['input']);
  if (prompt === '' || prompt.length > PROMPT_CHARACTERS_MAX) return 'input must be a text.';
  const rules = OMNI[model];
  const seconds = Number(/^(\d+)s$/.exec(asText(format['duration'] ?? '10s'))?.[1]);
  if (!(seconds >= 3 && seconds <= (rules?.secondsMax ?? 0)))
    return `duration must be between 3s and ${rules?.secondsMax}s.`;
  const resolution = asText(format['resolution'] ?? '720p');
  const perSecond = rules?.price[resolution];
  const size = SIZES[resolution]?.[asText(format['aspect_ratio'] ?? '16:9')];
  if (perSecond === undefined || size === undefined) return 'resolution or aspect_ratio is not supported.';
  if (!['inline', 'uri'].includes(asText(format['delivery'] ?? 'inline')))
    return 'delivery must be inline or uri.';
  const [width, height] = size;
  return { provider: 'gemini', model, width, height, seconds, costUsd: perSecond * seconds, prompt };
}

/** The text of an input: a text, contents, or the steps of a user with contents (@google/genai 3.1.0 InteractionsInput). */
function textOf(input: unknown): string {
  if (typeof input === 'string') return input;
  const parts: unknown[] = [input].flat();
  const contents = parts.flatMap((part) => {
    const step = asObject(part);
    return step?.['type'] === 'user_input' ? [step['content']].flat() : [part];
  });
  const texts = contents.map(asObject).filter((content) => content?.['type'] === 'text');
  return texts.map((content) => asText(content?.['text'])).join('\n');
}

/** What Runway's models take: lengths, ratios, fields and credits. */

import { asText } from './answers.ts';
import type { Ordered } from './types.ts';

export interface RunwayIssue {
  code: string;
  path: string[];
  message: string;
}

interface Model {
  /** Every length it takes, in seconds. */
  seconds: readonly number[];
  /** `1280:720`, or words such as `16:9` where the size stands in `resolution`. */
  ratios: readonly string[];
  /** Shorter sides by the words of `resolution`; empty where there is no such field. */
  resolutions: Readonly<Record<string, number>>;
  /** Credits per second by the picture's shorter side, ascending: the last that fits counts. */
  credits: readonly (readonly [shortSideMin: number, perSecond: number])[];
  optional: readonly string[];
  promptUnitsMax: number;
  /** How many times dearer sound makes it; sound is on unless it is turned off. */
  soundFactor: number;
}

const RATIOS_720 = ['1280:720', '720:1280'];
const RATIOS_1080 = [...RATIOS_720, '1920:1080', '1080:1920'];
const SQUARES = ['960:960', '1440:1440'];
const RATIOS_WAN = ['832:480', '480:832', '624:624', ...SQUARES, ...RATIOS_1080];
const RATIOS_SEEDANCE = ['854:480', '480:854', '640:640', ...SQUARES, ...RATIOS_1080];
const WORDS = ['16:9', '9:16', '1:1', '4:3', '3:4'];
const PLAIN = { resolutions: {}, optional: [], soundFactor: 1 };
const VEO = {
  ...PLAIN,
  optional: ['seed', 'negativePrompt', 'audio'],
  ratios: RATIOS_1080,
  seconds: [4, 6, 8],
};

// Lengths, ratios and fields: types of @runwayml/sdk 4.20.1 and the OpenAPI; credits: pricing page; read 2026-11-21.
// Where those give no upper end (wan3, grok_imagine_1_5), or no prompt limit, it is a guess on the generous side.
export const RUNWAY_MODELS: Readonly<Record<string, Model>> = {
  'gen4.5': {
    ...PLAIN,
    seconds: upTo(2, 10),
    ratios: RATIOS_720,
    credits: [[0, 12]],
    optional: ['seed'],
    promptUnitsMax: 1000,
  },
  'veo3.1': { ...VEO, credits: [[0, 20]], promptUnitsMax: 1000, soundFactor: 2 },
  'veo3.1_fast': { ...VEO, credits: [[0, 10]], promptUnitsMax: 1000, soundFactor: 1.5 },
  wan3: {
    ...PLAIN,
    seconds: upTo(2, 15),
    ratios: RATIOS_WAN,
    credits: [
      [0, 5],
      [720, 10],
      [1080, 20],
    ],
    optional: ['audio'],
    promptUnitsMax: 5000,
  },
  seedance2_5: {
    ...PLAIN,
    seconds: upTo(4, 30),
    ratios: RATIOS_SEEDANCE,
    credits: [
      [0, 20],
      [720, 30],
      [1080, 68],
    ],
    optional: ['seed', 'audio'],
    promptUnitsMax: 15_000,
  },
  grok_imagine_1_5: {
    ...PLAIN,
    seconds: upTo(1, 15),
    ratios: WORDS,
    resolutions: { '480p': 480, '720p': 720, '1080p': 1080 },
    credits: [
      [0, 10],
      [720, 16],
      [1080, 29],
    ],
    promptUnitsMax: 4000,
  },
  hailuo3: {
    ...PLAIN,
    seconds: upTo(5, 15),
    ratios: ['adaptive', ...WORDS],
    resolutions: { '768p': 768, '2k': 1440 },
    credits: [
      [0, 10],
      [1440, 15],
    ],
    promptUnitsMax: 6000,
  },
  gemini_omni_flash: {
    ...PLAIN,
    seconds: upTo(3, 10),
    ratios: RATIOS_720,
    credits: [[0, 10]],
    promptUnitsMax: 4000,
  },
  happyhorse_1_0: {
    ...PLAIN,
    seconds: upTo(3, 15),
    ratios: [...SQUARES, ...RATIOS_1080],
    credits: [
      [0, 15],
      [1080, 30],
    ],
    promptUnitsMax: 2500,
  },
};

/** Reads the body of an order; `issues` lists what is wrong, as the real one does with status 400. */
export function readRunwayOrder(
  body: Record<string, unknown>,
  isGone: boolean,
): Ordered | { issues: RunwayIssue[] } {
  const name = asText(body['model']);
  const model = Object.hasOwn(RUNWAY_MODELS, name) && !isGone ? RUNWAY_MODELS[name] : undefined;
  if (model === undefined)
    return { issues: [issue('model', `Expected ${Object.keys(RUNWAY_MODELS).join(' | ')}`)] };
  const issues = [...issuesIn(body, model)];
  if (issues.length > 0) return { issues };
  const seconds = Number(body['duration']);
  const [width, height] = sizeOf(asText(body['ratio']), model.resolutions[asText(body['resolution'])]);
  const perSecond = model.credits.findLast(([min]) => Math.min(width, height) >= min)?.[1] ?? 0;
  const dearer = model.optional.includes('audio') && body['audio'] !== false ? model.soundFactor : 1;
  const credits = Math.round(perSecond * dearer * seconds);
  return {
    provider: 'runway',
    model: name,
    width,
    height,
    seconds,
    costUsd: credits / 100,
    prompt: asText(body['promptText']),
  };
}

function* issuesIn(body: Record<string, unknown>, model: Model): Generator<RunwayIssue> {
  const prompt = asText(body['promptText']);
  if (prompt === '' || prompt.length > model.promptUnitsMax)
    yield issue('promptText', `String must contain 1 to ${model.promptUnitsMax} characters`);
  if (!model.ratios.includes(asText(body['ratio'])))
    yield issue('ratio', `Expected ${model.ratios.join(' | ')}`);
  if (!model.seconds.includes(body['duration'] as number))
    yield issue('duration', 'Invalid duration for this model');
  const words = Object.keys(model.resolutions);
  if (words.length > 0 && !words.includes(asText(body['resolution'])))
    yield issue('resolution', `Expected ${words.join(' | ')}`);
  const seed = body['seed'];
  if (seed !== undefined && !(Number.isInteger(seed) && Number(seed) >= 0 && Number(seed) <= 4294967295))
    yield issue('seed', 'Expected an integer from 0 to 4294967295');
  const fields = ['model', 'promptText', 'ratio', 'duration', ...model.optional];
  if (words.length > 0) fields.push('resolution');
  for (const field of Object.keys(body))
    if (!fields.includes(field))
      yield { code: 'unrecognized_keys', path: [field], message: 'Unrecognized key' };
}

function sizeOf(ratio: string, side: number | undefined): [width: number, height: number] {
  const [across = 16, down = 9] = ratio === 'adaptive' ? [16, 9] : ratio.split(':').map(Number);
  if (side === undefined) return [across, down];
  const long = Math.round((side * Math.max(across, down)) / Math.min(across, down) / 2) * 2;
  return across >= down ? [long, side] : [side, long];
}

function issue(field: string, message: string): RunwayIssue {
  return { code: 'invalid_value', path: [field], message };
}

function upTo(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

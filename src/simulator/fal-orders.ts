/** What fal's endpoints take: their own rules where they are known, common sense where they are not. */

import { asText } from './answers.ts';
import type { Ordered } from './types.ts';

export interface FalIssue {
  loc: string[];
  msg: string;
  type: string;
  input: unknown;
}

interface Rules {
  seconds: readonly (string | number)[];
  resolutions: Readonly<Record<string, number>>;
  aspects: readonly string[];
  /** Dollars for the whole clip, or per second. */
  price: (resolution: string, seconds: number) => number;
}

// Pika 2.2: lengths, sizes and prices as on fal's model page, September 2026; 10 s taken as twice 5 s.
const PIKA: Rules = {
  seconds: ['5', '10', 5, 10],
  resolutions: { '720p': 720, '1080p': 1080 },
  aspects: ['16:9', '9:16', '1:1', '4:5', '5:4', '3:2', '2:3'],
  price: (resolution, seconds) => ((resolution === '1080p' ? 0.45 : 0.2) * seconds) / 5,
};

const RULES: Readonly<Record<string, Rules>> = {
  'fal-ai/pika/v2.2/text-to-video': PIKA,
  'fal-ai/pika/v2.1/text-to-video': PIKA,
};

// Dollars per second by resolution, from fal's model pages, September 2026.
const PER_SECOND: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'alibaba/wan-3.0-prime/text-to-video': { '480p': 0.068, '720p': 0.14, '1080p': 0.28 },
  'xai/grok-imagine-video/v1.5/text-to-video': { '480p': 0.08, '720p': 0.14, '1080p': 0.25 },
  'fal-ai/veo3.1/fast': { '720p': 0.1, '1080p': 0.1 },
  'fal-ai/veo3.1': { '720p': 0.2, '1080p': 0.2 },
  'fal-ai/kling-video/v3/pro/text-to-video': { '1080p': 0.112 },
  'fal-ai/kling-video/v2.5-turbo/pro/text-to-video': { '1080p': 0.07 },
  'fal-ai/ltx-2.3/text-to-video/fast': { '1080p': 0.04 },
  'fal-ai/ltx-2.3/text-to-video': { '1080p': 0.06 },
  'fal-ai/hunyuan-video-v1.5/text-to-video': { '480p': 0.075 },
};
const PER_SECOND_ELSEWHERE = 0.1;

const SHORT_SIDE: Readonly<Record<string, number>> = {
  '360p': 360,
  '480p': 480,
  '580p': 580,
  '720p': 720,
  '768p': 768,
  '1080p': 1080,
};
const SECONDS_MAX = 60;
const PROMPT_CHARACTERS_MAX = 10_000;

/** Reads the body of an order; `detail` lists what is wrong with it, as the real one does with status 422. */
export function readFalOrder(model: string, body: Record<string, unknown>): Ordered | { detail: FalIssue[] } {
  const rules = RULES[model];
  const detail: FalIssue[] = [];
  const complain = (field: string, msg: string, type: string) =>
    detail.push({ loc: ['body', field], msg, type, input: body[field] ?? null });
  const prompt = asText(body['prompt']);
  if (body['prompt'] === undefined) complain('prompt', 'Field required', 'missing');
  else if (prompt === '' || prompt.length > PROMPT_CHARACTERS_MAX)
    complain('prompt', `String should have 1 to ${PROMPT_CHARACTERS_MAX} characters`, 'string_length');
  const sides = rules?.resolutions ?? SHORT_SIDE;
  const resolution = asText(body['resolution'] ?? (/\/pro\//.test(model) ? '1080p' : '720p')).toLowerCase();
  const side = Object.hasOwn(sides, resolution) ? sides[resolution] : undefined;
  if (side === undefined)
    complain('resolution', `Input should be ${Object.keys(sides).join(', ')}`, 'literal_error');
  const aspect = asText(body['aspect_ratio'] ?? '16:9');
  const ratio = /^(\d{1,2}):(\d{1,2})$/.exec(aspect);
  if (ratio === null || (rules !== undefined && !rules.aspects.includes(aspect)))
    complain('aspect_ratio', 'Input should be 16:9, 9:16, 1:1, …', 'literal_error');
  const duration: unknown = body['duration'] ?? 5;
  const seconds = Number(asText(duration).replace(/s$/, '') || duration);
  const isKnown = rules === undefined || rules.seconds.includes(duration as string | number);
  if (!(seconds > 0 && seconds <= SECONDS_MAX) || !isKnown)
    complain('duration', 'Input should be 5 or 10', 'literal_error');
  const seed = body['seed'];
  if (seed !== undefined && !Number.isInteger(seed))
    complain('seed', 'Input should be a valid integer', 'int_type');
  if (detail.length > 0 || side === undefined || ratio === null) return { detail };
  const [width, height] = sizeOf(side, Number(ratio[1]), Number(ratio[2]));
  const costUsd =
    rules?.price(resolution, seconds) ?? seconds * (PER_SECOND[model]?.[resolution] ?? PER_SECOND_ELSEWHERE);
  return { provider: 'fal', model, width, height, seconds, costUsd: Math.round(costUsd * 1e4) / 1e4, prompt };
}

/** 480p at 16:9 is 832x480, as the models behind it make it; otherwise the shorter side is exact and the longer even. */
function sizeOf(side: number, across: number, down: number): [width: number, height: number] {
  const long =
    side === 480 && Math.max(across, down) === 16
      ? 832
      : even((side * Math.max(across, down)) / Math.min(across, down));
  return across >= down ? [long, side] : [side, long];
}

function even(length: number): number {
  return Math.round(length / 2) * 2;
}

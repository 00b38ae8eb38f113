/** fal's endpoints: each has fields of its own, so each row holds them as a template. */

import { catalogue, range, type Models } from './define.ts';
import type { Template } from './template.ts';

const checkedOn = '2026-11-21';
const typed = catalogue({ source: '@fal-ai/client 1.10.1 types; prices by fal.ai, 2026-09', checkedOn });
/** No vendor page was readable for these: the fields are those that several public clients agree on. */
const quoted = catalogue({ source: 'fal.ai model pages as public clients quote them, 2026-09', checkedOn });

/** Lengths of prompts are unverified except for Grok; no canary comes near them. */
const PROMPT_CHARACTERS_MAX = 2_000;
const BOTH = { '16:9': [1920, 1080], '9:16': [1080, 1920] } as const;

type Input = Readonly<Record<string, Template>>;

/** Fields that endpoints share, in the order of most of them. What has no value is left out. */
function input(duration: Template, more: Input = {}): Input {
  return {
    prompt: '{prompt}',
    aspect_ratio: '{aspect}',
    resolution: '{resolution}',
    duration,
    ...more,
    negative_prompt: '{negativePrompt}',
    seed: '{seed}',
  };
}

/** The fields of an endpoint that the configuration names without saying which it takes. */
export const USUAL_INPUT: Input = input('{seconds}');

const VEO = {
  seconds: [4, 6, 8],
  promptCharactersMax: PROMPT_CHARACTERS_MAX,
  seed: true,
  negativePrompt: true,
  audio: true,
  input: input('{seconds}s', { generate_audio: '{audio}' }),
};
const KLING: Input = {
  prompt: '{prompt}',
  aspect_ratio: '{aspect}',
  duration: '{seconds:text}',
  negative_prompt: '{negativePrompt}',
};
const LTX = {
  seconds: [6, 8, 10],
  promptCharactersMax: PROMPT_CHARACTERS_MAX,
  audio: true,
  input: input('{seconds:text}', { generate_audio: '{audio}' }),
};

/** No field for the size: that a `pro` endpoint makes 1080p is unverified. */
const KLING_PRO = { '1080p': { ...BOTH, '1:1': [1440, 1440] } } as const;

/** Other endpoints are described in the configuration. */
export const MODELS: Models = {
  'fal-ai/pika/v2.2/text-to-video': typed(
    {
      seconds: [5, 10],
      promptCharactersMax: PROMPT_CHARACTERS_MAX,
      seed: true,
      negativePrompt: true,
      input: input('{seconds:text}'),
    },
    // Per clip. That ten seconds cost twice as much as five is unverified.
    { '720p/5': 0.2, '720p/10': 0.4, '1080p/5': 0.45, '1080p/10': 0.9 },
  ),
  'fal-ai/veo3.1/fast': typed(VEO, { '720p': 0.1, '720p+audio': 0.15, '1080p': 0.1, '1080p+audio': 0.15 }),
  'fal-ai/veo3.1': typed(VEO, { '720p': 0.2, '720p+audio': 0.4, '1080p': 0.2, '1080p+audio': 0.4 }),
  'xai/grok-imagine-video/v1.5/text-to-video': quoted(
    { seconds: range(1, 15), promptCharactersMax: 4_096, input: USUAL_INPUT },
    { '480p': 0.08, '720p': 0.14, '1080p': 0.25 },
  ),
  'alibaba/wan-3.0-prime/text-to-video': quoted(
    {
      seconds: range(2, 30),
      promptCharactersMax: PROMPT_CHARACTERS_MAX,
      audio: true,
      input: input('{seconds}', { audio: '{audio}' }),
    },
    { '480p': 0.068, '720p': 0.14, '1080p': 0.28 },
  ),
  'fal-ai/kling-video/v3/pro/text-to-video': typed(
    {
      seconds: range(3, 15),
      promptCharactersMax: PROMPT_CHARACTERS_MAX,
      negativePrompt: true,
      audio: true,
      input: { ...KLING, generate_audio: '{audio}' },
    },
    { '1080p': 0.112, '1080p+audio': 0.168 },
    KLING_PRO,
  ),
  'fal-ai/kling-video/v2.5-turbo/pro/text-to-video': typed(
    { seconds: [5, 10], promptCharactersMax: PROMPT_CHARACTERS_MAX, negativePrompt: true, input: KLING },
    { '1080p': 0.07 },
    KLING_PRO,
  ),
  // That sound costs nothing on LTX is unverified.
  'fal-ai/ltx-2.3/text-to-video/fast': typed(LTX, { '1080p': 0.04 }),
  'fal-ai/ltx-2.3/text-to-video': typed(LTX, { '1080p': 0.06 }),
  // Its length is a number of frames: 121 are its default, five seconds if it makes 24 in each (unverified).
  'fal-ai/hunyuan-video-v1.5/text-to-video': typed(
    {
      seconds: [5],
      promptCharactersMax: PROMPT_CHARACTERS_MAX,
      seed: true,
      negativePrompt: true,
      input: {
        prompt: '{prompt}',
        aspect_ratio: '{aspect}',
        resolution: '{resolution}',
        num_frames: 121,
        negative_prompt: '{negativePrompt}',
        seed: '{seed}',
      },
    },
    { '480p': 0.075 },
  ),
};

/** Video models that Replicate runs, with the input that each takes. */

import { catalogue, range, type Models } from './define.ts';
import type { Template } from './template.ts';

const model = catalogue({
  source: 'replicate.com model pages as public clients quote them, 2026; lengths of prompts unverified',
  checkedOn: '2026-11-21',
});

/** What all of these take. */
const INPUT = {
  prompt: '{prompt}',
  duration: '{seconds}',
  aspect_ratio: '{aspect}',
} as const satisfies Template;
const SIZED = { ...INPUT, resolution: '{resolution}' } as const satisfies Template;
const SEEDED = { ...SIZED, seed: '{seed}' } as const satisfies Template;
const VEO = {
  seconds: [4, 6, 8],
  promptCharactersMax: 2_000,
  seed: true,
  negativePrompt: true,
  audio: true,
  input: { ...SEEDED, negative_prompt: '{negativePrompt}', generate_audio: '{audio}' },
};
const PLAIN = { promptCharactersMax: 2_000 };
const RAY = { ...PLAIN, seconds: [5, 9], input: INPUT };

/**
 * Dollars per second. Models whose price, pixels or input no source settles are left out: they can be described in the
 * configuration, and so can those of the community, as `owner/name:version`.
 */
export const REPLICATE_MODELS: Models = {
  // Its draft mode, at a quarter of the price: it shows that Replicate makes videos, not what the full mode looks like.
  'prunaai/p-video': model(
    {
      ...PLAIN,
      seconds: range(1, 10),
      seed: true,
      input: { ...SEEDED, fps: 24, draft: true, prompt_upsampling: false },
    },
    { '720p': 0.005, '1080p': 0.01 },
  ),
  // Every prediction fails with E004 since 2026-05 (github.com/pollinations/pollinations/pull/11073); the day is that on
  // which the model's maker ended it, by a public tracker of the vendor's pages.
  'bytedance/seedance-1-lite': model(
    {
      ...PLAIN,
      seconds: range(2, 12),
      seed: true,
      input: { ...SEEDED, fps: 24, camera_fixed: true },
      endsOn: '2026-05-13',
      replacement: 'bytedance/seedance-1-pro-fast',
    },
    { '480p': 0.018, '720p': 0.036, '1080p': 0.072 },
  ),
  'xai/grok-imagine-video': model(
    { ...PLAIN, seconds: range(1, 15), input: SIZED },
    { '480p': 0.05, '720p': 0.05 },
  ),
  'luma/ray-flash-2-720p': model(RAY, { '720p': 0.06 }),
  'luma/ray-2-720p': model(RAY, { '720p': 0.18 }),
  'wan-video/wan-2.5-t2v-fast': model(
    {
      ...PLAIN,
      seconds: [5, 10],
      seed: true,
      negativePrompt: true,
      input: {
        prompt: '{prompt}',
        duration: '{seconds}',
        size: '{width}*{height}',
        negative_prompt: '{negativePrompt}',
        seed: '{seed}',
        enable_prompt_expansion: false,
      },
    },
    { '720p': 0.068 },
  ),
  'google/veo-3.1-fast': model(VEO, {
    '720p': 0.1,
    '720p+audio': 0.15,
    '1080p': 0.1,
    '1080p+audio': 0.15,
  }),
  'google/veo-3.1': model(VEO, { '720p': 0.2, '720p+audio': 0.4, '1080p': 0.2, '1080p+audio': 0.4 }),
  'runwayml/gen-4.5': model(
    { ...PLAIN, promptCharactersMax: 1_000, seconds: [5, 10], input: INPUT },
    { '720p': 0.12 },
  ),
};

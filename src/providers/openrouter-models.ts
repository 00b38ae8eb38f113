/** Video models that OpenRouter routes, as its own list had them on one day. */

import { catalogue, range, type ModelFacts, type Models } from './define.ts';

const model = catalogue({
  source: 'openrouter.ai/api/v1/videos/models as recorded on 2026-10-09; lengths of prompts unverified',
  checkedOn: '2026-10-09',
});

/** Pixels of a resolution by the list's `supported_sizes`; where it names none, the usual ones without squares. */
const SQUARE: ModelFacts['sizes'] = {
  '480p': { '16:9': [854, 480], '9:16': [480, 854], '1:1': [480, 480] },
  '720p': { '16:9': [1280, 720], '9:16': [720, 1280], '1:1': [720, 720] },
  '1080p': { '16:9': [1920, 1080], '9:16': [1080, 1920], '1:1': [1080, 1080] },
};
const WIDE_SQUARE: ModelFacts['sizes'] = {
  '480p': { '16:9': [854, 480], '9:16': [480, 854], '1:1': [640, 640] },
  '720p': { '16:9': [1280, 720], '9:16': [720, 1280], '1:1': [960, 960] },
};

const PLAIN = { promptCharactersMax: 2_000 };
const GROK = { ...PLAIN, seconds: range(1, 15) };
const HAILUO = { ...PLAIN, seconds: range(5, 15) };
const WAN_3 = { ...PLAIN, seconds: range(2, 30), seed: true, audio: true };
const HORSE = { ...PLAIN, seconds: range(3, 15), seed: true };
const KLING = { ...PLAIN, seconds: range(3, 15), audio: true };
const VEO = { ...PLAIN, seconds: [4, 6, 8], seed: true, audio: true };
const SEEDANCE = { ...PLAIN, seconds: range(4, 15), seed: true, audio: true };

/**
 * Dollars per second, or per million tokens. Models that edit, speak or upscale are no matter of a canary; a
 * resolution without a name that canaries have (2K, 4K) is left out.
 */
export const OPENROUTER_MODELS: Models = {
  'x-ai/grok-imagine-video-1.5-lite': model(GROK, { '480p': 0.02, '720p': 0.03, '1080p': 0.14 }),
  'x-ai/grok-imagine-video': model(GROK, { '480p': 0.05, '720p': 0.07 }, SQUARE),
  'x-ai/grok-imagine-video-1.5': model(GROK, { '480p': 0.08, '720p': 0.14, '1080p': 0.25 }),
  'heygen/heygen-video-1': model({ ...HAILUO, seed: true }, { '480p': 0.02, '768p': 0.03 }),
  'minimax/hailuo-3-max': model(HAILUO, { '480p': 0.05, '768p': 0.08 }),
  'minimax/hailuo-2.3': model(
    { ...PLAIN, seconds: [6, 10] },
    { '1080p': 0.0817 },
    { '1080p': { '16:9': [1920, 1080] } },
  ),
  'alibaba/wan-3.0': model(WAN_3, { '480p': 0.05, '720p': 0.1, '1080p': 0.2 }),
  'alibaba/wan-3.0-prime': model(WAN_3, { '480p': 0.068, '720p': 0.14, '1080p': 0.28 }),
  'alibaba/wan-2.7': model({ ...WAN_3, seconds: range(2, 10) }, { '720p': 0.1, '1080p': 0.1 }, SQUARE),
  'alibaba/wan-2.6': model({ ...WAN_3, seconds: [5, 10] }, { '720p': 0.08, '1080p': 0.12 }),
  'alibaba/happyhorse-1.1': model(HORSE, { '720p': 0.0988, '1080p': 0.1278 }, SQUARE),
  'alibaba/happyhorse-1.0': model(HORSE, { '720p': 0.0988, '1080p': 0.1694 }, SQUARE),
  'bytedance/seedance-1-5-pro': model(
    { ...SEEDANCE, seconds: range(4, 12) },
    {
      '480p/Mtok': 1.2,
      '480p+audio/Mtok': 2.4,
      '720p/Mtok': 1.2,
      '720p+audio/Mtok': 2.4,
      '1080p/Mtok': 1.2,
      '1080p+audio/Mtok': 2.4,
    },
    SQUARE,
  ),
  'bytedance/seedance-2.0-mini': model(SEEDANCE, { '480p/Mtok': 3.5, '720p/Mtok': 3.5 }, SQUARE),
  'bytedance/seedance-2.0-fast': model(SEEDANCE, { '480p/Mtok': 4.2, '720p/Mtok': 4.2 }, SQUARE),
  'bytedance/seedance-2.0': model(SEEDANCE, { '480p/Mtok': 7, '720p/Mtok': 7, '1080p/Mtok': 7.7 }, SQUARE),
  'bytedance/seedance-2.5': model(
    { ...SEEDANCE, seconds: range(4, 30) },
    { '480p/Mtok': 10.7, '720p/Mtok': 10.7 },
    WIDE_SQUARE,
  ),
  'google/veo-3.1-lite': model(VEO, {
    '720p': 0.03,
    '720p+audio': 0.05,
    '1080p': 0.05,
    '1080p+audio': 0.08,
  }),
  'google/veo-3.1-fast': model(VEO, { '720p': 0.08, '720p+audio': 0.1, '1080p': 0.1, '1080p+audio': 0.12 }),
  'google/veo-3.1': model(VEO, { '720p': 0.2, '720p+audio': 0.4, '1080p': 0.2, '1080p+audio': 0.4 }),
  'kwaivgi/kling-v3.0-std': model(KLING, { '720p': 0.084, '720p+audio': 0.126 }, SQUARE),
  'kwaivgi/kling-v3.0-pro': model(KLING, { '720p': 0.112, '720p+audio': 0.168 }, SQUARE),
  'kwaivgi/kling-video-o1': model({ ...KLING, seconds: [5, 10] }, { '720p': 0.112 }, SQUARE),
  'runway/gen-4.5': model(
    { ...PLAIN, promptCharactersMax: 1_000, seconds: range(2, 10), seed: true },
    { '720p': 0.12 },
  ),
  'black-forest-labs/flux-3-video': model(
    { ...PLAIN, seconds: range(5, 20), audio: true },
    { '720p': 0.17, '1080p': 0.29 },
  ),
};

/** Text-to-video models that Vercel AI Gateway routes, as its own list had them on one day. */

import { catalogue, range, type ModelFacts, type Models } from './define.ts';

const model = catalogue({
  source:
    'ai-gateway.vercel.sh/v1/models as a public repository recorded it on 2026-10-07; lengths as another read them there on 2026-09-02; lengths of prompts unverified',
  checkedOn: '2026-10-07',
});

type Sizes = ModelFacts['sizes'];

/** The gateway takes pixels, and the maker's client behind it looks them up: each maker has its own for 480p. */
const WIDE: Sizes = {
  '480p': { '16:9': [832, 480], '9:16': [480, 832] },
  '720p': { '16:9': [1280, 720], '9:16': [720, 1280] },
  '1080p': { '16:9': [1920, 1080], '9:16': [1080, 1920] },
};
const GROK_SIZES: Sizes = { ...WIDE, '480p': { '16:9': [854, 480] } };
const SEEDANCE_SIZES: Sizes = { ...WIDE, '480p': { '16:9': [864, 480], '9:16': [480, 864] } };

const PLAIN = { promptCharactersMax: 2_000 };
const GROK = { ...PLAIN, seconds: range(1, 15) };
const WAN = { ...PLAIN, seconds: range(2, 15), seed: true };
const WAN_3 = { ...WAN, seconds: range(2, 30) };
const VEO = { ...PLAIN, seconds: [4, 6, 8], seed: true, audio: true };
const SEEDANCE = { ...PLAIN, seconds: range(4, 15), seed: true, audio: true };
const SEEDANCE_1 = { ...PLAIN, seconds: range(2, 12), seed: true };
/** A Kling model's size is its mode: `std` makes 720p, `pro` makes 1080p. */
const KLING = { ...PLAIN, seconds: [5, 10] };

/** Dollars per second, or per million tokens. */
export const VERCEL_MODELS: Models = {
  'bytedance/seedance-v1.0-pro-fast': model(
    SEEDANCE_1,
    { '480p': 0.0097, '720p': 0.0206, '1080p': 0.049 },
    SEEDANCE_SIZES,
  ),
  'bytedance/seedance-v1.0-pro': model(
    SEEDANCE_1,
    { '480p': 0.0243, '720p': 0.0515, '1080p': 0.1224 },
    SEEDANCE_SIZES,
  ),
  'spacexai/grok-imagine-video-1.5-lite': model(
    GROK,
    { '480p': 0.02, '720p': 0.03, '1080p': 0.14 },
    GROK_SIZES,
  ),
  'spacexai/grok-imagine-video': model(GROK, { '480p': 0.05, '720p': 0.07 }, GROK_SIZES),
  'spacexai/grok-imagine-video-1.5': model(GROK, { '480p': 0.08, '720p': 0.14, '1080p': 0.25 }, GROK_SIZES),
  'google/veo-3.1-lite-generate-001': model(
    VEO,
    { '720p': 0.03, '720p+audio': 0.05, '1080p': 0.05, '1080p+audio': 0.08 },
    WIDE,
  ),
  'google/veo-3.1-fast-generate-001': model(
    VEO,
    { '720p': 0.1, '720p+audio': 0.15, '1080p': 0.1, '1080p+audio': 0.15 },
    WIDE,
  ),
  'google/veo-3.1-generate-001': model(
    VEO,
    { '720p': 0.2, '720p+audio': 0.4, '1080p': 0.2, '1080p+audio': 0.4 },
    WIDE,
  ),
  'alibaba/wan-v3.0-video': model(WAN_3, { '480p': 0.05, '720p': 0.1, '1080p': 0.2 }, WIDE),
  'alibaba/wan-v3.0-video-prime': model(WAN_3, { '480p': 0.068, '720p': 0.14, '1080p': 0.28 }, WIDE),
  'alibaba/wan-v2.7-t2v': model(WAN, { '720p': 0.1, '1080p': 0.15 }, WIDE),
  'alibaba/wan-v2.6-t2v': model(WAN, { '720p': 0.1, '1080p': 0.15 }, WIDE),
  'alibaba/wan-v2.5-t2v-preview': model(
    { ...WAN, seconds: [5, 10] },
    { '480p': 0.05, '720p': 0.1, '1080p': 0.15 },
    WIDE,
  ),
  'klingai/kling-v2.5-turbo-t2v': model(KLING, { '720p': 0.042, '1080p': 0.07 }, WIDE),
  // Sound is for `pro` only, which costs twice as much with it.
  'klingai/kling-v2.6-t2v': model(KLING, { '720p': 0.042, '1080p': 0.07 }, WIDE),
  'klingai/kling-v3.0-t2v': model(
    { ...KLING, seconds: range(3, 15), audio: true },
    { '720p': 0.168, '720p+audio': 0.252, '1080p': 0.224, '1080p+audio': 0.336 },
    WIDE,
  ),
  'bytedance/seedance-2.0-mini': model(SEEDANCE, { '480p/Mtok': 3.5, '720p/Mtok': 3.5 }, SEEDANCE_SIZES),
  'bytedance/seedance-2.0-fast': model(SEEDANCE, { '480p/Mtok': 5.6, '720p/Mtok': 5.6 }, SEEDANCE_SIZES),
  'bytedance/seedance-2.0': model(
    SEEDANCE,
    { '480p/Mtok': 7, '720p/Mtok': 7, '1080p/Mtok': 7.7 },
    SEEDANCE_SIZES,
  ),
  'bytedance/seedance-2.5': model(
    { ...SEEDANCE, seconds: range(4, 30) },
    { '480p/Mtok': 10.7, '720p/Mtok': 10.7, '1080p/Mtok': 11.7 },
    SEEDANCE_SIZES,
  ),
};

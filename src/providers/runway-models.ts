/** Runway's text-to-video models: what each takes, what it costs, and how its request is spelled. */

import { catalogue, range, type ModelFacts, type Models } from './define.ts';
import type { Template } from './template.ts';

const model = catalogue({
  source:
    '@runwayml/sdk 4.20.1 types; Runway OpenAPI 2024-11-06; docs.dev.runwayml.com/guides/pricing, also as a public note of 2026-10-04 quotes it',
  checkedOn: '2026-11-21',
});

/** Most models take the size as a pair of pixels; sound has a field where a model offers the choice. */
export const IN_PIXELS: Readonly<Record<string, Template>> = {
  promptText: '{prompt}',
  ratio: '{width}:{height}',
  duration: '{seconds}',
  negativePrompt: '{negativePrompt}',
  seed: '{seed}',
};
const IN_WORDS = {
  promptText: '{prompt}',
  ratio: '{aspect}',
  resolution: '{resolution}',
  duration: '{seconds}',
};
/** The same seed gives the same film only where the prompt is not rewritten (@runwayml/sdk 4.20.1). */
const WITHOUT_RATIO = {
  promptText: '{prompt}',
  resolution: '{resolution}',
  duration: '{seconds}',
  promptExpansionMode: 'disabled',
  seed: '{seed}',
};

type Sizes = ModelFacts['sizes'];
const HD = {
  '720p': { '16:9': [1280, 720], '9:16': [720, 1280], '1:1': [960, 960] },
  '1080p': { '16:9': [1920, 1080], '9:16': [1080, 1920], '1:1': [1440, 1440] },
} as const satisfies Sizes;
const WAN: Sizes = { '480p': { '16:9': [832, 480], '9:16': [480, 832], '1:1': [624, 624] }, ...HD };
const SEEDANCE_2: Sizes = {
  '480p': { '16:9': [864, 496], '9:16': [496, 864], '1:1': [640, 640] },
  ...HD,
  '4k': { '16:9': [3840, 2160], '9:16': [2160, 3840], '1:1': [3840, 3840] },
};
const SEEDANCE_2_5: Sizes = {
  '480p': { '16:9': [854, 480], '9:16': [480, 854], '1:1': [640, 640] },
  ...HD,
};
/** The request has no field for it: that it is landscape is unverified. */
const LANDSCAPE: Sizes = { '480p': { '16:9': [854, 480] }, '768p': { '16:9': [1366, 768] } };

const VEO = { seconds: [4, 6, 8], promptCharactersMax: 1_000, seed: true, negativePrompt: true, audio: true };
/** The SDK gives no bounds; 2 to 30 s by the pages of October 2026. The length of the prompt is unverified. */
const WAN_3 = { seconds: range(2, 30), promptCharactersMax: 1_000, audio: true };
const SEEDANCE = { seconds: range(4, 15), promptCharactersMax: 3_500, seed: true, audio: true };
const HAILUO = { promptCharactersMax: 6_000, input: IN_WORDS };

/**
 * Dollars per second: a credit is a cent. A job of seedance2_mini costs at least 64 credits and one of seedance2_5 at
 * least 80, which is what their shortest clips at the smallest size cost anyway.
 */
export const MODELS: Models = {
  'gen4.5': model({ seconds: range(2, 10), promptCharactersMax: 1_000, seed: true }, { '720p': 0.12 }),
  wan3: model(WAN_3, { '480p': 0.05, '720p': 0.1, '1080p': 0.2 }, WAN),
  wan3_prime: model(WAN_3, { '480p': 0.068, '720p': 0.14, '1080p': 0.28 }, WAN),
  'veo3.1': model(VEO, { '720p': 0.2, '720p+audio': 0.4, '1080p': 0.2, '1080p+audio': 0.4 }),
  'veo3.1_fast': model(VEO, { '720p': 0.1, '720p+audio': 0.15, '1080p': 0.1, '1080p+audio': 0.15 }),
  seedance2: model(SEEDANCE, { '480p': 0.36, '720p': 0.36, '1080p': 0.4, '4k': 1.5 }, SEEDANCE_2),
  seedance2_fast: model(SEEDANCE, { '480p': 0.29, '720p': 0.29 }, SEEDANCE_2),
  seedance2_mini: model(SEEDANCE, { '480p': 0.16, '720p': 0.16 }, SEEDANCE_2),
  seedance2_5: model(
    { ...SEEDANCE, seconds: range(4, 30), promptCharactersMax: 15_000 },
    { '480p': 0.2, '720p': 0.3, '1080p': 0.68 },
    SEEDANCE_2_5,
  ),
  // The pixels behind the words of grok_imagine_1_5, hailuo3 and h3_max are the usual ones: unverified, hence no squares.
  grok_imagine_1_5: model(
    { seconds: range(1, 15), promptCharactersMax: 4_000, input: IN_WORDS },
    { '480p': 0.1, '720p': 0.16, '1080p': 0.29 },
  ),
  hailuo3: model({ ...HAILUO, seconds: range(5, 15) }, { '768p': 0.1 }),
  // How long its prompt may be is unverified: taken from its sister.
  h3_max: model(
    { ...HAILUO, seconds: range(5, 15), seed: true, input: WITHOUT_RATIO },
    { '480p': 0.05, '768p': 0.08 },
    LANDSCAPE,
  ),
  gemini_omni_flash: model({ seconds: range(3, 10), promptCharactersMax: 4_000 }, { '720p': 0.1 }),
  // The page's range is 3.4 to 30 credits; 10 and 15 for what lies between are what two public clients pay.
  'gemini_omni_flash_1.1': model(
    { seconds: range(3, 10), promptCharactersMax: 4_000 },
    { '360p': 0.034, '720p': 0.1, '1080p': 0.15, '4k': 0.3 },
  ),
  happyhorse_1_0: model(
    { seconds: range(3, 15), promptCharactersMax: 2_500 },
    { '720p': 0.15, '1080p': 0.3 },
    HD,
  ),
};

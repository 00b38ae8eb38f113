/**
 * What Runway's models take: lengths, ratios, fields and credits.
 * Lengths, ratios and fields from the types of @runwayml/sdk 4.20.1 and the OpenAPI; credits from the pricing page, also
 * as quoted on 2026-10-04; read 2026-11-21. What they do not bound (wan3's prompt) is a guess on the generous side.
 */

export interface RunwayModel {
  /** Every length it takes, in seconds; with `auto` the model may also choose itself, and is billed for the longest. */
  seconds: readonly number[];
  auto: boolean;
  /** `1280:720`, or words such as `16:9` where the size stands in `resolution`; empty where there is no such field. */
  ratios: readonly string[];
  /** Shorter sides by the words of `resolution`; empty where there is no such field. */
  resolutions: Readonly<Record<string, number>>;
  /** Credits per second by the picture's shorter side, ascending: the last that fits counts. */
  credits: readonly (readonly [shortSideMin: number, perSecond: number])[];
  /** No job costs less. */
  creditsMin: number;
  /** Fields beside model, promptText, ratio, duration and resolution. */
  optional: readonly string[];
  /** Of promptText, ratio, duration and resolution, those that must be there. */
  required: readonly string[];
  promptUnitsMax: number;
  /** How many times dearer sound makes it; sound is on unless it is turned off. */
  soundFactor: number;
}

const RATIOS_720 = ['1280:720', '720:1280'];
const RATIOS_1080 = [...RATIOS_720, '1920:1080', '1080:1920'];
const RATIOS_OMNI = ['640:360', '360:640', ...RATIOS_1080, '3840:2160', '2160:3840'];
const RATIOS_HORSE = [
  ...RATIOS_1080,
  '960:960',
  '1108:832',
  '832:1108',
  '1440:1440',
  '1662:1248',
  '1248:1662',
];
const RATIOS_WAN = (
  '832:480 720:544 624:624 544:720 480:832 1280:720 1104:832 960:960 832:1104 720:1280 1920:1080 1648:1248 ' +
  '1440:1440 1248:1648 1080:1920'
).split(' ');
const SEEDANCE_720 = '1470:630 1280:720 1112:834 960:960 834:1112 720:1280'.split(' ');
const SEEDANCE_1080 = '2206:946 1920:1080 1664:1248 1440:1440 1248:1664 1080:1920'.split(' ');
const SEEDANCE_4K = '3840:1646 3840:2160 3840:2880 3840:3840 2880:3840 2160:3840'.split(' ');
const SEEDANCE_480 = '992:432 864:496 752:560 640:640 560:752 496:864'.split(' ');
const SEEDANCE_480_2_5 = '992:432 854:480 752:560 640:640 560:752 480:854'.split(' ');
const WORDS = ['16:9', '9:16', '1:1', '4:3', '3:4'];

const PLAIN = {
  auto: false,
  resolutions: {},
  creditsMin: 0,
  optional: [],
  required: ['promptText'],
  soundFactor: 1,
};
const VEO = {
  ...PLAIN,
  optional: ['seed', 'negativePrompt', 'audio'],
  required: ['promptText', 'ratio'],
  ratios: RATIOS_1080,
  seconds: [4, 6, 8],
  promptUnitsMax: 1000,
};
const WAN = {
  ...PLAIN,
  seconds: upTo(2, 30),
  ratios: RATIOS_WAN,
  optional: ['audio', 'references', 'referenceAudio', 'referenceVideos'],
  promptUnitsMax: 5000,
};
const SEEDANCE = {
  ...PLAIN,
  auto: true,
  seconds: upTo(4, 15),
  optional: ['seed', 'audio', 'references', 'referenceAudio', 'referenceVideos'],
  promptUnitsMax: 3500,
};
const OMNI = { ...PLAIN, seconds: upTo(3, 10), promptUnitsMax: 4000 };

export const RUNWAY_MODELS: Readonly<Record<string, RunwayModel>> = {
  'gen4.5': {
    ...PLAIN,
    seconds: upTo(2, 10),
    ratios: RATIOS_720,
    credits: [[0, 12]],
    optional: ['seed', 'contentModeration', 'outputFormat', 'proresProfile'],
    required: ['promptText', 'ratio', 'duration'],
    promptUnitsMax: 1000,
  },
  'veo3.1': { ...VEO, credits: [[0, 20]], soundFactor: 2 },
  'veo3.1_fast': { ...VEO, credits: [[0, 10]], soundFactor: 1.5 },
  wan3: { ...WAN, credits: tiers([0, 5], [720, 10], [1080, 20]) },
  wan3_prime: { ...WAN, credits: tiers([0, 6.8], [720, 14], [1080, 28]) },
  seedance2: {
    ...SEEDANCE,
    ratios: [...SEEDANCE_480, ...SEEDANCE_720, ...SEEDANCE_1080, ...SEEDANCE_4K],
    credits: tiers([0, 36], [945, 40], [1640, 150]),
  },
  seedance2_fast: { ...SEEDANCE, ratios: [...SEEDANCE_480, ...SEEDANCE_720], credits: [[0, 29]] },
  seedance2_mini: {
    ...SEEDANCE,
    ratios: [...SEEDANCE_480, ...SEEDANCE_720],
    credits: [[0, 16]],
    creditsMin: 64,
  },
  seedance2_5: {
    ...SEEDANCE,
    seconds: upTo(4, 30),
    ratios: [...SEEDANCE_480_2_5, ...SEEDANCE_720, ...SEEDANCE_1080],
    credits: tiers([0, 20], [630, 30], [946, 68]),
    creditsMin: 80,
    required: [],
    promptUnitsMax: 15_000,
  },
  grok_imagine_1_5: {
    ...PLAIN,
    seconds: upTo(1, 15),
    ratios: [...WORDS, '3:2', '2:3'],
    resolutions: { '480p': 480, '720p': 720, '1080p': 1080 },
    credits: tiers([0, 10], [720, 16], [1080, 29]),
    optional: ['references', 'referenceAudio'],
    promptUnitsMax: 4000,
  },
  hailuo3: {
    ...PLAIN,
    seconds: upTo(5, 15),
    ratios: [...WORDS, '21:9'],
    resolutions: { '768p': 768, '2k': 1440, '768P': 768, '2K': 1440 },
    credits: tiers([0, 10], [1440, 15]),
    optional: ['references', 'referenceAudio', 'referenceVideos'],
    promptUnitsMax: 6000,
  },
  h3_max: {
    ...PLAIN,
    seconds: upTo(5, 15),
    ratios: [],
    resolutions: { '480p': 480, '768p': 768 },
    credits: tiers([0, 5], [768, 8]),
    optional: ['seed', 'promptExpansionMode'],
    promptUnitsMax: 6000,
  },
  gemini_omni_flash: { ...OMNI, ratios: RATIOS_720, credits: [[0, 10]] },
  'gemini_omni_flash_1.1': {
    ...OMNI,
    auto: true,
    ratios: RATIOS_OMNI,
    credits: tiers([0, 3.4], [720, 10], [1080, 15], [2160, 30]),
    optional: ['references', 'referenceVideos'],
  },
  happyhorse_1_0: {
    ...PLAIN,
    seconds: upTo(3, 15),
    ratios: RATIOS_HORSE,
    credits: tiers([0, 15], [1080, 30]),
    promptUnitsMax: 2500,
  },
};

function upTo(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

function tiers(...all: [shortSideMin: number, perSecond: number][]): RunwayModel['credits'] {
  return all;
}

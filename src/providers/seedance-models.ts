/** Seedance by ByteDance: what its models take, and what a million tokens cost. */

import { catalogue, range, type ModelFacts, type Models } from './define.ts';

/** Pixels and prices as public clients copied them from the vendor's pages, which cannot be read without a browser. */
const model = catalogue({
  source:
    'TanStack ai-byteplus, probed live on 2026-07-31; prices of docs.byteplus.com/en/docs/ModelArk/1544106 as of 2026-07-13',
  checkedOn: '2026-11-21',
});

/** Of the 1.0 series (apidoc.cometapi.com quoting the vendor's table; the AI SDK's map of sizes has the same). */
const SIZES_1_0: ModelFacts['sizes'] = {
  '480p': { '16:9': [864, 480], '9:16': [480, 864], '1:1': [640, 640] },
  '720p': { '16:9': [1248, 704], '9:16': [704, 1248], '1:1': [960, 960] },
  '1080p': { '16:9': [1920, 1088], '9:16': [1088, 1920], '1:1': [1440, 1440] },
};
/** Of 1.5 pro and the 2.0 series; that 2.5 has the same is unverified. */
const SIZES: ModelFacts['sizes'] = {
  '480p': { '16:9': [864, 496], '9:16': [496, 864], '1:1': [640, 640] },
  '720p': { '16:9': [1280, 720], '9:16': [720, 1280], '1:1': [960, 960] },
  '1080p': { '16:9': [1920, 1080], '9:16': [1080, 1920], '1:1': [1440, 1440] },
  '4k': { '16:9': [3840, 2160], '9:16': [2160, 3840] },
};

/** The longest prompt that is read is not published: resellers cut at 2,000 (1.x) and 3,000 (2.x) characters. */
const ONE = { promptCharactersMax: 2_000, seed: true };
const TWO = { promptCharactersMax: 3_000, seed: true, audio: true };
const ONE_5 = { ...ONE, seconds: range(4, 12), audio: true };
const PRICE_1_5 = {
  '480p/Mtok': 1.2,
  '480p+audio/Mtok': 2.4,
  '720p/Mtok': 1.2,
  '720p+audio/Mtok': 2.4,
  '1080p/Mtok': 1.2,
  '1080p+audio/Mtok': 2.4,
};

export const SEEDANCE_MODELS: Models = {
  'seedance-1-0-pro-fast-251015': model(
    { ...ONE, seconds: range(2, 12) },
    { '480p/Mtok': 1, '720p/Mtok': 1, '1080p/Mtok': 1 },
    SIZES_1_0,
  ),
  'seedance-1-0-pro-250528': model(
    { ...ONE, seconds: range(2, 12) },
    { '480p/Mtok': 2.5, '720p/Mtok': 2.5, '1080p/Mtok': 2.5 },
    SIZES_1_0,
  ),
  'dreamina-seedance-2-5-260628': model(
    { ...TWO, seconds: range(4, 30) },
    // A client read the same figure off the vendor's page on 2026-09-13, for 720p; other sizes are unverified.
    { '480p/Mtok': 10.7, '720p/Mtok': 10.7, '1080p/Mtok': 10.7 },
    SIZES,
  ),
  'dreamina-seedance-2-0-260128': model(
    { ...TWO, seconds: range(4, 15) },
    { '480p/Mtok': 7, '720p/Mtok': 7, '1080p/Mtok': 7.7, '4k/Mtok': 4 },
    SIZES,
  ),
  'dreamina-seedance-2-0-fast-260128': model(
    { ...TWO, seconds: range(4, 15) },
    { '480p/Mtok': 5.6, '720p/Mtok': 5.6 },
    SIZES,
  ),
  'dreamina-seedance-2-0-mini-260615': model(
    { ...TWO, seconds: range(4, 15) },
    { '480p/Mtok': 3.5, '720p/Mtok': 3.5 },
    SIZES,
  ),
  // No end is announced on BytePlus, where the model has this name; its twin in China has ended.
  'seedance-1-5-pro-251215': model(ONE_5, PRICE_1_5, SIZES),
  // Ended by Volcano Engine on 2026-11-11 17:00 UTC+8 (github.com/orgs/cometapi-dev/discussions/140). Volcano Engine
  // bills in yuan: the dollars are those of BytePlus.
  'doubao-seedance-1-5-pro-251215': model(
    { ...ONE_5, endsOn: '2026-11-11', replacement: 'doubao-seedance-2-5-260628' },
    PRICE_1_5,
    SIZES,
  ),
  // ModelArk answers 404 (probed 2026-07-31); the day is that of a public tracker of the vendor's pages.
  'seedance-1-0-lite-t2v-250428': model(
    { ...ONE, seconds: [5, 10], endsOn: '2026-05-13', replacement: 'seedance-1-0-pro-fast-251015' },
    { '480p/Mtok': 1.8, '720p/Mtok': 1.8, '1080p/Mtok': 1.8 },
    SIZES_1_0,
  ),
};

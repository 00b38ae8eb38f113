/** Every adapter as it is fuzzed: options that lead to the simulator, and which model is ordered. */

import { generateKeyPairSync } from 'node:crypto';
import type { AnyProvider, Models } from '../../src/providers/define.ts';
import { azure } from '../../src/providers/azure.ts';
import { bedrock } from '../../src/providers/bedrock.ts';
import { fal } from '../../src/providers/fal.ts';
import { gemini } from '../../src/providers/gemini.ts';
import { kling } from '../../src/providers/kling.ts';
import { klingLegacy } from '../../src/providers/kling-legacy.ts';
import { luma } from '../../src/providers/luma.ts';
import { lumaLegacy } from '../../src/providers/luma-legacy.ts';
import { minimax } from '../../src/providers/minimax.ts';
import { minimaxV1 } from '../../src/providers/minimax-v1.ts';
import { openai } from '../../src/providers/openai.ts';
import { openrouter } from '../../src/providers/openrouter.ts';
import { replicate } from '../../src/providers/replicate.ts';
import { runway } from '../../src/providers/runway.ts';
import { seedance } from '../../src/providers/seedance.ts';
import { stability } from '../../src/providers/stability.ts';
import { together } from '../../src/providers/together.ts';
import { veo } from '../../src/providers/veo.ts';
import { vercel } from '../../src/providers/vercel.ts';
import { wan } from '../../src/providers/wan.ts';
import { xai } from '../../src/providers/xai.ts';
import type { ProviderName } from '../../src/simulator/types.ts';
import { ltx, ltxOptions } from '../providers/http-description.ts';

/** The origins that the configuration names; each may be sent credentials. Only ASSETS is none of them. */
export const API = 'https://api.fuzz.test';
export const PLATFORM = 'https://platform.fuzz.test';
export const LOGIN = 'https://login.fuzz.test';
export const STORE = 'https://store.fuzz.test';
/** Where finished videos lie without a key. */
export const ASSETS = 'https://assets.fuzz.test';

export const KEY = 'key-0123456789-abcdefghij';

export interface FuzzSubject {
  /** The adapter's name, and what is special where it is fuzzed twice. */
  name: string;
  definition: AnyProvider;
  simulator: ProviderName;
  /** All options but how often to poll. */
  options: object;
  model: string;
  /** What must never leave the configured origins, nor show in what people read. */
  secrets: readonly string[];
  /** Of these, what only signs and is sent to nobody. */
  unsent: readonly string[];
  /** The largest answer that the adapter reads into memory: the door's own limit, or that of inline videos. */
  answerBytesMax: number;
}

const MIB = 2 ** 20;

function subject(
  definition: AnyProvider,
  model: string,
  options: object,
  more: Partial<FuzzSubject> = {},
): FuzzSubject {
  return {
    name: definition.name,
    definition,
    simulator: definition.name as ProviderName,
    options: Object.fromEntries(
      Object.entries({ apiKey: KEY, ...options }).filter(([, value]) => value !== undefined),
    ),
    model,
    secrets: [KEY],
    unsent: [],
    answerBytesMax: 4 * MIB,
    ...more,
  };
}

const INLINE = { answerBytesMax: 64 * MIB };
const SECRET = 'secret-9876543210-zyxwvutsrq';
const SIGNING = { secrets: [SECRET], unsent: [SECRET] };
const PAIR = { accessKey: 'access-0123456789', secretKey: SECRET };
/** The bucket has an origin of its own, and the control plane too. */
const AWS = {
  accessKeyId: 'AKIDFUZZ0123456789',
  secretAccessKey: SECRET,
  output: 's3://canaries/watch',
  baseUrl: `${API}/bedrock`,
  controlUrl: `${PLATFORM}/bedrock-control`,
  s3Url: `${STORE}/s3`,
};
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const PEM = privateKey.export({ type: 'pkcs8', format: 'pem' });
/** One line in the middle of the private key. */
const PRIVATE_LINE = PEM.split('\n')[5] ?? '';
const GROK = 'x-ai/grok-imagine-video';
/** OpenRouter's API, described: answers say where to ask, and where the video is that wants the key. */
const DESCRIBED = {
  baseUrl: `${API}/openrouter`,
  submit: {
    path: '/api/v1/videos',
    body: {
      model: '{model}',
      prompt: '{prompt}',
      duration: '{seconds}',
      resolution: '480p',
      aspect_ratio: '16:9',
    },
    job: { id: '$.id', ask: '$.polling_url' },
  },
  poll: {
    path: '{job.ask}',
    status: '$.status',
    words: { queue: ['pending'], generate: ['in_progress'], done: ['completed'], failed: ['failed'] },
    message: '$.error',
    cost: { path: '$.usage.cost' },
  },
  result: { values: { of: '$.generation_id' }, path: '/api/v1/videos/{job.id}?of={job.of}' },
  video: { urlWithKey: '$.unsigned_urls[0]' },
  check: { path: '/api/v1/key', balance: { path: '$.data.limit_remaining' } },
};
const VEO = 'veo-3.1-lite-generate-001';

export const SUBJECTS: readonly FuzzSubject[] = [
  subject(runway, 'gen4.5', { baseUrl: `${API}/runway` }),
  subject(kling, 'kling-3.0', { baseUrl: `${API}/kling` }),
  subject(fal, 'fal-ai/pika/v2.2/text-to-video', {
    baseUrl: `${API}/fal`,
    platformUrl: `${PLATFORM}/fal-platform/v1`,
  }),
  subject(openai, 'sora-2', { baseUrl: `${API}/openai/v1` }),
  subject(azure, 'sora-2', { baseUrl: `${API}/azure/openai/v1` }),
  subject(luma, 'ray-3.2', { baseUrl: `${API}/luma/v1` }),
  subject(lumaLegacy, 'ray-flash-2', { baseUrl: `${API}/luma-legacy/dream-machine/v1` }),
  subject(xai, 'grok-imagine-video', { baseUrl: `${API}/xai/v1` }),
  subject(replicate, cheapest(replicate), { baseUrl: `${API}/replicate/v1` }),
  subject(openrouter, cheapest(openrouter), { baseUrl: `${API}/openrouter/api/v1` }),
  subject(vercel, cheapest(vercel), { baseUrl: `${API}/vercel/v4/ai` }, INLINE),
  subject(together, cheapest(together), { baseUrl: `${API}/together/v2` }),
  subject(seedance, cheapest(seedance), { baseUrl: `${API}/seedance/api/v3` }),
  subject(gemini, cheapest(gemini), { baseUrl: `${API}/gemini` }, INLINE),
  subject(ltx, cheapest(ltx), { ...ltxOptions, baseUrl: `${API}/ltx` }, { simulator: 'ltx' }),
  subject(ltx, GROK, DESCRIBED, {
    name: 'http, told where to go',
    definition: { ...ltx, models: { [GROK]: ltx.models[cheapest(ltx)] } as Models },
    simulator: 'openrouter',
  }),
  subject(veo, VEO, { baseUrl: `${API}/veo`, project: 'my-project' }, INLINE),
  subject(veo, VEO, asAccount(), {
    name: 'veo as a service account',
    ...INLINE,
    secrets: [PRIVATE_LINE],
    unsent: [PRIVATE_LINE],
  }),
  subject(stability, 'stable-video-diffusion', { baseUrl: `${API}/stability` }, INLINE),
  subject(minimax, 'MiniMax-H3', { baseUrl: `${API}/minimax` }),
  subject(minimaxV1, cheapest(minimaxV1), { baseUrl: `${API}/minimax-v1` }),
  subject(wan, cheapest(wan), { baseUrl: `${API}/wan` }),
  subject(klingLegacy, 'kling-v2-6', { apiKey: undefined, ...PAIR, baseUrl: `${API}/kling-legacy` }, SIGNING),
  subject(bedrock, 'luma.ray-v2:0', { apiKey: undefined, ...AWS }, { name: 'bedrock, signed', ...SIGNING }),
  subject(bedrock, 'luma.ray-v2:0', AWS, { secrets: [KEY, SECRET], unsent: [SECRET] }),
];

function cheapest({ models }: AnyProvider): string {
  return Object.keys(models)[0] ?? '';
}

/** The login and the bucket have origins of their own. */
function asAccount(): object {
  return {
    apiKey: undefined,
    serviceAccount: JSON.stringify({
      type: 'service_account',
      project_id: 'my-project',
      client_email: 'canary@my-project.iam.gserviceaccount.com',
      private_key: PEM,
      token_uri: `${LOGIN}/google-token`,
    }),
    baseUrl: `${API}/veo`,
    storageUrl: `${STORE}/gcs`,
    storageUri: 'gs://my-bucket/canaries',
  };
}

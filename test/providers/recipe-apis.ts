/** The APIs of docs/recipes as small servers: each takes one order as its pages show it, and walks a job through its words. */

export interface RecipeApi {
  origin: string;
  key: { env: string; header: string };
  model: string;
  target: string;
  order: { path: string; body: Record<string, unknown> };
  /** The answer to an order. */
  accepted: unknown;
  jobId: string;
  job: string;
  /** The answers for a job, one after the other, and what each means. */
  walk: readonly (readonly [answer: unknown, means: object])[];
  /** A job that failed. */
  failed: readonly [answer: unknown, means: object];
  /** Orders that are refused: what they mean for the target. */
  refusals: readonly (readonly [status: number, body: unknown, cause: string])[];
  check: { path: string; answer: unknown; found: object } | null;
}

const VIDEO = 'https://cdn.maker.test/out.mp4';
const queued = { is: 'pending', phase: 'queue', progress: null };
const generating = { is: 'pending', phase: 'generate', progress: null };
const done = (costUsd: number | null = null) => ({
  is: 'done',
  asset: { at: 'foreign', url: VIDEO },
  costUsd,
  ...(costUsd !== null && { costFrom: 'computed' }),
});
const failed = (code: string | null, message: string) => ({ is: 'failed', code, message, costUsd: null });
const prompt = 'the prompt of the canary';

const vidu = (state: string, more: object = {}) => ({ id: '867', state, err_code: '', ...more });
const wave = (status: string, more: object = {}) => ({
  code: 200,
  message: 'success',
  data: { id: 'f9ea4b', model: 'wan', outputs: [], status, error: '', ...more },
});
const leonardo = (status: string, images: object[] = []) => ({
  generations_by_pk: { id: 'b1f7', status, generated_images: images },
});
const krea = (status: string, result: object | null = null) => ({
  job_id: '550e8400',
  status,
  created_at: '2026-12-01T10:30:00.000Z',
  completed_at: null,
  result,
});

export const RECIPE_APIS: Readonly<Record<string, RecipeApi>> = {
  vidu: {
    origin: 'https://api.vidu.com',
    key: { env: 'VIDU_API_KEY', header: 'Token {key}' },
    model: 'viduq3-pro',
    target: 'vidu/viduq3-pro',
    order: {
      path: '/ent/v2/text2video',
      body: {
        model: 'viduq3-pro',
        prompt,
        duration: 5,
        resolution: '540p',
        aspect_ratio: '16:9',
        seed: 42,
        audio: false,
      },
    },
    accepted: { task_id: '867', state: 'created', model: 'viduq3-pro', credits: 80 },
    jobId: '867',
    job: '/ent/v2/tasks/867/creations',
    walk: [
      [vidu('created'), queued],
      [vidu('queueing'), queued],
      [vidu('processing'), generating],
      [vidu('success', { credits: 80, creations: [{ id: '1', url: VIDEO, cover_url: '' }] }), done(0.4)],
    ],
    failed: [
      vidu('failed', { err_code: 'CreationPolicyViolation' }),
      failed('CreationPolicyViolation', 'the job ended as failed without a reason'),
    ],
    refusals: [
      [429, { code: 429, message: 'Too many requests' }, 'rate_limited'],
      [503, { code: 503, message: 'Service unavailable' }, 'overloaded'],
    ],
    check: null,
  },
  wavespeed: {
    origin: 'https://api.wavespeed.ai',
    key: { env: 'WAVESPEED_API_KEY', header: 'Bearer {key}' },
    model: 'wavespeed-ai/wan-2.2/t2v-480p-ultra-fast',
    target: 'wavespeed/wan-2.2-480p',
    order: {
      path: '/api/v3/wavespeed-ai/wan-2.2/t2v-480p-ultra-fast',
      body: { prompt, negative_prompt: 'text, people, cuts', seed: 42, size: '832*480', duration: 5 },
    },
    accepted: wave('created', { urls: { get: 'https://api.wavespeed.ai/api/v3/predictions/f9ea4b/result' } }),
    jobId: 'f9ea4b',
    job: '/api/v3/predictions/f9ea4b/result',
    walk: [
      [wave('created'), queued],
      [wave('processing'), generating],
      [wave('completed', { outputs: [VIDEO] }), done()],
    ],
    failed: [wave('failed', { error: 'Content flagged' }), failed(null, 'Content flagged')],
    refusals: [
      [200, { code: 503, message: 'Service unavailable' }, 'overloaded'],
      [402, { code: 402, message: 'Insufficient credits' }, 'no_credit'],
      [429, { code: 429, message: 'Too many requests' }, 'rate_limited'],
    ],
    check: {
      path: '/api/v3/balance',
      answer: { code: 200, message: 'success', data: { balance: 12.5 } },
      found: { text: '$12.50 left', balanceUsd: 12.5 },
    },
  },
  leonardo: {
    origin: 'https://cloud.leonardo.ai',
    key: { env: 'LEONARDO_API_KEY', header: 'Bearer {key}' },
    model: 'MOTION2',
    target: 'leonardo/MOTION2',
    order: {
      path: '/api/rest/v1/generations-text-to-video',
      body: { model: 'MOTION2', prompt, width: 832, height: 480, isPublic: false, promptEnhance: false },
    },
    accepted: { motionVideoGenerationJob: { generationId: 'b1f7', apiCreditCost: 200 } },
    jobId: 'b1f7',
    job: '/api/rest/v1/generations/b1f7',
    walk: [
      [leonardo('PENDING'), queued],
      [
        leonardo('COMPLETE', [{ id: '1', url: 'https://cdn.maker.test/out.jpg', motionMP4URL: VIDEO }]),
        done(),
      ],
    ],
    failed: [leonardo('FAILED'), failed(null, 'the job ended as FAILED without a reason')],
    refusals: [
      [402, { error: 'not enough api credits', code: 'unexpected' }, 'no_credit'],
      [500, { error: 'unexpected', code: 'unexpected' }, 'unavailable'],
    ],
    check: {
      path: '/api/rest/v1/me',
      answer: { user_details: [{ user: { id: 'u', username: 'reel' } }] },
      found: { text: 'key accepted', balanceUsd: null },
    },
  },
  krea: {
    origin: 'https://api.krea.ai',
    key: { env: 'KREA_API_KEY', header: 'Bearer {key}' },
    model: 'kling/kling-1',
    target: 'krea/kling-1',
    order: {
      path: '/generate/video/kling/kling-1',
      body: { prompt, aspect_ratio: '16:9', duration: 5, mode: 'std' },
    },
    accepted: krea('queued'),
    jobId: '550e8400',
    job: '/jobs/550e8400',
    walk: [
      [krea('backlogged'), queued],
      [krea('scheduled'), queued],
      [krea('sampling'), generating],
      [krea('completed', { urls: [VIDEO] }), done()],
    ],
    failed: [krea('failed', { error: 'Generation failed' }), failed(null, 'Generation failed')],
    refusals: [
      [402, { message: 'INSUFFICIENT_BALANCE' }, 'no_credit'],
      [
        410,
        {
          error: 'This model has been retired',
          reason: 'Replaced by a newer version',
          sunset_date: '2026-04-27',
          replacement: 'kling/kling-2.5',
        },
        'retired',
      ],
      [429, { message: 'Too many requests' }, 'rate_limited'],
    ],
    check: null,
  },
};

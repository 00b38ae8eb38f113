import { createFalClient } from '@fal-ai/client';
import { describe, expect, it } from 'vitest';
import { DEFAULT_CANARY, promptText, type WantedVideo } from '../../src/canary/canary.ts';
import { fal } from '../../src/providers/fal.ts';
import { adapter, createRecorder, never, orderFor } from './recorder.ts';

const KEY = 'kid:ksecret';
const ID = '764cabcf-b745-4b3e-ae38-1200304cf45b';
const PIKA = 'fal-ai/pika/v2.2/text-to-video';
const VEO = 'fal-ai/veo3.1/fast';
const GROK = 'xai/grok-imagine-video/v1.5/text-to-video';
const WAN = 'alibaba/wan-3.0-prime/text-to-video';
const KLING_3 = 'fal-ai/kling-video/v3/pro/text-to-video';
const KLING_25 = 'fal-ai/kling-video/v2.5-turbo/pro/text-to-video';
const said = promptText(DEFAULT_CANARY.prompt, { avoid: true, charactersMax: 10_000 });
const unsaid = promptText(DEFAULT_CANARY.prompt, { avoid: false, charactersMax: 10_000 });
const negative_prompt = 'text, people, cuts, camera movement';

const pika = {
  prompt: unsaid,
  aspect_ratio: '16:9',
  resolution: '720p',
  duration: '5',
  negative_prompt,
  seed: 7,
};
const veo = {
  prompt: unsaid,
  aspect_ratio: '16:9',
  resolution: '720p',
  duration: '4s',
  generate_audio: false,
  negative_prompt,
  seed: 7,
};
const kling = { prompt: unsaid, aspect_ratio: '16:9', duration: '3', negative_prompt, generate_audio: false };
const ltx = {
  prompt: said,
  aspect_ratio: '16:9',
  resolution: '1080p',
  duration: '6',
  generate_audio: false,
};
const hunyuan = {
  prompt: unsaid,
  aspect_ratio: '16:9',
  resolution: '480p',
  num_frames: 121,
  negative_prompt,
  seed: 7,
};
const grok = { prompt: said, aspect_ratio: '16:9', resolution: '480p', duration: 1 };
const wan = { prompt: said, aspect_ratio: '16:9', resolution: '480p', duration: 2, audio: false };

// The SDK types the input of all but Grok and Wan, which are newer than its types.
const ORDERS: readonly (readonly [endpoint: string, Partial<WantedVideo>, input: object])[] = [
  [PIKA, {}, pika],
  [PIKA, { aspect: '9:16', seed: null }, { ...without(pika, 'seed'), aspect_ratio: '9:16' }],
  [PIKA, { seconds: 10, resolution: '1080p' }, { ...pika, duration: '10', resolution: '1080p' }],
  [VEO, {}, veo],
  [VEO, { seconds: 8, audio: true }, { ...veo, duration: '8s', generate_audio: true }],
  ['fal-ai/veo3.1', {}, veo],
  [KLING_3, {}, kling],
  [KLING_3, { seconds: 15, audio: true }, { ...kling, duration: '15', generate_audio: true }],
  [KLING_25, { aspect: '1:1' }, { ...without(kling, 'generate_audio'), duration: '5', aspect_ratio: '1:1' }],
  ['fal-ai/ltx-2.3/text-to-video/fast', {}, ltx],
  [
    'fal-ai/ltx-2.3/text-to-video',
    { seconds: 10, audio: true },
    { ...ltx, duration: '10', generate_audio: true },
  ],
  ['fal-ai/hunyuan-video-v1.5/text-to-video', {}, hunyuan],
  [GROK, {}, grok],
  [GROK, { seconds: 15, resolution: '1080p' }, { ...grok, duration: 15, resolution: '1080p' }],
  [WAN, {}, wan],
  [
    WAN,
    { seconds: 30, audio: true, aspect: '9:16' },
    { ...wan, duration: 30, audio: true, aspect_ratio: '9:16' },
  ],
];

function without(object: object, key: string): object {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));
}

/** The SDK has no option for its base: its fetch is told to go elsewhere, and everything else stays. */
function clientAt(origin: string) {
  return createFalClient({
    credentials: KEY,
    retry: { maxRetries: 0 },
    fetch: (input, init) => {
      const { pathname, search } = new URL(input instanceof Request ? input.url : String(input));
      return fetch(`${origin}${pathname}${search}`, init);
    },
  });
}

async function both() {
  const recorder = await createRecorder([
    [/^POST /, { status: 'IN_QUEUE', request_id: ID }],
    [/^GET .*\/status$/, { status: 'COMPLETED', request_id: ID }],
    [/^PUT .*\/cancel$/, { status: 'CANCELLATION_REQUESTED' }],
    [/^GET .*\/requests\//, { video: { url: 'https://v3b.fal.media/files/video.mp4' } }],
  ]);
  const { origin } = recorder;
  return { recorder, sdk: clientAt(origin), ours: adapter(fal, KEY, { baseUrl: origin }) };
}

describe("fal's own client and our adapter", () => {
  it.each(ORDERS)('send the same order to %s for %j', async (endpoint, wanted, input) => {
    const { recorder, sdk, ours } = await both();

    const theirs = await recorder.during(() => sdk.queue.submit(endpoint, { input }));
    const sent = await recorder.during(() => ours.submit(orderFor(ours, endpoint, wanted), 'k', never));

    expect(sent).toEqual(theirs);
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({
      path: `/${endpoint}`,
      headers: { authorization: `Key ${KEY}`, 'x-fal-queue-priority': 'normal' },
      body: input,
    });
  });

  it('cover every endpoint of the catalogue', () => {
    const covered = new Set(ORDERS.map(([endpoint]) => endpoint));

    expect([...covered].sort()).toEqual(Object.keys(fal.models).sort());
  });

  it.each(Object.keys(fal.models))('ask for %s at the same places, even unaided', async (endpoint) => {
    const { recorder, sdk, ours } = await both();
    const { job } = await ours.submit(orderFor(ours, endpoint, {}), 'k', never);

    const theirs = await recorder.during(async () => {
      await sdk.queue.status(endpoint, { requestId: ID, logs: false });
      await sdk.queue.result(endpoint, { requestId: ID });
      await sdk.queue.cancel(endpoint, { requestId: ID });
    });
    const sent = await recorder.during(async () => {
      await ours.poll(job, never);
      await ours.cancel?.(job, never);
    });

    expect(sent).toEqual(theirs);
    expect(sent).toHaveLength(3);
  });
});

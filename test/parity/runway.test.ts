import RunwayML from '@runwayml/sdk';
import { describe, expect, it } from 'vitest';
import { DEFAULT_CANARY, promptText, type WantedVideo } from '../../src/canary/canary.ts';
import { runway } from '../../src/providers/runway.ts';
import { adapter, createRecorder, never, orderFor } from './recorder.ts';

type Params = RunwayML.TextToVideoCreateParams;

const KEY = 'key_test';
const ID = '17f20503-6c24-4c16-946b-35dbbce2af2f';
const said = promptText(DEFAULT_CANARY.prompt, { avoid: true, charactersMax: 10_000 });
const unsaid = promptText(DEFAULT_CANARY.prompt, { avoid: false, charactersMax: 10_000 });
const negativePrompt = 'text, people, cuts, camera movement';

// Each line is what somebody who uses the official SDK would write for the same canary; its types check ours.
const ORDERS: readonly (readonly [Partial<WantedVideo>, Params])[] = [
  [{}, { model: 'gen4.5', promptText: said, ratio: '1280:720', duration: 2, seed: 7 }],
  [{ seed: null }, { model: 'gen4.5', promptText: said, ratio: '1280:720', duration: 2 }],
  [
    { seconds: 10, aspect: '9:16' },
    { model: 'gen4.5', promptText: said, ratio: '720:1280', duration: 10, seed: 7 },
  ],
  [{}, { model: 'wan3', promptText: said, ratio: '832:480', duration: 2, audio: false }],
  [
    { aspect: '1:1', resolution: '720p', seconds: 5 },
    { model: 'wan3', promptText: said, ratio: '960:960', duration: 5, audio: false },
  ],
  [
    { aspect: '9:16', resolution: '1080p', audio: true },
    { model: 'wan3', promptText: said, ratio: '1080:1920', duration: 2, audio: true },
  ],
  [
    {},
    {
      model: 'veo3.1',
      promptText: unsaid,
      ratio: '1280:720',
      duration: 4,
      audio: false,
      negativePrompt,
      seed: 7,
    },
  ],
  [
    { seconds: 8, resolution: '1080p', aspect: '9:16', audio: true, seed: null },
    {
      model: 'veo3.1_fast',
      promptText: unsaid,
      ratio: '1080:1920',
      duration: 8,
      audio: true,
      negativePrompt,
    },
  ],
  [{}, { model: 'seedance2_5', promptText: said, ratio: '854:480', duration: 4, audio: false, seed: 7 }],
  [{}, { model: 'grok_imagine_1_5', promptText: said, ratio: '16:9', resolution: '480p', duration: 1 }],
  [{}, { model: 'hailuo3', promptText: said, ratio: '16:9', resolution: '768p', duration: 5 }],
  [{ aspect: '9:16' }, { model: 'gemini_omni_flash', promptText: said, ratio: '720:1280', duration: 3 }],
  [
    { aspect: '1:1', resolution: '1080p' },
    { model: 'happyhorse_1_0', promptText: said, ratio: '1440:1440', duration: 3 },
  ],
  [{}, { model: 'wan3_prime', promptText: said, ratio: '832:480', duration: 2, audio: false }],
  [
    { seconds: 30, aspect: '9:16', resolution: '720p', audio: true },
    { model: 'wan3_prime', promptText: said, ratio: '720:1280', duration: 30, audio: true },
  ],
  [{}, { model: 'seedance2', promptText: said, ratio: '864:496', duration: 4, audio: false, seed: 7 }],
  [
    { seconds: 15, aspect: '1:1', resolution: '1080p', audio: true, seed: null },
    { model: 'seedance2', promptText: said, ratio: '1440:1440', duration: 15, audio: true },
  ],
  [
    { aspect: '9:16' },
    { model: 'seedance2_fast', promptText: said, ratio: '496:864', duration: 4, audio: false, seed: 7 },
  ],
  [
    { aspect: '1:1', resolution: '720p' },
    { model: 'seedance2_mini', promptText: said, ratio: '960:960', duration: 4, audio: false, seed: 7 },
  ],
  [
    {},
    {
      model: 'h3_max',
      promptText: said,
      resolution: '480p',
      duration: 5,
      promptExpansionMode: 'disabled',
      seed: 7,
    },
  ],
  [
    { seed: null },
    {
      model: 'h3_max',
      promptText: said,
      resolution: '480p',
      duration: 5,
      promptExpansionMode: 'disabled',
    },
  ],
  [{}, { model: 'gemini_omni_flash_1.1', promptText: said, ratio: '640:360', duration: 3 }],
  [
    { seconds: 10, aspect: '9:16', resolution: '1080p' },
    { model: 'gemini_omni_flash_1.1', promptText: said, ratio: '1080:1920', duration: 10 },
  ],
];

/** The compiler complains where the SDK knows a model that is missing here. */
const OFFERED: Record<Params['model'], true> = {
  'gen4.5': true,
  'veo3.1': true,
  'veo3.1_fast': true,
  hailuo3: true,
  happyhorse_1_0: true,
  seedance2: true,
  seedance2_fast: true,
  seedance2_mini: true,
  gemini_omni_flash: true,
  seedance2_5: true,
  grok_imagine_1_5: true,
  wan3: true,
  'gemini_omni_flash_1.1': true,
  wan3_prime: true,
  h3_max: true,
};

async function both() {
  const recorder = await createRecorder([
    [/^POST \/v1\/text_to_video$/, { id: ID, estimatedCost: { credits: 24 } }],
    [
      /^GET \/v1\/tasks\//,
      { id: ID, status: 'RUNNING', progress: 0.5, createdAt: '', estimatedCost: { credits: 24 } },
    ],
    [/^DELETE \/v1\/tasks\//, {}],
    [/^GET \/v1\/organization$/, { creditBalance: 1, tier: { models: {} }, usage: { models: {} } }],
  ]);
  const { origin } = recorder;
  const sdk = new RunwayML({ apiKey: KEY, baseURL: origin, maxRetries: 0 });
  return { recorder, sdk, ours: adapter(runway, KEY, { baseUrl: origin }) };
}

describe("Runway's own SDK and our adapter", () => {
  it.each(ORDERS)('send the same order for %j: %j', async (wanted, params) => {
    const { recorder, sdk, ours } = await both();

    const theirs = await recorder.during(() => sdk.textToVideo.create(params));
    const sent = await recorder.during(() => ours.submit(orderFor(ours, params.model, wanted), 'k', never));

    expect(sent).toEqual(theirs);
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({
      method: 'POST',
      path: '/v1/text_to_video',
      headers: { authorization: `Bearer ${KEY}`, 'x-runway-version': '2024-11-06' },
      body: params,
    });
  });

  it('cover every model of the catalogue', () => {
    const covered = new Set(ORDERS.map(([, { model }]) => model));

    expect([...covered].sort()).toEqual(Object.keys(runway.models).sort());
    expect([...covered].sort()).toEqual(Object.keys(OFFERED).sort());
  });

  it('ask for, cancel and check in the same way', async () => {
    const { recorder, sdk, ours } = await both();

    const theirs = await recorder.during(async () => {
      await sdk.tasks.retrieve(ID);
      await sdk.tasks.delete(ID);
      await sdk.organization.retrieve();
    });
    const sent = await recorder.during(async () => {
      await ours.poll({ id: ID }, never);
      await ours.cancel?.({ id: ID }, never);
      await ours.check?.('gen4.5', never);
    });

    expect(sent).toEqual(theirs);
    expect(sent.map(({ method, path }) => `${method} ${path}`)).toEqual([
      `GET /v1/tasks/${ID}`,
      `DELETE /v1/tasks/${ID}`,
      'GET /v1/organization',
    ]);
  });
});

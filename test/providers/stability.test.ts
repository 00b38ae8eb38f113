import { describe, expect, it } from 'vitest';
import { DEFAULT_CANARY, type Canary } from '../../src/canary/canary.ts';
import { causeOf } from '../../src/core/classify.ts';
import { readFirstFrames } from '../../src/providers/first-frame.ts';
import { stability } from '../../src/providers/stability.ts';
import { providerContract } from '../contract/provider.ts';
import { ORIGIN, simulatedContract } from '../contract/simulated.ts';
import {
  errorOf,
  errorsOf,
  failing,
  never,
  onScript,
  orderOf,
  type Answer,
} from '../contract/provider-script.ts';

const ID = 'a6dc6c6e20acda010fe14d71f180658f2896ed9b4ec25aa99a6ff06c796987c4';
const MODEL = 'stable-video-diffusion';
const FRAME_BYTES_MAX = 20_000;

function running(body: unknown): Answer {
  return { status: 202, body };
}

function ended(finish_reason: string, video = 'AAAAIGZ0eXBpc29t'): Answer {
  return { status: 200, body: { video, finish_reason, seed: 7 } };
}

function planFor(change: Partial<Canary['order']>, expectation: Partial<Canary['expect']> = {}) {
  const { order, expect } = DEFAULT_CANARY;
  const canary = {
    ...DEFAULT_CANARY,
    order: { ...order, ...change },
    expect: { ...expect, ...expectation },
  };
  return onScript(stability, []).provider.plan(canary, MODEL);
}

describe('stability', () => {
  simulatedContract({
    definition: stability,
    simulator: 'stability',
    options: { baseUrl: `${ORIGIN}/stability` },
    first: MODEL,
    // The clip stands in the answer that says how far it is.
    causes: { asset_down: 'overloaded' },
  });

  providerContract({
    definition: stability,
    model: MODEL,
    origins: ['https://api.stability.ai'],
    prompts: false,
    accepted: { status: 200, body: { id: ID } },
    jobId: ID,
    statuses: [
      [
        'in-progress',
        [running({ id: ID, status: 'in-progress' })],
        { is: 'pending', phase: 'generate', progress: null },
      ],
      [
        'status 202 without a word',
        [running({ id: ID })],
        { is: 'pending', phase: 'generate', progress: null },
      ],
      ['status 202 without a body', [running('')], { is: 'pending', phase: 'generate', progress: null }],
      ['status 202 with another word', [running({ status: 'paused' })], { is: 'strange', word: 'paused' }],
      [
        'SUCCESS',
        [ended('SUCCESS')],
        { is: 'done', asset: { at: 'inline', base64: 'AAAAIGZ0eXBpc29t' }, costUsd: null },
      ],
      [
        'CONTENT_FILTERED',
        [ended('CONTENT_FILTERED', '')],
        {
          is: 'failed',
          code: 'CONTENT_FILTERED',
          message: 'the clip was filtered by moderation',
          costUsd: null,
        },
      ],
      [
        'ERROR',
        [ended('ERROR', '')],
        { is: 'failed', code: 'ERROR', message: 'the generation failed', costUsd: null },
      ],
    ],
    unknownWord: ended('REBOOTING'),
    free: {
      answer: { status: 200, body: { credits: 1234.56 } },
      checked: { text: '1235 credits left', balanceUsd: 12.35, notices: [], isListed: null },
    },
    errors: errorsOf('stability'),
    jobCodes: [
      ['CONTENT_FILTERED', 'moderated'],
      ['ERROR', 'unavailable'],
      ['SUCCESS', null],
    ],
  });

  it.each([
    ['16:9', 1024, 576],
    ['9:16', 576, 1024],
    ['1:1', 768, 768],
  ] as const)('sends our picture of %s as a file, and the seed', async (aspect, width, height) => {
    const { provider, heard } = onScript(stability, [{ status: 200, body: { id: ID } }]);
    const order = planFor({ aspect });
    if ('impossible' in order) throw new Error(order.impossible);

    await provider.submit(order, 'k', never);

    expect(order.facts).toMatchObject({ width, height, seconds: 4, costUsd: 0.2 });
    expect(heard[0]).toMatchObject({ method: 'POST', url: { pathname: '/v2beta/image-to-video' } });
    expect(heard[0]?.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/);
    expect(heard[0]?.body).toContain(`name="image"; filename="${width}x${height}.png"`);
    expect(heard[0]?.body).toContain('content-type: image/png');
    expect(heard[0]?.body).toMatch(/name="seed"\r\n\r\n7\r\n/);
    expect(heard[0]?.body).not.toContain('red ball');
  });

  it('leaves the seed to the provider where there is none', () => {
    expect(planFor({ seed: null })).toMatchObject({ request: [['image', '1024x576']] });
  });

  it('says that nobody reads the prompt', () => {
    expect(orderOf(onScript(stability, []).provider, MODEL).facts.notes).toEqual([
      'no prompt: stable-video-diffusion animates our first frame, a red ball on a white floor',
    ]);
  });

  it('refuses a canary whose colours are not in the picture', () => {
    expect(planFor({}, { colours: { white: 0.1, yellow: 0.003, blue: 0.1 } })).toEqual({
      impossible:
        'colours: yellow, blue asked, stable-video-diffusion makes only what our first frame shows: a red ball on a white floor',
    });
  });

  it('refuses a configured size of which there is no picture', () => {
    const { provider } = onScript({ ...stability, models: { [MODEL]: wide() } }, []);

    expect(provider.plan(DEFAULT_CANARY, MODEL)).toEqual({
      impossible: expect.stringMatching(
        /^size: 1920x1080 asked, stable-video-diffusion makes .*1024x576/,
      ) as string,
    });
  });

  it.each([...readFirstFrames()])(
    'ships a picture of %s that is small and is one',
    (size, { bytes, type }) => {
      const png = Buffer.from(bytes);

      expect(type).toBe('image/png');
      expect(png.toString('latin1', 1, 4)).toBe('PNG');
      expect(`${png.readUInt32BE(16)}x${png.readUInt32BE(20)}`).toBe(size);
      expect(png.byteLength).toBeLessThan(FRAME_BYTES_MAX);
    },
  );

  it('has a picture for every size of the catalogue', () => {
    const sizes = Object.values(stability.models)
      .flatMap((facts) => Object.values(facts.sizes))
      .flatMap((byAspect) => Object.values(byAspect).map((size) => size.join('x')));

    expect([...readFirstFrames().keys()].sort()).toEqual(sizes.sort());
  });

  it.each([
    [404, 'model_missing'],
    [410, 'retired'],
  ])('hears from status %d that the route is gone: %s', (httpStatus, cause) => {
    const {
      code,
      message,
      cause: hint,
    } = onScript(stability, []).provider.explain(
      errorOf({ status: httpStatus, body: { id: '9f0c', name: 'not_found', errors: ['Not found'] } }),
    );
    const failure = { phase: 'submit', kind: 'status', httpStatus, network: 'works' } as const;

    expect(causeOf({ ...failure, code, message, hint })).toBe(cause);
  });

  it('reads answers as large as a clip can be, and none that are larger', async () => {
    const large = 'A'.repeat(8 * 1024 * 1024);
    const { provider } = onScript(stability, [ended('SUCCESS', large), ended('SUCCESS', large.repeat(8))]);

    const status = await provider.poll({ id: ID }, never);
    const error = await failing(provider.poll({ id: ID }, never));

    expect(status.is).toBe('done');
    expect(error.code).toBe('body_too_large');
  });

  it.each([
    ['no video', { finish_reason: 'SUCCESS', seed: 7 }],
    ['an empty video', { finish_reason: 'SUCCESS', video: '' }],
    ['no reason', { video: 'AAAA' }],
  ])('calls an end with %s garbled', async (_name, body) => {
    const { provider } = onScript(stability, [{ status: 200, body }]);

    expect((await failing(provider.poll({ id: ID }, never))).code).toBe('bad_json');
  });
});

function wide() {
  const facts = stability.models[MODEL];
  if (facts === undefined) throw new Error('the catalogue is empty');
  return { ...facts, sizes: { '576p': { '16:9': [1920, 1080] } } } as const;
}

import { describe, expect, it } from 'vitest';
import { createBench } from './tools.ts';

const START = '/vercel/v4/ai/video-model/start';
const GROK = 'spacexai/grok-imagine-video';
const headers = {
  authorization: 'Bearer key',
  'ai-gateway-protocol-version': '0.0.1',
  'ai-gateway-auth-method': 'api-key',
  'ai-video-model-specification-version': '4',
  'ai-model-id': GROK,
};
const body = {
  prompt: 'A red ball.',
  n: 1,
  duration: 1,
  aspectRatio: '16:9',
  resolution: '854x480',
  providerOptions: {},
};

describe('vercel', () => {
  it('starts one job for one key', async () => {
    const bench = createBench();
    const keyed = { ...headers, 'idempotency-key': 'slot-1' };

    const first = await bench.call('POST', START, { body, headers: keyed });
    const again = await bench.call('POST', START, { body, headers: keyed });
    const other = await bench.call('POST', START, { body, headers });

    expect(again.body.operation).toEqual(first.body.operation);
    expect(other.body.operation).not.toEqual(first.body.operation);
    expect(bench.simulator.counters().vercel.submitsTotal).toBe(2);
  });

  it.each([
    ['another specification', { 'ai-video-model-specification-version': '3' }, 400],
    ['another protocol', { 'ai-gateway-protocol-version': '1' }, 400],
    ['another way of proving itself', { 'ai-gateway-auth-method': 'none' }, 400],
    ['no key', { authorization: '' }, 401],
    ['a model that nobody knows', { 'ai-model-id': 'no/such' }, 404],
  ])('refuses %s', async (_name, more, status) => {
    const bench = createBench();

    const refused = await bench.call('POST', START, { body, headers: { ...headers, ...more } });

    expect(refused.status).toBe(status);
    expect(bench.simulator.counters().vercel).toMatchObject({ submitsTotal: 0, refused: 1 });
  });

  it.each([
    ['a length that the model does not make', GROK, { duration: 16 }],
    ['pixels that no maker has a name for', GROK, { resolution: '640x360' }],
    ['a square', GROK, { aspectRatio: '1:1' }],
    ['two videos', GROK, { n: 2 }],
    [
      'sound in a mode that has none',
      'klingai/kling-v2.6-t2v',
      { duration: 5, generateAudio: true, providerOptions: { klingai: { mode: 'std' } } },
    ],
  ])('refuses %s', async (_name, model, more) => {
    const bench = createBench();

    const refused = await bench.call('POST', START, {
      body: { ...body, ...more },
      headers: { ...headers, 'ai-model-id': model },
    });

    expect(refused).toMatchObject({ status: 400, body: { error: { type: 'invalid_request_error' } } });
  });
});

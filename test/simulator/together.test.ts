import { describe, expect, it } from 'vitest';
import { createBench } from './tools.ts';

const VIDEOS = '/together/v2/videos';
const headers = { authorization: 'Bearer key' };
const order = {
  model: 'Wan-AI/wan2.7-t2v',
  prompt: 'A red ball.',
  seconds: '2',
  resolution: '720P',
  ratio: '16:9',
};
const clip = { model: 'vidu/vidu-q1', prompt: 'A red ball.', seconds: '5', width: 1920, height: 1080 };

describe('together', () => {
  it.each([
    ['seconds', order, 0.2],
    ['clip', clip, 0.22],
  ])('charges by the %s', async (_name, body, costUsd) => {
    const bench = createBench();

    const accepted = await bench.call('POST', VIDEOS, { body, headers });

    expect(accepted.body).toMatchObject({ object: 'video', status: 'queued', seconds: body.seconds });
    expect(bench.simulator.counters().together.costUsd).toBe(costUsd);
  });

  it.each([
    ['a tier in small letters', { ...order, resolution: '720p' }],
    ['a length that is a number', { ...order, seconds: 2 }],
    ['pixels where a tier is taken', { ...order, width: 1280, height: 720 }],
    [
      'a ratio of Seedance 2.5',
      { ...order, model: 'ByteDance/Seedance-2.5', resolution: '480p', seconds: '4' },
    ],
    ['a size that the model does not make', { ...clip, width: 1280, height: 720 }],
    ['a field that nobody knows', { ...order, sound: true }],
  ])('refuses %s', async (_name, body) => {
    const bench = createBench();

    const refused = await bench.call('POST', VIDEOS, { body, headers });

    expect(refused.status).toBe(400);
    expect(bench.simulator.counters().together).toMatchObject({ submitsTotal: 0, refused: 1 });
  });

  it('knows no model that it does not serve, and no job that it did not take', async () => {
    const bench = createBench();

    const model = await bench.call('POST', VIDEOS, { body: { ...order, model: 'no/such' }, headers });
    const job = await bench.call('GET', `${VIDEOS}/unknown`, { headers });

    expect([model.status, model.body.error.code, job.status]).toEqual([404, 'model_not_available', 404]);
  });
});

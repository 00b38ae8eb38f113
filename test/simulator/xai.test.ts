import { describe, expect, it } from 'vitest';
import { createBench, START } from './tools.ts';

const headers = { authorization: 'Bearer key' };
const order = { model: 'grok-imagine-video', prompt: 'A red ball.', duration: 1, resolution: '480p' };

describe('xai', () => {
  it('answers nothing at first, then how far it is, then the video and its price in ticks', async () => {
    const bench = createBench();
    const { body } = await bench.call('POST', '/xai/v1/videos/generations', { body: order, headers });
    const ask = () => bench.call('GET', `/xai/v1/videos/${body.request_id}`, { headers });

    const first = await ask();
    bench.clock.now = START + 30_000;
    const running = await ask();
    bench.clock.now = START + 600_000;
    const done = await ask();

    expect([first.status, first.text]).toEqual([202, '']);
    expect(running).toMatchObject({ status: 202, body: { status: 'pending' } });
    expect(running.body.progress).toBeGreaterThan(0);
    expect(done).toMatchObject({ status: 200, body: { status: 'done', usage: { cost_in_usd_ticks: 5e8 } } });
    expect(done.body.video).toMatchObject({ duration: 1, respect_moderation: true });
  });

  it('calls a withheld video done, and charges for it', async () => {
    const bench = createBench();
    bench.simulator.setFault('xai', { kind: 'moderated' });
    const { body } = await bench.call('POST', '/xai/v1/videos/generations', { body: order, headers });
    bench.clock.now = START + 600_000;

    const done = await bench.call('GET', `/xai/v1/videos/${body.request_id}`, { headers });

    expect(done.body).toMatchObject({
      status: 'done',
      video: { url: '', respect_moderation: false },
      usage: { cost_in_usd_ticks: 5e8 },
    });
  });

  it.each([
    ['a seed', { seed: 7 }],
    ['a size that the model does not make', { resolution: '1080p' }],
    ['sixteen seconds', { duration: 16 }],
    ['half a second', { duration: 0.5 }],
    ['no prompt', { prompt: '' }],
    ['a picture of another shape', { aspect_ratio: '21:9' }],
  ])('refuses %s', async (_name, more) => {
    const bench = createBench();

    const refused = await bench.call('POST', '/xai/v1/videos/generations', {
      body: { ...order, ...more },
      headers,
    });

    expect(refused).toMatchObject({
      status: 400,
      body: { code: 'Client specified an invalid argument', error: expect.any(String) },
    });
  });
});

import { describe, expect, it } from 'vitest';
import { createBench, START } from './tools.ts';

const headers = { authorization: 'Bearer key' };
const API = '/openrouter/api/v1';
const order = { model: 'x-ai/grok-imagine-video', prompt: 'A red ball.', duration: 1, resolution: '480p' };

describe('openrouter', () => {
  it('lists its models to everybody, and asks for a key everywhere else', async () => {
    const bench = createBench();

    const list = await bench.call('GET', `${API}/videos/models`);
    const others = await Promise.all([
      bench.call('GET', `${API}/key`),
      bench.call('POST', `${API}/videos`, { body: order }),
      bench.call('GET', `${API}/videos/unknown`),
      bench.call('GET', `${API}/videos/unknown/content?index=0`),
    ]);

    expect(list.body.data.length).toBeGreaterThan(20);
    expect(others.map(({ status }) => status)).toEqual([401, 401, 401, 401]);
  });

  it('hands the video out with the key, once it is there', async () => {
    const bench = createBench();
    const { body } = await bench.call('POST', `${API}/videos`, { body: order, headers });
    const content = `${API}/videos/${body.id}/content?index=0`;

    const early = await bench.call('GET', content, { headers });
    bench.clock.now = START + 600_000;
    const bare = await bench.call('GET', content);
    const video = await bench.call('GET', content, { headers });
    const job = await bench.call('GET', `${API}/videos/${body.id}`, { headers });

    expect([early.status, bare.status, video.status]).toEqual([404, 401, 200]);
    expect(video.text.slice(4, 8)).toBe('ftyp');
    expect(job.body).toMatchObject({ status: 'completed', usage: { cost: 0.05, is_byok: false } });
    expect(bench.simulator.counters().openrouter).toMatchObject({ downloads: 1, polls: 1 });
  });

  it.each([
    ['sound from a model that lists none', { generate_audio: false }, 'generate_audio is not supported'],
    ['a seed for a model that takes none', { seed: 7 }, 'seed is not supported'],
    ['a length that is not listed', { duration: 16 }, 'Unsupported duration 16'],
    ['a model that nobody knows', { model: 'x-ai/unheard' }, 'not a valid model ID'],
  ])('refuses %s', async (_name, more, text) => {
    const bench = createBench();

    const refused = await bench.call('POST', `${API}/videos`, { body: { ...order, ...more }, headers });

    expect(refused.body.error).toEqual({ code: 400, message: expect.stringContaining(text) });
    expect(bench.simulator.counters().openrouter).toMatchObject({ submitsTotal: 0, refused: 1 });
  });

  it('passes over fields that it does not know', async () => {
    const bench = createBench();

    const accepted = await bench.call('POST', `${API}/videos`, { body: { ...order, image: 'x' }, headers });

    expect(accepted.status).toBe(202);
  });
});

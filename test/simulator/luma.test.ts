import { describe, expect, it } from 'vitest';
import { LUMA, LUMA_LEGACY, createBench, order, until } from './tools.ts';
import type { Bench } from './tools.ts';

function submit(bench: Bench, change: object) {
  return bench.call('POST', LUMA.submitPath, { body: { ...LUMA.order, ...change }, headers: LUMA.headers });
}

describe('luma', () => {
  it('names request and version, and counts down what may be ordered in a minute', async () => {
    const bench = createBench();

    const first = await order(bench, LUMA);
    const second = await order(bench, LUMA);

    expect(first.status).toBe(201);
    expect(first.headers.get('x-api-version')).toBe('2026-04-01');
    expect(first.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect([first, second].map(({ headers }) => headers.get('x-ratelimit-remaining'))).toEqual(['29', '28']);
  });

  it.each([
    [{ seed: 7 }, 'Unknown field: seed'],
    [{ video: { resolution: '540p', negative_prompt: 'x' } }, 'Unknown field: video.negative_prompt'],
    [{ video: { duration: '9s' } }, 'video.duration'],
    [{ video: { resolution: '4k' } }, 'video.resolution'],
    [{ video: 'short' }, 'video must be an object'],
    [{ aspect_ratio: '9:21' }, 'aspect_ratio'],
    [{ prompt: '' }, 'prompt'],
    [{ prompt: 'x'.repeat(6_001) }, 'prompt'],
    [{ type: 'image' }, 'type'],
    [{ model: 'ray-3' }, 'Unknown model: ray-3'],
  ])('refuses %j in a sentence', async (change, detail) => {
    const bench = createBench();

    const refused = await submit(bench, change);

    expect(refused.status).toBe(400);
    expect(refused.body).toEqual({ detail: expect.stringContaining(detail) as string });
    expect(bench.simulator.counters().luma).toMatchObject({ submitsTotal: 0, refused: 1 });
  });

  it.each([
    [{ video: { resolution: '360p' } }, 0.06],
    [{ video: { resolution: '1080p', duration: '10s' } }, 3.6],
    [{ video: {} }, 0.3],
  ])('prices %j', async (change, costUsd) => {
    const bench = createBench();

    await submit(bench, change);

    expect(bench.simulator.counters().luma.costUsd).toBe(costUsd);
  });

  it.each([
    ['moderated', 'content_moderated'],
    ['generation_down', 'generation_failed'],
  ] as const)('fails with a code where a fault says %s', async (kind, failure_code) => {
    const bench = createBench();
    bench.simulator.setFault('luma', { kind });
    const { body } = await order(bench, LUMA);

    const failed = await until(bench, LUMA, LUMA.pollPath(body), 'failed');

    expect(failed.body).toMatchObject({ failure_code, failure_reason: expect.any(String) as string });
  });

  it('signs an address that serves a video without a key', async () => {
    const bench = createBench();
    const { body } = await order(bench, LUMA);
    const done = await until(bench, LUMA, LUMA.pollPath(body), 'completed');

    const video = await bench.call('GET', done.body.output[0].url);

    expect(video.headers.get('content-type')).toBe('video/mp4');
    expect(bench.simulator.counters().luma.downloads).toBe(1);
  });

  it.each([
    ['GET', '/luma/v1/generations/182bd5e5', 404, 'Generation not found'],
    ['DELETE', '/luma/v1/generations/182bd5e5', 404, 'Not Found'],
    ['GET', '/luma/v1/files?limit=0', 400, 'limit'],
  ])('answers %s %s with %i', async (method, path, status, detail) => {
    const answer = await createBench().call(method, path, { headers: LUMA.headers });

    expect([answer.status, answer.body.detail]).toEqual([status, expect.stringContaining(detail)]);
  });
});

describe('luma-legacy', () => {
  it('takes the price off a balance in cents', async () => {
    const bench = createBench();
    const balance = async () =>
      (await bench.call('GET', LUMA_LEGACY.checkPath, { headers: LUMA_LEGACY.headers })).body.credit_balance;

    const before = await balance();
    await order(bench, LUMA_LEGACY);

    expect([before, await balance()]).toEqual([5_000, 4_986]);
    bench.simulator.setFault('luma-legacy', { kind: 'no_credit' });
    expect(await balance()).toBe(0);
  });

  it.each([
    [{ seed: 7 }, 400, 'Extra inputs'],
    [{ prompt: '' }, 400, 'Prompt is required'],
    [{ prompt: 'ab' }, 400, 'Prompt is too short'],
    [{ prompt: 'x'.repeat(5_001) }, 400, 'Prompt is too long'],
    [{ resolution: '360p' }, 400, 'resolution'],
    [{ aspect_ratio: '5:4' }, 400, 'aspect_ratio'],
    [{ duration: '10s' }, 400, 'duration'],
  ])('refuses %j with %i in a sentence', async (change, status, detail) => {
    const bench = createBench();

    const refused = await bench.call('POST', LUMA_LEGACY.submitPath, {
      body: { ...LUMA_LEGACY.order, ...change },
      headers: LUMA_LEGACY.headers,
    });

    expect([refused.status, refused.body.detail]).toEqual([status, expect.stringContaining(detail)]);
  });

  it('names the field where a model is not known', async () => {
    const bench = createBench();
    bench.simulator.setFault('luma-legacy', { kind: 'model_gone' });

    const refused = await order(bench, LUMA_LEGACY);

    expect(refused.status).toBe(422);
    expect(refused.body.detail[0].loc).toEqual(['body', 'model']);
  });

  it('forgets what was deleted, and its video', async () => {
    const bench = createBench();
    const { body } = await order(bench, LUMA_LEGACY);
    const path = LUMA_LEGACY.pollPath(body);
    const done = await until(bench, LUMA_LEGACY, path, 'completed');

    const removed = await bench.call('DELETE', path, { headers: LUMA_LEGACY.headers });
    const again = await bench.call('DELETE', path, { headers: LUMA_LEGACY.headers });
    const video = await bench.call('GET', done.body.assets.video);

    expect([removed.status, again.status, video.status]).toEqual([204, 404, 403]);
    expect(bench.simulator.counters()['luma-legacy']).toMatchObject({ cancels: 2, downloads: 0 });
  });
});

import { describe, expect, it } from 'vitest';
import { PIKA, createBench, order, until } from './tools.ts';

describe('fal', () => {
  it('polls on the short path, gives the result once done, and serves the video', async () => {
    const bench = createBench();
    const accepted = await order(bench, PIKA);
    const { response_url, status_url, cancel_url, request_id } = accepted.body;

    const early = await bench.call('GET', response_url, { headers: PIKA.headers });
    await until(bench, PIKA, status_url, 'COMPLETED');
    const result = await bench.call('GET', response_url, { headers: PIKA.headers });
    const video = await bench.call('GET', result.body.video.url);
    const late = await bench.call('PUT', cancel_url, { headers: PIKA.headers });

    expect(new URL(status_url).pathname).toBe(`/fal/fal-ai/pika/requests/${request_id}/status`);
    expect([early.status, early.body.detail]).toEqual([400, 'Request is still in progress']);
    expect(result.body.video.file_size).toBe(video.text.length);
    expect(late.status).toBe(400);
  });

  it('takes any endpoint, and finds its requests under its own name only', async () => {
    const bench = createBench();
    const accepted = await bench.call('POST', '/fal/xai/grok-imagine-video/v1.5/text-to-video', {
      body: { prompt: 'A red ball.', resolution: '480p', duration: 1 },
      headers: PIKA.headers,
    });
    const foreign = accepted.body.status_url.replace('xai/grok-imagine-video', 'fal-ai/pika');

    const own = await bench.call('GET', accepted.body.status_url, { headers: PIKA.headers });
    const other = await bench.call('GET', foreign, { headers: PIKA.headers });

    expect([own.status, other.status]).toEqual([202, 404]);
  });

  it('cancels a waiting request', async () => {
    const bench = createBench();
    const accepted = await order(bench, PIKA);

    const cancelled = await bench.call('PUT', accepted.body.cancel_url, { headers: PIKA.headers });

    expect([cancelled.status, cancelled.body.status]).toEqual([202, 'CANCELLATION_REQUESTED']);
  });

  it('describes endpoints without a key, and prices with one', async () => {
    const bench = createBench();
    const query = 'endpoint_id=fal-ai/pika/v2.2/text-to-video';

    const models = await bench.call('GET', `/fal-platform/v1/models?${query}`);
    const locked = await bench.call('GET', `/fal-platform/v1/models/pricing?${query}`);
    const prices = await bench.call('GET', `/fal-platform/v1/models/pricing?${query}`, {
      headers: PIKA.headers,
    });

    expect(models.body.models[0].metadata.status).toBe('active');
    expect(locked.status).toBe(401);
    expect(prices.body.prices[0]).toMatchObject({ unit_price: 0.2, currency: 'USD' });
  });
});

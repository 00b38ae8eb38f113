import { describe, expect, it } from 'vitest';
import { SORA, createBench, order, until } from './tools.ts';

describe('openai', () => {
  it('is gone by default, and says since when', async () => {
    const bench = createBench();

    const refused = await order(bench, SORA);
    const models = await bench.call('GET', SORA.checkPath, { headers: SORA.headers });

    expect([refused.status, refused.body.error.code]).toEqual([404, 'model_not_found']);
    expect(models.body.data).toContainEqual(
      expect.objectContaining({ id: 'sora-2', shutdown_date: '2026-09-24' }),
    );
    expect(bench.simulator.counters().openai.submitsTotal).toBe(0);
  });

  it('takes multipart, serves the content with the key only, and deletes', async () => {
    const bench = createBench({ revived: true });
    const form = new FormData();
    for (const [name, value] of Object.entries(SORA.order)) form.append(name, String(value));

    const accepted = await bench.call('POST', SORA.submitPath, { body: form, headers: SORA.headers });
    const path = SORA.pollPath(accepted.body);
    const done = await until(bench, SORA, path, 'completed');
    const video = await bench.call('GET', `${path}/content`, { headers: SORA.headers });
    const stranger = await bench.call('GET', `${path}/content`);
    const list = await bench.call('GET', '/openai/v1/videos?limit=1', { headers: SORA.headers });
    const removed = await bench.call('DELETE', path, { headers: SORA.headers });
    const gone = await bench.call('GET', path, { headers: SORA.headers });

    expect(done.body).toMatchObject({
      object: 'video',
      seconds: '4',
      size: '720x1280',
      progress: 100,
      error: null,
    });
    expect(video.headers.get('content-type')).toBe('video/mp4');
    expect(stranger.status).toBe(401);
    expect(list.body.data[0].id).toBe(accepted.body.id);
    expect(removed.body).toEqual({ id: accepted.body.id, object: 'video.deleted', deleted: true });
    expect(gone.status).toBe(404);
  });
});

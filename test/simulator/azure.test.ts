import { describe, expect, it } from 'vitest';
import { createBench } from './tools.ts';

const headers = { 'api-key': 'key' };
const body = { model: 'sora-2', prompt: 'A red ball.', seconds: '4', size: '720x1280' };

describe('azure', () => {
  it('is gone with 410 by default, and its list says since when', async () => {
    const bench = createBench();

    const refused = await bench.call('POST', '/azure/openai/v1/videos', { body, headers });
    const models = await bench.call('GET', '/azure/openai/v1/models', { headers });

    expect([refused.status, refused.body.error.code]).toEqual([410, 'ModelDeprecated']);
    expect(models.body.data).toContainEqual(
      expect.objectContaining({
        id: 'sora-2-2025-12-08',
        deprecation: { inference: Date.UTC(2026, 9, 15) / 1_000 },
      }),
    );
    expect(bench.simulator.counters().azure).toMatchObject({ submitsTotal: 0, refused: 1, checks: 1 });
  });

  it.each([
    ['another deployment', { model: 'my-sora' }, 404, 'video_generation_user_error'],
    ['another length', { seconds: '5' }, 400, 'invalid_request_error'],
    ['another size', { size: '1920x1080' }, 400, 'invalid_request_error'],
    ['no prompt', { prompt: '' }, 400, 'invalid_request_error'],
  ])('refuses %s', async (_name, wrong, status, type) => {
    const bench = createBench({ revived: true });

    const refused = await bench.call('POST', '/azure/openai/v1/videos', {
      body: { ...body, ...wrong },
      headers,
    });

    expect([refused.status, refused.body.error.type]).toEqual([status, type]);
    expect(bench.simulator.counters().azure.refused).toBe(1);
  });

  it('takes the key in a header of its own only, and knows no other paths', async () => {
    const bench = createBench({ revived: true });
    const bearer = { authorization: 'Bearer key' };

    const stranger = await bench.call('POST', '/azure/openai/v1/videos', { body, headers: bearer });
    const elsewhere = await bench.call('GET', '/azure/openai/deployments', { headers });
    const accepted = await bench.call('POST', '/azure/openai/v1/videos?api-version=preview', {
      body,
      headers,
    });

    expect([stranger.status, stranger.body.error.code]).toEqual([401, '401']);
    expect([elsewhere.status, elsewhere.body.error.code]).toEqual([404, '404']);
    expect([accepted.status, accepted.body.status]).toEqual([200, 'queued']);
  });
});

import { describe, expect, it } from 'vitest';
import { createBench } from './tools.ts';

const headers = { authorization: 'Bearer key_test' };
const good = { model: 'ltx-2-3-fast', prompt: 'A red ball.', duration: 6, resolution: '1920x1080' };

describe('ltx', () => {
  it.each([
    ['a field that it does not know', { seed: 7 }, 'unknown parameter: seed'],
    ['no prompt', { prompt: '' }, 'prompt is required'],
    ['a prompt that is too long', { prompt: 'x'.repeat(10_001) }, 'at most 10000'],
    ['a length between', { duration: 7 }, 'duration must be'],
    ['a length as a text', { duration: '6' }, 'duration must be'],
    ['a long clip in 4K', { duration: 20, resolution: '3840x2160' }, 'duration must be'],
    ['a size by its name', { resolution: '1080p' }, 'resolution must be'],
    ['another shape', { resolution: '1920x1440' }, 'resolution must be'],
    ['sound that is neither', { generate_audio: 'yes' }, 'generate_audio must be'],
    ['a model that ended', { model: 'ltx-2-fast' }, 'does not exist'],
  ])('refuses %s', async (_name, change, said) => {
    const bench = createBench();

    const answer = await bench.call('POST', '/ltx/v2/text-to-video', {
      body: { ...good, ...change },
      headers,
    });

    expect([answer.status, answer.body.error.type]).toEqual([400, 'invalid_request_error']);
    expect(answer.body.error.message).toContain(said);
    expect(bench.simulator.counters().ltx).toMatchObject({ submitsTotal: 0, refused: 1 });
  });

  it.each([
    [{}, 0.36],
    [{ duration: 10, resolution: '1080x1920' }, 0.6],
    [{ duration: 10, resolution: '2560x1440' }, 1.2],
    [{ model: 'ltx-2-3-pro', resolution: '3840x2160' }, 1.92],
  ])('takes %j for its price', async (change, costUsd) => {
    const bench = createBench();

    const answer = await bench.call('POST', '/ltx/v2/text-to-video', {
      body: { ...good, ...change },
      headers,
    });

    expect(answer.status).toBe(202);
    expect(bench.simulator.counters().ltx.costUsd).toBeCloseTo(costUsd, 6);
  });

  it('finds no job that nobody ordered, and tells that to good keys only', async () => {
    const bench = createBench();
    const path = '/ltx/v2/text-to-video/00000000-0000-0000-0000-000000000000';

    const [known, bad] = [
      await bench.call('GET', path, { headers }),
      await bench.call('GET', path, { headers: { authorization: 'Bearer bad' } }),
    ];

    expect([known.body.error.type, bad.body.error.type]).toEqual(['not_found_error', 'authentication_error']);
    expect(bench.simulator.counters().ltx.checks).toBe(2);
  });
});

import { describe, expect, it } from 'vitest';
import { createBench, type Bench } from './tools.ts';

const PATH = '/wan/api/v1/services/aigc/video-generation/video-synthesis';
const headers = { authorization: 'Bearer key', 'x-dashscope-async': 'enable' };
const send = (bench: Bench, model: string, parameters: object, input: object = { prompt: 'A red ball.' }) =>
  bench.call('POST', PATH, { body: { model, input, parameters }, headers });

describe('wan', () => {
  it.each([
    ['wan3.0-video', { duration: 2, resolution: '480P', ratio: '16:9', audio: false }, 0.1],
    ['wan3.0-video', {}, 1],
    ['wan3.0-video-prime', { duration: 30, resolution: '720P', ratio: 'adaptive' }, 4.2],
    ['wan2.7-t2v', { duration: 15, resolution: '1080P', ratio: '3:4', prompt_extend: false }, 2.25],
    ['wan2.6-t2v', { duration: 2, size: '1088*832', shot_type: 'single' }, 0.2],
    ['wan2.5-t2v-preview', { duration: 5, size: '624*624', seed: 0 }, 0.25],
  ])('takes an order of %s with %j for $%d', async (model, parameters, costUsd) => {
    const bench = createBench();

    const accepted = await send(bench, model, parameters);

    expect(accepted.body.output.task_status).toBe('PENDING');
    expect(bench.simulator.counters().wan.costUsd).toBeCloseTo(costUsd, 6);
  });

  it.each([
    ['wan9', {}, 'Model not exist.'],
    ['wan3.0-video', { duration: 31 }, 'duration 31 is not supported'],
    ['wan3.0-video', { duration: '5' }, 'duration 5 is not supported'],
    ['wan3.0-video', { resolution: '480p' }, 'The size is not match'],
    ['wan3.0-video', { ratio: '21:9' }, 'ratio is not supported'],
    ['wan3.0-video', { audio: 'off' }, 'audio and prompt_extend are booleans'],
    ['wan3.0-video', { size: '1280*720' }, 'unexpected parameters: size'],
    ['wan2.7-t2v', { audio: false }, 'unexpected parameters: audio'],
    ['wan2.7-t2v', { resolution: '480P' }, 'The size is not match'],
    ['wan2.6-t2v', { size: '832*480' }, 'The size is not match'],
    ['wan2.6-t2v', { resolution: '720P' }, 'unexpected parameters: resolution'],
    ['wan2.5-t2v-preview', { duration: 6 }, 'duration 6 is not supported'],
    ['wan3.0-video', { seed: -1 }, 'seed is out of range'],
  ])('refuses %s with %j', async (model, parameters, message) => {
    const bench = createBench();

    const refused = await send(bench, model, parameters);

    expect(refused.status).toBe(400);
    expect(refused.body).toMatchObject({ code: 'InvalidParameter', message });
    expect(bench.simulator.counters().wan).toMatchObject({ submitsTotal: 0, refused: 1 });
  });

  it.each([
    [{}, 'Field required: input.prompt'],
    [{ prompt: 'a'.repeat(1_501) }, 'prompt is too long'],
    [{ prompt: 'a', negative_prompt: 'b'.repeat(501) }, 'negative_prompt is too long'],
  ])('refuses the input %j', async (input, message) => {
    const refused = await send(createBench(), 'wan2.6-t2v', {}, input);

    expect(refused.body).toMatchObject({ code: 'InvalidParameter', message });
  });

  it('insists on being called asynchronously', async () => {
    const refused = await createBench().call('POST', PATH, {
      body: { model: 'wan3.0-video', input: { prompt: 'A red ball.' } },
      headers: { authorization: 'Bearer key' },
    });

    expect([refused.status, refused.body.code]).toEqual([403, 'AccessDenied']);
  });

  it('cancels only what waits, and forgets a task after a day', async () => {
    const bench = createBench();
    const ids: string[] = [];
    for (let n = 0; n < 2; n++) ids.push((await send(bench, 'wan3.0-video', {})).body.output.task_id);
    const path = (id: string) => `/wan/api/v1/tasks/${id}`;
    const word = async (id = '') => (await bench.call('GET', path(id), { headers })).body.output.task_status;

    const first = await bench.call('POST', `${path(ids[0] ?? '')}/cancel`, { headers });
    bench.clock.now += 30_000;
    const second = await bench.call('POST', `${path(ids[1] ?? '')}/cancel`, { headers });
    const words = [await word(ids[0]), await word(ids[1])];
    bench.clock.now += 86_400_000;

    expect([first.status, second.status, second.body.code]).toEqual([200, 400, 'UnsupportedOperation']);
    expect(words).toEqual(['CANCELED', 'RUNNING']);
    expect(await word(ids[1])).toBe('UNKNOWN');
    expect(bench.simulator.counters().wan).toMatchObject({ cancels: 2, polls: 2, checks: 1 });
  });
});

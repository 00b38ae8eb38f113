import { describe, expect, it } from 'vitest';
import { createBench } from './tools.ts';

const TASKS = '/seedance/api/v3/contents/generations/tasks';
const MODELS = '/seedance/api/v3/models';
const headers = { authorization: 'Bearer key' };
const content = [{ type: 'text', text: 'A red ball.' }];
const silent = { model: 'seedance-1-0-pro-250528', content, resolution: '480p', ratio: '16:9', duration: 2 };
const loud = { ...silent, model: 'seedance-1-5-pro-251215', duration: 4 };

describe('Seedance', () => {
  it.each([
    ['no prompt', { ...silent, content: [] }, 'MissingParameter'],
    ['an empty prompt', { ...silent, content: [{ type: 'text', text: ' ' }] }, 'MissingParameter'],
    ['a field of another model', { ...silent, generate_audio: false }, 'InvalidParameter'],
    ['a length of another model', { ...loud, duration: 2 }, 'InvalidParameter'],
    ['half a second', { ...silent, duration: 2.5 }, 'InvalidParameter'],
    ['a size of another model', { ...silent, resolution: '4k' }, 'InvalidParameter'],
    ['a strange ratio', { ...silent, ratio: '5:4' }, 'InvalidParameter'],
    ['a seed out of range', { ...silent, seed: 2 ** 32 }, 'InvalidParameter'],
    ['sound that is no yes or no', { ...loud, generate_audio: 'yes' }, 'InvalidParameter'],
    [
      'a model that ended',
      { ...silent, model: 'seedance-1-0-lite-t2v-250428' },
      'InvalidEndpointOrModel.NotFound',
    ],
  ])('refuses %s before anything is paid', async (_name, body, code) => {
    const bench = createBench();

    const answer = await bench.call('POST', TASKS, { body, headers });

    expect(answer.body.error.code).toBe(code);
    expect(bench.simulator.counters().seedance).toMatchObject({ submitsTotal: 0, refused: 1 });
  });

  it.each([
    ['silent', silent, 0.0486],
    ['without sound', { ...loud, generate_audio: false }, 0.0482],
    ['with sound, which is on by default', loud, 0.0964],
  ])('bills a clip %s by its tokens', async (_name, body, usd) => {
    const bench = createBench();

    await bench.call('POST', TASKS, { body, headers });

    expect(bench.simulator.counters().seedance.costUsd).toBeCloseTo(usd, 4);
  });

  it('cancels a queued task, refuses a running one, and removes a finished one', async () => {
    const bench = createBench();
    const answers: unknown[] = [];
    for (const word of ['queued', 'running', 'succeeded']) {
      const { body } = await bench.call('POST', TASKS, { body: silent, headers });
      const path = `${TASKS}/${body.id}`;
      while ((await bench.call('GET', path, { headers })).body.status !== word) bench.clock.now += 1000;
      const gone = await bench.call('DELETE', path, { headers });
      answers.push([gone.status, (await bench.call('GET', path, { headers })).status]);
    }

    expect(answers).toEqual([
      [200, 404],
      [409, 200],
      [200, 404],
    ]);
  });

  it('lists its models and our tasks to those who have a key', async () => {
    const bench = createBench();
    await bench.call('POST', TASKS, { body: silent, headers });
    await bench.call('POST', TASKS, { body: loud, headers });

    const models = await bench.call('GET', MODELS, { headers });
    const tasks = await bench.call('GET', `${TASKS}?page_size=1`, { headers });
    const locked = await bench.call('GET', MODELS, { headers: { authorization: 'Bearer bad-key' } });

    expect(models.body.data[0]).toMatchObject({ id: silent.model, object: 'model' });
    expect([tasks.body.items.length, tasks.body.total]).toEqual([1, 2]);
    expect([locked.status, locked.body.error.code]).toEqual([401, 'AuthenticationError']);
  });

  it('knows no other paths', async () => {
    expect((await createBench().call('PUT', TASKS, { headers })).status).toBe(404);
  });
});

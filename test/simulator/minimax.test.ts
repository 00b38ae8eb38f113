import { describe, expect, it } from 'vitest';
import { createBench, type Answer, type Bench } from './tools.ts';

const V2 = '/minimax/v2/video_generation';
const QUERY = '/minimax/v2/query/video_generation';
const V1 = '/minimax-v1/v1/video_generation';
const headers = { authorization: 'Bearer key' };
const content = [{ type: 'text', text: 'A red ball.' }];
const film = { model: 'MiniMax-H3', content, resolution: '768P', duration: 4, ratio: '16:9' };
const clip = { model: 'MiniMax-Hailuo-2.3', prompt: 'A red ball.' };

async function pass(bench: Bench, path: string, word: (answer: Answer) => boolean): Promise<Answer> {
  for (let second = 0; second < 900; second += 1) {
    const answer = await bench.call('GET', path, { headers });
    if (word(answer)) return answer;
    bench.clock.now += 1000;
  }
  throw new Error(`${path} never got there`);
}

describe("MiniMax's newer API", () => {
  it.each([
    ['no prompt', { ...film, content: [{ type: 'image_url' }] }, /content needs a text/],
    ['too long a prompt', { ...film, content: [{ type: 'text', text: 'x'.repeat(7001) }] }, /content needs/],
    ['a seed', { ...film, seed: 7 }, /unknown field seed/],
    ['the size of another model', { ...film, resolution: '480P' }, /resolution must be one of 768P, 2K/],
    ['a size in small letters', { ...film, resolution: '768p' }, /resolution must be/],
    ['too short a clip', { ...film, duration: 3 }, /duration must be an integer from 4 to 15/],
    ['a ratio that text cannot have', { ...film, ratio: 'adaptive' }, /ratio is required/],
    ['a model of the older API', { ...film, model: 'MiniMax-Hailuo-2.3' }, /unknown model/],
  ])('refuses %s before anything is paid', async (_name, body, text) => {
    const bench = createBench();

    const answer = await bench.call('POST', V2, { body, headers });

    expect([answer.status, answer.body.error.type]).toEqual([400, 'bad_request_error']);
    expect(answer.body.error.message).toMatch(text);
    expect(bench.simulator.counters().minimax).toMatchObject({ submitsTotal: 0, refused: 1 });
  });

  it('cancels a queued task once, and no running one', async () => {
    const bench = createBench();
    const queued = await bench.call('POST', V2, { body: film, headers });
    const first = await bench.call('DELETE', `${V2}/${queued.body.task_id}`, { headers });
    const second = await bench.call('DELETE', `${V2}/${queued.body.task_id}`, { headers });
    const shown = await bench.call('GET', `${QUERY}/${queued.body.task_id}`, { headers });
    const running = await bench.call('POST', V2, { body: film, headers });
    await pass(bench, `${QUERY}/${running.body.task_id}`, ({ body }) => body.task.status === 'running');
    const late = await bench.call('DELETE', `${V2}/${running.body.task_id}`, { headers });

    expect([first.status, second.status, late.status]).toEqual([200, 400, 400]);
    expect(shown.body.task.status).toBe('cancelled');
  });

  it('lists our tasks, knows no others, and tells the balance', async () => {
    const bench = createBench();
    await bench.call('POST', V2, { body: film, headers });

    const list = await bench.call('GET', QUERY, { headers });
    const other = await bench.call('GET', `${QUERY}/1`, { headers });
    const balance = await bench.call('GET', '/minimax/account/query_balance', { headers });
    const locked = await bench.call('GET', '/minimax/v1/files/list');

    expect(list.body).toMatchObject({ total: 1, tasks: [{ model: 'MiniMax-H3', status: 'queued' }] });
    expect([other.status, locked.status]).toEqual([404, 401]);
    expect(balance.body.available_amount).toBe('99.68');
  });
});

describe("MiniMax's older API", () => {
  it.each([
    ['no prompt', { ...clip, prompt: '' }],
    ['a seed', { ...clip, seed: 7 }],
    ['1080P for ten seconds', { ...clip, resolution: '1080P', duration: 10 }],
    ['512P, which takes a picture', { ...clip, model: 'MiniMax-Hailuo-02', resolution: '512P' }],
    ['a model of the newer API', { ...clip, model: 'MiniMax-H3' }],
  ])('refuses %s inside of status 200', async (_name, body) => {
    const bench = createBench();

    const answer = await bench.call('POST', V1, { body, headers });

    expect([answer.status, answer.body.base_resp.status_code]).toEqual([200, 2013]);
    expect(bench.simulator.counters()['minimax-v1']).toMatchObject({ submitsTotal: 0, refused: 1 });
  });

  it.each([
    [{}, 0.28],
    [{ duration: 10 }, 0.56],
    [{ resolution: '1080P' }, 0.49],
  ])('bills %j by the clip', async (more, usd) => {
    const bench = createBench();

    await bench.call('POST', V1, { body: { ...clip, ...more }, headers });

    expect(bench.simulator.counters()['minimax-v1'].costUsd).toBe(usd);
  });

  it('gives the file only once it is made, and knows no other tasks', async () => {
    const bench = createBench();
    const { body } = await bench.call('POST', V1, { body: clip, headers });
    const file = `/minimax-v1/v1/files/retrieve?file_id=${body.task_id}`;
    const early = await bench.call('GET', file, { headers });
    const other = await bench.call('GET', '/minimax-v1/v1/query/video_generation?task_id=1', { headers });
    const path = `/minimax-v1/v1/query/video_generation?task_id=${body.task_id}`;
    const done = await pass(bench, path, ({ body }) => body.status === 'Success');
    const late = await bench.call('GET', file, { headers });

    expect([early.body.base_resp.status_code, other.body.base_resp.status_code]).toEqual([2013, 2013]);
    expect(done.body).toMatchObject({ file_id: body.task_id, video_width: 1366 });
    expect((await bench.call('GET', late.body.file.download_url)).text).toContain('ftyp');
  });
});

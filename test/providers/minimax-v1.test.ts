import { describe, expect, it } from 'vitest';
import { minimaxV1 } from '../../src/providers/minimax-v1.ts';
import { providerContract } from '../contract/provider.ts';
import { ORIGIN, simulatedContract } from '../contract/simulated.ts';
import { errorsOf, failing, never, onScript, orderOf, type Answer } from '../contract/provider-script.ts';

const MODEL = 'MiniMax-Hailuo-2.3';
const ID = '106916112212032';
const FILE = '205258526306433';
const VIDEO = 'https://public-cdn-video-data-algeng.oss-us-east-1.aliyuncs.com/output_aigc.mp4?Expires=1';

function base(code = 0, text = 'success') {
  return { base_resp: { status_code: code, status_msg: text } };
}
function task(status: string, more: object = base()): Answer[] {
  return [{ status: 200, body: { task_id: ID, status, file_id: '', ...more } }];
}
function failed(code: string | null, message: string) {
  return { is: 'failed', code, message, costUsd: null } as const;
}
const accepted: Answer = { status: 200, body: { task_id: ID, ...base() } };
const made = task('Success', { file_id: FILE, video_width: 1366, video_height: 768, ...base() });
const file: Answer = {
  status: 200,
  body: { file: { file_id: 205258526306433, download_url: VIDEO }, ...base() },
};

describe('minimax-v1', () => {
  simulatedContract({
    definition: minimaxV1,
    simulator: 'minimax-v1',
    options: { baseUrl: `${ORIGIN}/minimax-v1` },
    first: MODEL,
    causes: { down: 'unavailable' },
  });

  providerContract({
    definition: minimaxV1,
    model: MODEL,
    origins: ['https://api.minimax.io'],
    accepted,
    jobId: ID,
    statuses: [
      ['Preparing', task('Preparing'), { is: 'pending', phase: 'queue', progress: null }],
      ['Queueing', task('Queueing'), { is: 'pending', phase: 'queue', progress: null }],
      ['Processing', task('Processing'), { is: 'pending', phase: 'generate', progress: null }],
      ['Success', [...made, file], { is: 'done', asset: { at: 'foreign', url: VIDEO }, costUsd: null }],
      [
        'Fail, as the docs write it',
        task('Fail', base(1027, 'output new_sensitive')),
        failed('1027', 'output new_sensitive'),
      ],
      ['Failed, as the client writes it', task('Failed'), failed(null, 'the task failed without a reason')],
      [
        'a refusal beside another word',
        task('Processing', base(1026, 'input new_sensitive')),
        failed('1026', 'input new_sensitive'),
      ],
      ['Unknown, of which the client knows no more', task('Unknown'), { is: 'strange', word: 'Unknown' }],
    ],
    unknownWord: { status: 200, body: { task_id: ID, status: 'REBOOTING', ...base() } },
    free: {
      answer: { status: 200, body: { files: [], ...base() } },
      checked: { text: 'key accepted', balanceUsd: null, notices: [], isListed: null },
    },
    errors: errorsOf('minimax-v1'),
    jobCodes: [
      ['1026', 'moderated'],
      ['1027', 'moderated'],
      ['1033', 'unavailable'],
      ['something else', null],
    ],
  });

  it('orders the cheapest clip', async () => {
    const { provider, heard } = onScript(minimaxV1, [accepted]);
    const order = orderOf(provider, MODEL);

    await provider.submit(order, 'slot-1', never);

    expect(order.facts).toMatchObject({ seconds: 6, width: 1366, height: 768, costUsd: 0.28 });
    expect(heard[0]).toMatchObject({ method: 'POST', url: { pathname: '/v1/video_generation' } });
    expect(JSON.parse(heard[0]?.body ?? '')).toEqual({
      model: MODEL,
      prompt: expect.stringContaining('red ball') as string,
      duration: 6,
      resolution: '768P',
    });
  });

  it('fetches the address of the video in a third step', async () => {
    const { provider, heard } = onScript(minimaxV1, [...made, file]);

    await provider.poll({ id: ID }, never);

    expect(heard.map(({ url }) => url.href)).toEqual([
      `https://api.minimax.io/v1/query/video_generation?task_id=${ID}`,
      `https://api.minimax.io/v1/files/retrieve?file_id=${FILE}`,
    ]);
  });

  it('takes ids that are numbers', async () => {
    const number: Answer = { status: 200, body: { task_id: 106916112212032, ...base() } };
    const numbered = task('Success', { file_id: 205258526306433, ...base() });
    const { provider, heard } = onScript(minimaxV1, [number, ...numbered, file]);

    const { job, jobId } = await provider.submit(orderOf(provider, MODEL), 'k', never);
    await provider.poll(job, never);

    expect(jobId).toBe(ID);
    expect(heard.at(-1)?.url.search).toBe(`?file_id=${FILE}`);
  });

  it.each([
    [1002, 429, 'rate_limited'],
    [1008, 200, 'no_credit'],
    [1024, 500, 'unavailable'],
    [1001, 504, 'timeout'],
    [2049, 200, 'auth'],
  ])('throws code %d inside of status 200 as status %d', async (code, status, cause) => {
    const { provider } = onScript(minimaxV1, [{ status: 200, body: base(code, 'no') }]);

    for (const call of [
      () => provider.submit(orderOf(provider, MODEL), 'k', never),
      () => provider.poll({ id: ID }, never),
      () => provider.check?.(MODEL, never) ?? Promise.resolve(),
    ]) {
      const error = await failing(call());
      expect(error).toMatchObject({ code: 'status', status });
      expect(provider.explain(error)).toEqual({ code: String(code), message: 'no', cause });
    }
  });

  it('takes a parameter error for a task that is not known where all we send is its id', async () => {
    const { provider } = onScript(minimaxV1, [{ status: 200, body: base(2013, 'invalid params, task_id') }]);

    const error = await failing(provider.poll({ id: ID }, never));

    expect(error).toMatchObject({ code: 'status', status: 404 });
    expect(provider.explain(error).cause).toBeNull();
  });

  it.each([
    ['no file', task('Success')],
    ['a file that cannot be had', [...made, { status: 200, body: { file: {}, ...base() } }]],
    ['an id that leads elsewhere', task('Success', { file_id: '../x?y=', ...base() })],
  ])('calls a success with %s garbled', async (_name, answers) => {
    const { provider } = onScript(minimaxV1, answers);

    expect((await failing(provider.poll({ id: ID }, never))).code).toBe('bad_json');
  });

  it('throws an error of the third step', async () => {
    const { provider } = onScript(minimaxV1, [...made, { status: 200, body: base(1000, 'unknown error') }]);

    expect(await failing(provider.poll({ id: ID }, never))).toMatchObject({ code: 'status', status: 500 });
  });
});

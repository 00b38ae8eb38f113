import { describe, expect, it } from 'vitest';
import { DEFAULT_CANARY } from '../../src/canary/canary.ts';
import { minimax } from '../../src/providers/minimax.ts';
import { providerContract } from '../contract/provider.ts';
import { ORIGIN, simulatedContract } from '../contract/simulated.ts';
import { errorsOf, failing, never, onScript, orderOf, type Answer } from '../contract/provider-script.ts';

const ID = '424010985738629';
const VIDEO = 'https://cdn.minimax.io/output.mp4?Expires=1785129546';

function task(status: string, more: object = {}): Answer[] {
  return [{ status: 200, body: { task: { id: ID, model: 'MiniMax-H3', status, ...more } } }];
}
function failed(code: string | null, message: string) {
  return { is: 'failed', code, message, costUsd: null } as const;
}
const accepted: Answer = { status: 200, body: { task_id: ID } };
const success = { base_resp: { status_code: 0, status_msg: 'success' } };
const balance = (available_amount: unknown): Answer => ({
  status: 200,
  body: { available_amount, ...success },
});

describe('minimax', () => {
  simulatedContract({
    definition: minimax,
    simulator: 'minimax',
    options: { baseUrl: `${ORIGIN}/minimax` },
    first: 'MiniMax-H3',
    cancels: true,
    causes: { down: 'unavailable' },
  });

  providerContract({
    definition: minimax,
    model: 'MiniMax-H3',
    origins: ['https://api.minimax.io'],
    accepted,
    jobId: ID,
    statuses: [
      ['queued', task('queued'), { is: 'pending', phase: 'queue', progress: null }],
      ['running', task('running'), { is: 'pending', phase: 'generate', progress: null }],
      [
        'succeeded',
        task('succeeded', { content: { url: VIDEO }, usage: { total_seconds: 4, output_seconds: 4 } }),
        { is: 'done', asset: { at: 'foreign', url: VIDEO }, costUsd: 0.32, costFrom: 'computed' },
      ],
      [
        'failed',
        task('failed', { error: { code: '1026', message: 'input new_sensitive' } }),
        failed('1026', 'input new_sensitive'),
      ],
      ['failed without a reason', task('failed'), failed(null, 'the task failed without a reason')],
      ['cancelled', task('cancelled'), failed('cancelled', 'the task was cancelled')],
      ['expired', task('expired'), failed('expired', 'the task expired before it was done')],
    ],
    unknownWord: { status: 200, body: { task: { id: ID, status: 'REBOOTING' } } },
    free: {
      answer: { status: 200, body: { files: [], ...success } },
      checked: { text: 'key accepted', balanceUsd: null, notices: [], isListed: null },
    },
    errors: errorsOf('minimax'),
    jobCodes: [
      ['1026', 'moderated'],
      ['1027', 'moderated'],
      ['1033', 'unavailable'],
      ['cancelled', 'interrupted'],
      ['expired', 'timeout'],
      ['something else', null],
    ],
  });

  it.each([
    ['MiniMax-H3', '768P', 4, 0.32],
    ['MiniMax-H3-Max', '480P', 5, 0.25],
  ])('orders the cheapest clip of %s', async (model, resolution, duration, costUsd) => {
    const { provider, heard } = onScript(minimax, [accepted]);
    const order = orderOf(provider, model);

    await provider.submit(order, 'slot-1', never);

    expect(order.facts.costUsd).toBe(costUsd);
    expect(heard[0]).toMatchObject({ method: 'POST', url: { pathname: '/v2/video_generation' } });
    expect(JSON.parse(heard[0]?.body ?? '')).toEqual({
      model,
      content: [{ type: 'text', text: expect.stringContaining('red ball') as string }],
      resolution,
      duration,
      ratio: '16:9',
    });
  });

  it('takes the wish for sound, which is always made and costs no more', () => {
    const loud = { ...DEFAULT_CANARY, order: { ...DEFAULT_CANARY.order, audio: true } };
    const { provider } = onScript(minimax, []);

    expect(provider.plan(loud, 'MiniMax-H3')).toEqual(orderOf(provider, 'MiniMax-H3'));
  });

  it.each([
    ['nothing', undefined],
    ['no number', { total_seconds: 'four' }],
    ['less than nothing', { total_seconds: -4 }],
  ])('has no figure where the seconds are %s', async (_name, usage) => {
    const { provider } = onScript(minimax, [
      accepted,
      ...task('succeeded', { content: { url: VIDEO }, usage }),
    ]);
    const { job } = await provider.submit(orderOf(provider, 'MiniMax-H3'), 'k', never);

    expect(await provider.poll(job, never)).toMatchObject({ is: 'done', costUsd: null });
  });

  it.each([
    ['an error object', { type: 'error', error: { type: 'rate_limit_error', message: 'slow down' } }, 429],
    ['a number', { base_resp: { status_code: 1000, status_msg: 'unknown error' } }, 500],
    ['a number that passes late', { base_resp: { status_code: 1001, status_msg: 'timeout' } }, 504],
    ['a number that stays', { base_resp: { status_code: 1008, status_msg: 'insufficient balance' } }, 200],
  ])('throws %s inside of status 200', async (_name, body, status) => {
    const { provider } = onScript(minimax, [{ status: 200, body }]);

    for (const call of [
      () => provider.submit(orderOf(provider, 'MiniMax-H3'), 'k', never),
      () => provider.poll({ id: ID, usdPerSecond: null }, never),
      () => provider.check?.('MiniMax-H3', never) ?? Promise.resolve(),
    ]) {
      const error = await failing(call());
      expect(error).toMatchObject({ code: 'status', status });
      expect(provider.explain(error).cause).not.toBeNull();
    }
  });

  it.each([
    ['in dollars', 'https://api.minimax.io', '98.00', '$98.00 available', 98],
    ['as a number', 'https://api.minimax.io', 12.5, '$12.50 available', 12.5],
    ['below nothing', 'https://api.minimax.io', '-1.20', '$-1.20 available', -1.2],
    ['in yuan', 'https://api.minimaxi.com', '98.00', '¥98.00 available', null],
    ['in yuan by its other name', 'https://api.minimax.cn', '98.00', '¥98.00 available', null],
  ])('tells a key that is billed by use its balance %s', async (_name, baseUrl, amount, text, balanceUsd) => {
    const apiKey = 'sk-api-0123456789';
    const { provider, heard } = onScript(minimax, [balance(amount)], { apiKey, baseUrl });

    expect(await provider.check?.('MiniMax-H3', never)).toEqual({
      text,
      balanceUsd,
      notices: [],
      isListed: null,
    });
    expect(heard.map(({ url }) => url.href)).toEqual([`${baseUrl}/account/query_balance`]);
  });

  it.each(['plenty', '', null, '1e9'])('does not believe a balance of %j', async (amount) => {
    const { provider } = onScript(minimax, [balance(amount)], { apiKey: 'sk-api-0123456789' });

    expect((await failing(provider.check?.('m', never) ?? Promise.resolve())).code).toBe('bad_json');
  });

  it('asks for the list of files with the key of a token plan', async () => {
    const { provider, heard } = onScript(minimax, [{ status: 200, body: success }]);

    await provider.check?.('MiniMax-H3', never);

    expect(heard.map(({ url }) => url.pathname)).toEqual(['/v1/files/list']);
  });

  it.each([400, 404, 409])('is content with a cancellation that is refused with %d', async (status) => {
    const { provider, heard } = onScript(minimax, [{ status, body: { type: 'error' } }]);

    await provider.cancel?.({ id: ID, usdPerSecond: null }, never);

    expect(heard[0]).toMatchObject({ method: 'DELETE', url: { pathname: `/v2/video_generation/${ID}` } });
  });

  it('says what the API does not take', () => {
    expect(orderOf(onScript(minimax, []).provider, 'MiniMax-H3').facts.notes).toEqual([
      'seed left out: MiniMax-H3 takes none',
      'what to avoid is said in the prompt: MiniMax-H3 takes no negative prompt',
    ]);
  });
});

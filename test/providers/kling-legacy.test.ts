import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { klingLegacy } from '../../src/providers/kling-legacy.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { createHttp } from '../../src/system/http.ts';
import { providerContract } from '../contract/provider.ts';
import { ORIGIN, simulatedContract } from '../contract/simulated.ts';
import {
  errorsOf,
  failing,
  KEY,
  never,
  onScript,
  orderOf,
  type Answer,
} from '../contract/provider-script.ts';
import { handClock } from '../system/loopback.ts';

const ID = '831922345719271433';
const VIDEO = 'https://v16-kling.klingai.com/video.mp4';
const keys = { apiKey: undefined, accessKey: 'access-1', secretKey: KEY };

function reply(data: unknown): Answer {
  return { status: 200, body: { code: 0, message: 'SUCCEED', request_id: '9c4a', data } };
}

function task(task_status: string, more: object = {}): Answer[] {
  return [reply({ task_id: ID, task_status, task_status_msg: '', created_at: 1795000000000, ...more })];
}

function packs(...infos: object[]): Answer {
  return reply({ code: 0, msg: '', resource_pack_subscribe_infos: infos });
}

function refusal(code: number, status = 200): Answer {
  return { status, body: { code, message: 'no', request_id: '9c4a' } };
}

/** Whether a token is one that the secret key has signed, for now and half an hour. */
function isSigned({ authorization = '' }: Record<string, string>): boolean {
  const [header = '', claims = '', signature] = authorization.replace(/^Bearer /, '').split('.');
  const { iss, exp, nbf } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<
    string,
    unknown
  >;
  const ours = createHmac('sha256', KEY).update(`${header}.${claims}`).digest('base64url');
  const now = Date.now() / 1_000;
  return signature === ours && iss === 'access-1' && Number(nbf) <= now && Number(exp) - now > 1_700;
}

describe('kling-legacy', () => {
  simulatedContract({
    definition: klingLegacy,
    simulator: 'kling-legacy',
    options: { ...keys, baseUrl: `${ORIGIN}/kling-legacy` },
    first: 'kling-v2-6',
    hasKey: () => true,
    causes: { down: 'unavailable' },
  });

  providerContract({
    definition: klingLegacy,
    model: 'kling-v2-6',
    options: keys,
    proves: isSigned,
    origins: ['https://api-singapore.klingai.com'],
    accepted: reply({ task_id: ID, task_status: 'submitted' }),
    jobId: ID,
    statuses: [
      ['submitted', task('submitted'), { is: 'pending', phase: 'queue', progress: null }],
      ['processing', task('processing'), { is: 'pending', phase: 'generate', progress: null }],
      [
        'succeed',
        task('succeed', {
          task_result: { videos: [{ id: 'v1', url: VIDEO, duration: '5' }] },
          final_unit_deduction: '1.5',
        }),
        { is: 'done', asset: { at: 'foreign', url: VIDEO }, costUsd: null },
      ],
      [
        'failed',
        task('failed', { task_status_msg: 'Generation failed, please try again' }),
        { is: 'failed', code: null, message: 'Generation failed, please try again', costUsd: null },
      ],
      [
        'failed by refusal',
        task('failed', { task_status_msg: 'Failure to pass the risk control system' }),
        {
          is: 'failed',
          code: 'risk control',
          message: 'Failure to pass the risk control system',
          costUsd: null,
        },
      ],
      // The newer API's word is none of this one's.
      ['succeeded', task('succeeded'), { is: 'strange', word: 'succeeded' }],
    ],
    unknownWord: reply({ task_id: ID, task_status: 'REBOOTING' }),
    free: {
      answer: packs(
        { remaining_quantity: 118.5, total_quantity: 200, status: 'online' },
        { remaining_quantity: 40, total_quantity: 100, status: 'expired' },
      ),
      checked: {
        text: '118.5 units left in 1 resource pack',
        balanceUsd: null,
        notices: [],
        isListed: null,
      },
    },
    errors: errorsOf('kling'),
    jobCodes: [
      ['risk control', 'moderated'],
      ['1301', 'moderated'],
      ['something else', null],
    ],
  });

  it.each([
    ['no pack at all', packs(), 'no resource pack in effect'],
    ['no list of packs', reply({ code: 0, msg: '' }), 'no resource pack in effect'],
    [
      'packs that have run out or not begun',
      packs({ remaining_quantity: 0, status: 'runOut' }, { remaining_quantity: 9, status: 'toBeOnline' }),
      'no resource pack in effect',
    ],
    [
      'several packs',
      packs({ remaining_quantity: 1.25, status: 'online' }, { remaining_quantity: 2, status: 'online' }),
      '3.25 units left in 2 resource packs',
    ],
  ])('says what is left, and never as dollars: %s', async (_name, answer, text) => {
    const { provider } = onScript(klingLegacy, [answer], keys);

    expect(await provider.check?.('kling-v2-6', never)).toMatchObject({ text, balanceUsd: null });
  });

  it('reads no more packs than anybody has', async () => {
    const infos = Array.from({ length: 1_001 }, () => ({ remaining_quantity: 1, status: 'online' }));
    const { provider } = onScript(klingLegacy, [packs(...infos)], keys);

    expect((await failing(provider.check?.('m', never) ?? Promise.resolve())).code).toBe('bad_json');
  });

  it('meets a code inside of the data of the check', async () => {
    const { provider } = onScript(klingLegacy, [reply({ code: 1101, msg: 'in arrears' })], keys);

    const error = await failing(provider.check?.('kling-v2-6', never) ?? Promise.resolve());

    expect(provider.explain(error)).toEqual({ code: '1101', message: 'in arrears', cause: 'no_credit' });
  });

  it('asks for the packs of more than a year', async () => {
    const { provider, heard } = onScript(klingLegacy, [packs()], keys);

    await provider.check?.('kling-v2-6', never);

    const query = heard[0]?.url.searchParams;
    expect(heard[0]?.url.pathname).toBe('/account/costs');
    expect(Number(query?.get('end_time')) - Number(query?.get('start_time'))).toBeGreaterThan(
      366 * 86_400_000,
    );
  });

  it('signs anew for every call, by the clock that it is given', async () => {
    const clock = handClock();
    const simulator = createSimulator({ now: clock.now, seed: 7, origin: ORIGIN });
    const options: unknown = klingLegacy.options.parse({
      accessKey: 'access-1',
      // Shorter than any real one.
      secretKey: 's',
      baseUrl: `${ORIGIN}/kling-legacy`,
    });
    const http = createHttp({ clock, fetch: simulator.handle });
    const provider = klingLegacy.create({ options, http, models: klingLegacy.models, now: clock.now });
    const { job } = await provider.submit(orderOf(provider, 'kling-v2-6'), 'slot-1', never);

    clock.pass(3 * 3_600_000);

    expect(await provider.poll(job, never)).toMatchObject({ is: 'done' });
  });

  it.each([
    [1102, 200, 'no_credit'],
    [1303, 429, 'rate_limited'],
    [5001, 503, 'unavailable'],
  ])('throws code %d inside of status 200 as status %d', async (code, status, cause) => {
    const { provider } = onScript(klingLegacy, [refusal(code)], keys);

    for (const call of [
      () => provider.submit(orderOf(provider, 'kling-v2-6'), 'k', never),
      () => provider.poll({ id: ID }, never),
      () => provider.check?.('kling-v2-6', never) ?? Promise.resolve(),
    ]) {
      const error = await failing(call());
      expect(error).toMatchObject({ code: 'status', status });
      expect(provider.explain(error)).toEqual({ code: String(code), message: 'no', cause });
    }
  });

  it('takes a polled task that is not found for lost, not its model', async () => {
    const { provider } = onScript(klingLegacy, [refusal(1203, 404)], keys);

    const error = await failing(provider.poll({ id: ID }, never));

    expect(error.status).toBe(404);
    expect(provider.explain(error).cause).toBeNull();
  });

  it('calls a success without a video garbled', async () => {
    const { provider } = onScript(klingLegacy, task('succeed', { task_result: { videos: [] } }), keys);

    expect((await failing(provider.poll({ id: ID }, never))).code).toBe('bad_json');
  });
});

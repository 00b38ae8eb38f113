import { describe, expect, it } from 'vitest';
import { together } from '../../src/providers/together.ts';
import { providerContract } from '../contract/provider.ts';
import { ORIGIN, simulatedContract } from '../contract/simulated.ts';
import { errorsOf, failing, never, onScript, orderOf, type Answer } from '../contract/provider-script.ts';

const WAN = 'Wan-AI/wan2.7-t2v';
const ID = '019a0068-794a-7213-90f6-cc4eb62e3da7';
const VIDEO = 'https://api.together.ai/shrt/DwlaBdSakNRFlBxN';

function job(status: string, more: object = {}): Answer {
  return {
    status: 200,
    body: { id: ID, object: 'video', model: WAN, size: '1280x720', seconds: '2', status, ...more },
  };
}

const done = (outputs: unknown) => job('completed', { outputs });

async function polled(answer: Answer) {
  const { provider } = onScript(together, [job('in_progress'), answer]);
  const { job: saved } = await provider.submit(orderOf(provider, WAN), 'k', never);
  return provider.poll(saved, never);
}

describe('together', () => {
  simulatedContract({
    definition: together,
    simulator: 'together',
    options: { baseUrl: `${ORIGIN}/together/v2` },
    first: WAN,
  });

  providerContract({
    definition: together,
    model: WAN,
    origins: ['https://api.together.ai'],
    accepted: job('in_progress'),
    jobId: ID,
    statuses: [
      ['queued', [job('queued')], { is: 'pending', phase: 'queue', progress: null }],
      ['in_progress', [job('in_progress')], { is: 'pending', phase: 'generate', progress: null }],
      [
        'completed',
        [done({ cost: 0.28, video_url: VIDEO })],
        { is: 'done', asset: { at: 'foreign', url: VIDEO }, costUsd: 0.28, costFrom: 'provider' },
      ],
      [
        'failed',
        [job('failed', { error: { message: 'resolution is not valid', code: 'InvalidParameter' } })],
        { is: 'failed', code: 'InvalidParameter', message: 'resolution is not valid', costUsd: null },
      ],
      [
        'failed as the documentation has it',
        [job('failed', { info: { errors: 'out of memory' } })],
        { is: 'failed', code: null, message: 'out of memory', costUsd: null },
      ],
      [
        'failed without a reason',
        [job('failed')],
        { is: 'failed', code: null, message: 'the job failed without a reason', costUsd: null },
      ],
      [
        'cancelled',
        [job('cancelled')],
        { is: 'failed', code: 'cancelled', message: 'the job was cancelled', costUsd: null },
      ],
    ],
    unknownWord: job('REBOOTING'),
    free: {
      answer: { status: 200, body: [{ id: WAN, type: 'video' }] },
      checked: { text: 'listed', balanceUsd: null, notices: [], isListed: true },
    },
    errors: errorsOf('together'),
    jobCodes: [
      ['InvalidParameter', 'bad_request'],
      ['cancelled', 'interrupted'],
      ['brand_new', null],
    ],
  });

  it.each([
    [WAN, { resolution: '720P', ratio: '16:9', seconds: '2', seed: 7 }],
    ['ByteDance/Seedance-2.5', { resolution: '480p', seconds: '4' }],
    ['vidu/vidu-q1', { width: 1920, height: 1080, seconds: '5', seed: 7 }],
    ['minimax/hailuo-02', { width: 1366, height: 768, seconds: '10', seed: 7 }],
  ])('names the size as %s takes it', (model, fields) => {
    const { provider } = onScript(together, []);

    const { request } = orderOf(
      {
        ...provider,
        plan: (canary, id) => provider.plan({ ...canary, order: { ...canary.order, seed: 7 } }, id),
      },
      model,
    );

    const { prompt: _prompt, negative_prompt: _not, ...rest } = request as Record<string, unknown>;
    expect(rest).toEqual({ model, ...fields });
  });

  it.each([
    ['nothing', undefined],
    ['no address', { cost: 1, video_url: 'soon' }],
    ['another protocol', { cost: 1, video_url: 'ftp://example.com/v.mp4' }],
  ])('does not take %s for a video', async (_name, outputs) => {
    expect((await failing(polled(done(outputs)))).code).toBe('bad_json');
  });

  it.each([-1, 1e9, '0.28', null])('does not believe a cost of %j', async (cost) => {
    expect(await polled(done({ cost, video_url: VIDEO }))).toMatchObject({ is: 'done', costUsd: null });
  });

  describe('the free check', () => {
    const check = async (body: unknown) => {
      const { provider, heard } = onScript(together, [{ status: 200, body }]);
      return { checked: await provider.check?.(WAN, never), heard };
    };

    it('asks the first version of the API, where the models are', async () => {
      const { heard } = await check([{ id: WAN }]);

      expect(heard.map(({ url }) => url.href)).toEqual(['https://api.together.ai/v1/models']);
    });

    it('takes the list in an envelope too, and says that a model is gone', async () => {
      const { checked } = await check({ data: [{ id: 'vidu/vidu-q1' }] });

      expect(checked).toMatchObject({ text: 'not among 1 listed models', isListed: false });
    });

    it('does not take a list without end', async () => {
      const many = Array.from({ length: 5_001 }, (_, i) => ({ id: `a/${i}` }));

      expect((await failing(check(many))).code).toBe('bad_json');
    });
  });
});

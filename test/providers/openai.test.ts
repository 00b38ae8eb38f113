import { describe, expect, it } from 'vitest';
import { openai } from '../../src/providers/openai.ts';
import { providerContract } from '../contract/provider.ts';
import { ORIGIN, simulatedContract } from '../contract/simulated.ts';
import { errorsOf, failing, never, onScript, orderOf, type Answer } from '../contract/provider-script.ts';

const ID = 'video_123';

function video(status: string, more: object = {}): Answer[] {
  return [{ status: 200, body: { id: ID, object: 'video', status, progress: 0, error: null, ...more } }];
}

function listing(shutdown_date: unknown): Answer {
  const data = [
    { id: 'gpt-5', object: 'model' },
    { id: 'sora-2', object: 'model', shutdown_date },
  ];
  return { status: 200, body: { object: 'list', data } };
}

describe('openai', () => {
  simulatedContract({
    definition: openai,
    simulator: 'openai',
    options: { baseUrl: `${ORIGIN}/openai/v1` },
    first: 'sora-2',
    // The dated snapshots of Sora are not simulated.
    models: ['sora-2', 'sora-2-pro'],
    notices: ['openai:sora-2'],
    causes: { model_gone: 'retired' },
  });

  providerContract({
    definition: openai,
    model: 'sora-2',
    origins: ['https://api.openai.com'],
    accepted: { status: 200, body: { id: ID, object: 'video', status: 'queued', progress: 0 } },
    jobId: ID,
    statuses: [
      ['queued', video('queued'), { is: 'pending', phase: 'queue', progress: 0 }],
      [
        'in_progress',
        video('in_progress', { progress: 33 }),
        { is: 'pending', phase: 'generate', progress: 0.33 },
      ],
      [
        'completed',
        video('completed', { progress: 100 }),
        { is: 'done', asset: { at: 'own', path: `/videos/${ID}/content` }, costUsd: null },
      ],
      [
        'failed',
        video('failed', { error: { code: 'moderation_blocked', message: 'Blocked.' } }),
        { is: 'failed', code: 'moderation_blocked', message: 'Blocked.', costUsd: null },
      ],
      [
        'failed without a word',
        video('failed'),
        { is: 'failed', code: null, message: 'the video failed without a reason', costUsd: null },
      ],
    ],
    unknownWord: { status: 200, body: { id: ID, status: 'REBOOTING' } },
    free: {
      answer: { status: 200, body: { object: 'list', data: [{ id: 'gpt-5', object: 'model' }] } },
      checked: {
        text: '1 models listed, sora-2 not among them',
        balanceUsd: null,
        notices: [],
        isListed: false,
      },
    },
    errors: errorsOf('openai'),
    jobCodes: [
      ['moderation_blocked', 'moderated'],
      ['insufficient_quota', 'no_credit'],
      ['internal_error', null],
    ],
  });

  it('sends a form in the order of the official SDK', async () => {
    const { provider, heard } = onScript(openai, video('queued'));

    await provider.submit(orderOf(provider, 'sora-2'), 'k', never);

    const names = [...(heard[0]?.body ?? '').matchAll(/name="(\w+)"\r\n\r\n([^\r]*)/g)];
    expect(heard[0]?.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/);
    expect(names.map(([, name]) => name)).toEqual(['model', 'prompt', 'seconds', 'size']);
    expect(names.map(([, , value]) => value)).toEqual(['sora-2', expect.any(String), '4', '1280x720']);
  });

  it.each([
    ['announced', '2199-12-31', Date.UTC(2199, 11, 31)],
    ['retired', '2020-02-29', Date.UTC(2020, 1, 29)],
  ])('meets a shutdown date in the list as %s, by our clock', async (kind, day, effectiveAt) => {
    const { provider } = onScript(openai, [listing(day)]);

    expect(await provider.check?.('sora-2', never)).toMatchObject({
      isListed: true,
      notices: [{ id: 'openai:sora-2', kind, subject: 'sora-2', effectiveAt, replacement: null }],
    });
  });

  it.each([null, undefined, '', 'soon', '2026-02-30', '2026-13-01', 20260924, {}])(
    'makes no notice of the shutdown date %j',
    async (day) => {
      const { provider } = onScript(openai, [listing(day)]);

      expect(await provider.check?.('sora-2', never)).toMatchObject({ notices: [], isListed: true });
    },
  );

  it('asks for the bytes of a video as the official SDK does', async () => {
    const { provider, heard } = onScript(openai, [{ status: 404, body: {} }]);
    const limits = {
      bytesMax: 1,
      timeMsMax: 1_000,
      redirectsMax: 0,
      privateAddresses: false,
      file: '/dev/null',
    };

    const error = await failing(provider.download({ at: 'own', path: '/videos/1/content' }, limits, never));

    expect(error.status).toBe(404);
    expect(heard[0]?.headers['accept']).toBe('application/binary');
  });

  it('cannot cancel', () => {
    expect(onScript(openai, []).provider.cancel).toBeNull();
  });
});

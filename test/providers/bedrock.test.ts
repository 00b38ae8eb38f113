import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { bedrock } from '../../src/providers/bedrock.ts';
import { providerContract } from '../contract/provider.ts';
import { ORIGIN, simulatedContract } from '../contract/simulated.ts';
import { failing, KEY, never, onScript, orderOf, type Answer } from '../contract/provider-script.ts';

const RAY = 'luma.ray-v2:0';
const ARN = 'arn:aws:bedrock:us-west-2:123456789012:async-invoke/abc123def456';
const RUNTIME = 'https://bedrock-runtime.us-west-2.amazonaws.com';
const CONTROL = 'https://bedrock.us-west-2.amazonaws.com';
const KEYS = { accessKeyId: 'AKIDTEST', secretAccessKey: 'secret-test', output: 's3://canaries/watch' };
const SIGNED = { ...KEYS, apiKey: undefined };
const AT_HOME = {
  baseUrl: `${ORIGIN}/bedrock`,
  controlUrl: `${ORIGIN}/bedrock-control`,
  s3Url: `${ORIGIN}/s3`,
};
const accepted: Answer = { status: 200, body: { invocationArn: ARN } };

const standing = (status: string, more: object = {}): Answer => ({
  status: 200,
  body: { invocationArn: ARN, status, ...more },
});
const output = (s3Uri: string) => ({ outputDataConfig: { s3OutputDataConfig: { s3Uri } } });
const lifecycle = (more: object): Answer => ({
  status: 200,
  body: { modelDetails: { modelId: RAY, modelLifecycle: more } },
});
const proves = ({ authorization = '' }: Record<string, string>) =>
  authorization === `Bearer ${KEY}` || authorization.startsWith('AWS4-HMAC-SHA256 Credential=AKIDTEST/');

describe.each([
  ['with signatures', SIGNED],
  ['with a Bedrock API key', KEYS],
])('bedrock %s', (_name, options) => {
  simulatedContract({
    definition: bedrock,
    simulator: 'bedrock',
    options: { ...options, ...AT_HOME },
    first: RAY,
    hasKey: () => true,
    causes: { model_gone: 'retired' },
  });

  providerContract({
    definition: bedrock,
    model: RAY,
    options,
    proves,
    origins: [RUNTIME, CONTROL],
    accepted,
    jobId: ARN,
    statuses: [
      ['InProgress', [standing('InProgress')], { is: 'pending', phase: 'generate', progress: null }],
      [
        'Completed',
        [standing('Completed', output('s3://canaries/watch/abc123'))],
        { is: 'done', asset: { at: 'own', path: '/watch/abc123/output.mp4' }, costUsd: null },
      ],
      [
        'Failed',
        [standing('Failed', { failureMessage: 'This request has been blocked by our content filters.' })],
        {
          is: 'failed',
          code: 'content filters',
          message: 'This request has been blocked by our content filters.',
          costUsd: null,
        },
      ],
    ],
    unknownWord: standing('REBOOTING'),
    free: {
      answer: lifecycle({ status: 'ACTIVE' }),
      checked: { text: 'listed as ACTIVE', balanceUsd: null, notices: [], isListed: true },
    },
    errors: [
      error(
        400,
        { __type: 'com.amazon.coral.service#ValidationException', message: 'x' },
        'ValidationException',
        null,
      ),
      error(400, { __type: 'ThrottlingException', message: 'x' }, 'ThrottlingException', 'rate_limited'),
      error(403, { __type: 'AccessDeniedException', message: 'x' }, 'AccessDeniedException', 'no_access'),
      error(
        403,
        { __type: 'AccessDeniedException', message: 'denied due to INVALID_PAYMENT_INSTRUMENT:A valid …' },
        'AccessDeniedException',
        'no_credit',
      ),
      error(
        404,
        {
          __type: 'ResourceNotFoundException',
          message: 'This model version has reached the end of its life.',
        },
        'ResourceNotFoundException',
        'retired',
      ),
      error(
        403,
        '<Error><Code>SignatureDoesNotMatch</Code><Message>x</Message></Error>',
        'SignatureDoesNotMatch',
        'auth',
      ),
    ],
    jobCodes: [
      ['content filters', 'moderated'],
      ['ThrottlingException', 'rate_limited'],
      ['brand_new', null],
    ],
  });
});

function error(status: number, body: unknown, code: string, cause: string | null) {
  return { status, body, code, cause };
}

describe('bedrock', () => {
  it.each([
    [RAY, { duration: '5s', resolution: '540p', aspect_ratio: '16:9', loop: false }, 3.75],
    [
      'amazon.nova-reel-v1:1',
      {
        taskType: 'TEXT_VIDEO',
        videoGenerationConfig: { durationSeconds: 6, dimension: '1280x720', seed: 7 },
      },
      0.48,
    ],
  ])('writes what %s takes', (model, request, costUsd) => {
    const order = orderOf(onScript(bedrock, [], KEYS).provider, model);

    expect(order).toMatchObject({ request, facts: { costUsd } });
  });

  it('knows that Nova Reel has ended', () => {
    const { provider } = onScript(bedrock, [], KEYS);

    const notice = provider.knownNotice('amazon.nova-reel-v1:0', Date.UTC(2026, 10, 21));

    expect(notice).toMatchObject({ kind: 'retired', effectiveAt: Date.UTC(2026, 8, 30) });
  });

  it.each(['slot-1', 'bedrock/luma.ray-v2:0@1795000000000', 'x'.repeat(500), 'Kanäle ☃'])(
    'gives the order of the slot %s the same token each time',
    async (key) => {
      const { provider, heard } = onScript(bedrock, [accepted], SIGNED);
      for (let i = 0; i < 2; i++) await provider.submit(orderOf(provider, RAY), key, never);

      const tokens = heard.map(
        ({ body }) => (JSON.parse(body) as { clientRequestToken: string }).clientRequestToken,
      );
      expect(tokens[0]).toMatch(/^[a-zA-Z0-9-]{1,256}$/);
      expect(tokens[1]).toBe(tokens[0]);
    },
  );

  it('gives different slots different tokens', async () => {
    const { provider, heard } = onScript(bedrock, [accepted], SIGNED);
    for (const key of ['a@1', 'a@2']) await provider.submit(orderOf(provider, RAY), key, never);

    expect(new Set(heard.map(({ body }) => body)).size).toBe(2);
  });

  it.each([
    ['another bucket', 's3://elsewhere/abc'],
    ['a bucket with a longer name', 's3://canaries-of-others/abc'],
    ['a way out', 's3://canaries/../others'],
    ['nothing at all', 's3://canaries/'],
    ['the web', 'https://evil.test/abc'],
  ])('does not follow an answer to %s', async (_name, uri) => {
    const { provider } = onScript(bedrock, [accepted, standing('Completed', output(uri))], SIGNED);
    const { job } = await provider.submit(orderOf(provider, RAY), 'k', never);

    expect((await failing(provider.poll(job, never))).code).toBe('bad_json');
  });

  it.each([
    [{}, 'https://canaries.s3.us-west-2.amazonaws.com/watch/a%20b%27/output.mp4'],
    [{ s3Url: 'http://127.0.0.1:9000/' }, 'http://127.0.0.1:9000/canaries/watch/a%20b%27/output.mp4'],
    [
      { output: 's3://my.bucket/x' },
      'https://s3.us-west-2.amazonaws.com/my.bucket/watch/a%20b%27/output.mp4',
    ],
    [{ region: 'eu-west-1' }, 'https://canaries.s3.eu-west-1.amazonaws.com/watch/a%20b%27/output.mp4'],
  ])('fetches the video from the bucket, signed for S3: %j', async (more, url) => {
    const directory = mkdtempSync(join(tmpdir(), 'reelwatch-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const bucket = 'output' in more ? 'my.bucket' : 'canaries';
    const done = standing('Completed', output(`s3://${bucket}/watch/a b'/`));
    const { provider, heard } = onScript(bedrock, [accepted, done, { status: 200, body: 'video' }], {
      ...KEYS,
      ...more,
    });
    const { job } = await provider.submit(orderOf(provider, RAY), 'k', never);
    const status = await provider.poll(job, never);
    if (status.is !== 'done' || status.asset.at !== 'own') throw new Error(JSON.stringify(status));
    const file = join(directory, 'video.mp4');
    const limits = { bytesMax: 100, timeMsMax: 5_000, redirectsMax: 0, privateAddresses: true, file };

    await provider.download(status.asset, limits, never);

    expect(heard[2]?.url.href).toBe(url);
    expect(heard[2]?.headers['authorization']).toMatch(
      /\/s3\/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date/,
    );
  });

  it('sends the token of temporary credentials', async () => {
    const { provider, heard } = onScript(bedrock, [accepted], { ...SIGNED, sessionToken: 'session-1' });

    await provider.submit(orderOf(provider, RAY), 'k', never);

    expect(heard[0]?.headers['x-amz-security-token']).toBe('session-1');
  });

  it.each([
    ['legacy', lifecycle({ status: 'LEGACY' }), 'listed as LEGACY', [null], true],
    [
      'ending',
      lifecycle({ status: 'LEGACY', endOfLifeTime: '2027-01-31T00:00:00Z' }),
      'listed as LEGACY',
      [Date.UTC(2027, 0, 31)],
      true,
    ],
    [
      'unknown',
      {
        status: 400,
        body: { message: 'The provided model identifier is invalid.' },
        headers: { 'x-amzn-errortype': 'ValidationException' },
      },
      'not listed',
      [],
      false,
    ],
  ])('checks a model that is %s', async (_name, answer, text, ends, isListed) => {
    const { provider, heard } = onScript(bedrock, [answer], SIGNED);

    const checked = await provider.check?.(RAY, never);

    expect(heard[0]?.url.href).toBe(`${CONTROL}/foundation-models/luma.ray-v2%3A0`);
    expect(checked).toMatchObject({ text, isListed });
    expect(checked?.notices.map(({ effectiveAt }) => effectiveAt)).toEqual(ends);
  });

  it('reads the name of an error from its header, without the address behind it', async () => {
    const headers = { 'x-amzn-errortype': 'ThrottlingException:http://internal.amazon.com/' };
    const { provider } = onScript(bedrock, [{ status: 429, body: { message: 'slow' }, headers }], SIGNED);

    const failed = await failing(provider.submit(orderOf(provider, RAY), 'k', never));

    const explained = { code: 'ThrottlingException', message: 'slow', cause: 'rate_limited' };
    expect(provider.explain(failed)).toEqual(explained);
  });

  it.each(['my-bucket', 's3://A', 's3://x', 'https://s3.amazonaws.com/x', 's3://ok-bucket/a b'])(
    'refuses %s for a place of the videos',
    (place) => {
      const given = { ...KEYS, output: place };

      expect(bedrock.options.safeParse(given).success).toBe(false);
    },
  );
});

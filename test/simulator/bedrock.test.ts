import { describe, expect, it } from 'vitest';
import { createBench, START } from './tools.ts';

const DAY_MS = 86_400_000;
const headers = { authorization: 'Bearer api-key-test' };
const signed = {
  authorization: `AWS4-HMAC-SHA256 Credential=AKID/20261121/us-west-2/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature=${'a'.repeat(64)}`,
  'x-amz-date': '20261121T120000Z',
  'x-amz-content-sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
};
const ray = { prompt: 'A red ball.', duration: '5s', resolution: '540p' };
const order = (modelInput: object, uri = 's3://my-canaries/watch/') => ({
  modelId: 'luma.ray-v2:0',
  modelInput,
  outputDataConfig: { s3OutputDataConfig: { s3Uri: uri } },
  clientRequestToken: 'slot-1',
});

describe('bedrock', () => {
  it.each([
    ['a field that it does not know', order({ ...ray, seed: 7 }), 'extraneous key [seed]'],
    ['a length as a number', order({ ...ray, duration: 5 }), 'duration must be'],
    ['another size', order({ ...ray, resolution: '1080p' }), 'resolution must be'],
    ['no prompt', order({ ...ray, prompt: '' }), 'prompt must have'],
    ['no bucket', order(ray, 'https://my-canaries'), 'Invalid Output Config'],
    ['another model', { ...order(ray), modelId: 'luma.ray-v9:0' }, 'model identifier is invalid'],
    ['no input', { ...order(ray), modelInput: null }, 'modelInput is required'],
  ])('refuses %s', async (_name, body, said) => {
    const bench = createBench();

    const answer = await bench.call('POST', '/bedrock/async-invoke', { body, headers });

    expect([answer.status, answer.headers.get('x-amzn-errortype')]).toEqual([400, 'ValidationException']);
    expect(answer.body.message).toContain(said);
    expect(bench.simulator.counters().bedrock).toMatchObject({ submitsTotal: 0, refused: 1 });
  });

  it('puts the video where the order wants it, for signed requests only', async () => {
    const bench = createBench();
    const accepted = await bench.call('POST', '/bedrock/async-invoke', { body: order(ray), headers });
    const arn = encodeURIComponent(accepted.body.invocationArn);
    bench.clock.now = START + DAY_MS;
    const job = await bench.call('GET', `/bedrock/async-invoke/${arn}`, { headers });
    const path = `${job.body.outputDataConfig.s3OutputDataConfig.s3Uri.replace('s3://', '/s3/')}/output.mp4`;

    const [open, withKey, good, other] = [
      await bench.call('GET', path),
      await bench.call('GET', path, { headers }),
      await bench.call('GET', path, { headers: signed }),
      await bench.call('GET', '/s3/my-canaries/other/output.mp4', { headers: signed }),
    ];

    expect(path).toMatch(/^\/s3\/my-canaries\/watch\/[\w-]+\/output\.mp4$/);
    expect([open.status, withKey.status, good.status, other.status]).toEqual([403, 403, 200, 404]);
    expect(open.text).toContain('<Code>AccessDenied</Code>');
    expect(good.text).toContain('ftyp');
  });

  it('says that Nova Reel is legacy and Ray2 is active', async () => {
    const bench = createBench();
    const ask = async (model: string) =>
      (await bench.call('GET', `/bedrock-control/foundation-models/${model}`, { headers })).body.modelDetails
        .modelLifecycle.status as string;

    expect([await ask('luma.ray-v2%3A0'), await ask('amazon.nova-reel-v1%3A1')]).toEqual([
      'ACTIVE',
      'LEGACY',
    ]);
  });
});

import {
  AccessDeniedException,
  BedrockRuntimeClient,
  GetAsyncInvokeCommand,
  ListAsyncInvokesCommand,
  ResourceNotFoundException,
  ServiceUnavailableException,
  StartAsyncInvokeCommand,
  ThrottlingException,
  ValidationException,
} from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { createHash, createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DEFAULT_CANARY, promptText, type WantedVideo } from '../../src/canary/canary.ts';
import { bedrock } from '../../src/providers/bedrock.ts';
import { startSimulator } from '../../src/simulator/server.ts';
import { serve, type Loopback } from '../system/loopback.ts';
import { comparable, type Comparable } from './compare.ts';
import { adapter, never, orderFor } from './recorder.ts';

const RAY = 'luma.ray-v2:0';
const REEL = 'amazon.nova-reel-v1:1';
const REGION = 'us-west-2';
const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: SECRET };
const OUTPUT = 's3://my-canaries/watch';
const ARN = 'arn:aws:bedrock:us-west-2:123456789012:async-invoke/abc123def456';
const POLLS_MAX = 200;

const said = promptText(DEFAULT_CANARY.prompt, { avoid: true, charactersMax: 5_000 });
const cut = promptText(DEFAULT_CANARY.prompt, { avoid: true, charactersMax: 512 });
const ray = { prompt: said, aspect_ratio: '16:9', loop: false, duration: '5s', resolution: '540p' };
const film = { durationSeconds: 6, fps: 24, dimension: '1280x720', seed: 7 };
const reel = { taskType: 'TEXT_VIDEO', textToVideoParams: { text: cut }, videoGenerationConfig: film };
const { seed: _seed, ...unseeded } = film;

const ORDERS: readonly (readonly [model: string, Partial<WantedVideo>, input: object])[] = [
  [RAY, {}, ray],
  [RAY, { seconds: 9, resolution: '720p' }, { ...ray, duration: '9s', resolution: '720p' }],
  [RAY, { aspect: '9:16' }, { ...ray, aspect_ratio: '9:16' }],
  [REEL, {}, reel],
  ['amazon.nova-reel-v1:0', { seed: null }, { ...reel, videoGenerationConfig: unseeded }],
];

type Sent = Loopback['requests'][number];
type Login = { apiKey?: string; sessionToken?: string };

function client(endpoint: string, { apiKey, sessionToken }: Login = {}) {
  const sdk = new BedrockRuntimeClient({
    region: REGION,
    endpoint,
    maxAttempts: 1,
    // The default handler speaks HTTP/2.
    requestHandler: new NodeHttpHandler(),
    ...(apiKey === undefined
      ? { credentials: { ...KEYS, ...(sessionToken !== undefined && { sessionToken }) } }
      : { token: { token: apiKey }, authSchemePreference: ['httpBearerAuth'] }),
  });
  onTestFinished(() => sdk.destroy());
  return sdk;
}

async function both(login: Login = {}) {
  const { origin, requests } = await serve((request, response) => {
    response.setHeader('content-type', 'application/json');
    const body =
      request.method === 'POST' ? { invocationArn: ARN } : { invocationArn: ARN, status: 'InProgress' };
    response.end(JSON.stringify(body));
  });
  const options = {
    ...KEYS,
    output: OUTPUT,
    baseUrl: origin,
    controlUrl: origin,
    apiKey: undefined,
    ...login,
  };
  const ours = adapter(bedrock, 'unused', options);
  const during = async (work: () => unknown): Promise<Sent[]> => {
    const before = requests.length;
    await work();
    return requests.slice(before);
  };
  return { sdk: client(origin, login), ours, during };
}

/** All that does not depend on the moment and on which of its own headers a client signs. */
function unsigned(sent: Sent): Comparable & { scope: string } {
  const { headers, ...rest } = comparable(sent);
  const { authorization = '', ...others } = headers;
  // AWS4-HMAC-SHA256 Credential=AKID/20261121/us-west-2/bedrock/aws4_request
  const scope = authorization.replace(/, ?SignedHeaders=.*$/, '').replace(/\/\d{8}\//, '/day/');
  return { ...rest, headers: others, scope };
}

const hash = (text: string | Buffer) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();

/** The signature that a request should have, written down from AWS's own page and no library. */
function signatureOf(sent: Sent, service: string): string {
  const header = (name: string) => String(sent.headers[name]).trim();
  const names = /SignedHeaders=([^,]+)/.exec(header('authorization'))?.[1] ?? '';
  const { pathname, searchParams } = new URL(sent.url, 'http://127.0.0.1');
  const path = service === 's3' ? pathname : pathname.split('/').map(encodeURIComponent).join('/');
  searchParams.sort();
  const at = header('x-amz-date');
  const canonical = [
    sent.method,
    path,
    searchParams.toString(),
    ...names.split(';').map((name) => `${name}:${header(name)}`),
    '',
    names,
    hash(sent.bytes),
  ].join('\n');
  const scope = `${at.slice(0, 8)}/${REGION}/${service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', at, scope, hash(canonical)].join('\n');
  const key = scope.split('/').reduce<string | Buffer>((key, part) => hmac(key, part), `AWS4${SECRET}`);
  return hmac(key, text).toString('hex');
}

function signedWith(sent: Sent): string | undefined {
  return /Signature=([0-9a-f]{64})$/.exec(String(sent.headers['authorization']))?.[1];
}

describe("AWS's own SDK and our adapter", () => {
  it.each(ORDERS)('send the same order for %s and %j', async (modelId, wanted, modelInput) => {
    const { sdk, ours, during } = await both();
    const command = new StartAsyncInvokeCommand({
      modelId,
      modelInput: modelInput as never,
      outputDataConfig: { s3OutputDataConfig: { s3Uri: OUTPUT } },
      clientRequestToken: 'slot-1',
    });

    const theirs = await during(() => sdk.send(command));
    const sent = await during(() => ours.submit(orderFor(ours, modelId, wanted), 'slot-1', never));

    expect(sent.map(unsigned)).toEqual(theirs.map(unsigned));
    expect(sent).toHaveLength(1);
    expect([...theirs, ...sent].map(signedWith)).toEqual(
      [...theirs, ...sent].map((one) => signatureOf(one, 'bedrock')),
    );
  });

  it('cover every model of the catalogue', () => {
    expect(new Set(ORDERS.map(([model]) => model))).toEqual(new Set(Object.keys(bedrock.models)));
  });

  it.each([{}, { sessionToken: 'session-1' }])('ask for a job in the same way, signed: %j', async (login) => {
    const { sdk, ours, during } = await both(login);

    const theirs = await during(() => sdk.send(new GetAsyncInvokeCommand({ invocationArn: ARN })));
    const sent = await during(() => ours.poll({ arn: ARN }, never));

    expect(sent.map(unsigned)).toEqual(theirs.map(unsigned));
    expect(sent[0]?.url).toBe(`/async-invoke/${encodeURIComponent(ARN)}`);
    const tokens = [...theirs, ...sent].map(({ headers }) => headers['x-amz-security-token']);
    expect(new Set(tokens)).toEqual(new Set([login.sessionToken]));
    expect([...theirs, ...sent].map(signedWith)).toEqual(
      [...theirs, ...sent].map((one) => signatureOf(one, 'bedrock')),
    );
  });

  it('ask in the same way with a Bedrock API key', async () => {
    const { sdk, ours, during } = await both({ apiKey: 'bedrock-api-key-test' });

    const theirs = await during(() => sdk.send(new GetAsyncInvokeCommand({ invocationArn: ARN })));
    const sent = await during(() => ours.poll({ arn: ARN }, never));

    expect(sent.map(comparable)).toEqual(theirs.map(comparable));
    expect(sent[0]?.headers['authorization']).toBe('Bearer bedrock-api-key-test');
  });

  it.each(['/watch/abc/output.mp4', '/a%20b%27/output.mp4'])('sign %s as S3 wants it', async (path) => {
    const { origin, requests } = await serve((_, response) => response.end('video'));
    const ours = adapter(bedrock, 'unused', { ...KEYS, output: OUTPUT, s3Url: origin });
    const directory = mkdtempSync(join(tmpdir(), 'reelwatch-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const limits = { bytesMax: 100, timeMsMax: 5_000, redirectsMax: 0, privateAddresses: true };

    await ours.download({ at: 'own', path }, { ...limits, file: join(directory, 'v.mp4') }, never);

    const [sent] = requests;
    if (sent === undefined) throw new Error('nothing was sent');
    expect(sent.headers['x-amz-content-sha256']).toBe(hash(''));
    expect(signedWith(sent)).toBe(signatureOf(sent, 's3'));
  });
});

describe("AWS's own SDK and the simulator", () => {
  async function simulated() {
    const running = await startSimulator({ port: 0, seed: 7, speed: 400 });
    onTestFinished(() => running.close());
    return { running, sdk: client(`${running.origin}/bedrock`) };
  }
  const order = (token: string, modelInput: object = ray) =>
    new StartAsyncInvokeCommand({
      modelId: RAY,
      modelInput: modelInput as never,
      outputDataConfig: { s3OutputDataConfig: { s3Uri: OUTPUT } },
      clientRequestToken: token,
    });

  it('go through a whole generation, and never order twice by one token', async () => {
    const { running, sdk } = await simulated();
    const { invocationArn } = await sdk.send(order('a'));
    const again = await sdk.send(order('a'));

    let job = await sdk.send(new GetAsyncInvokeCommand({ invocationArn }));
    for (let i = 0; i < POLLS_MAX && job.status === 'InProgress'; i++)
      job = await sdk.send(new GetAsyncInvokeCommand({ invocationArn }));

    expect(again.invocationArn).toBe(invocationArn);
    expect(job.status).toBe('Completed');
    expect(job.outputDataConfig?.s3OutputDataConfig?.s3Uri).toMatch(/^s3:\/\/my-canaries\/watch\/[\w-]+$/);
    expect(job.endTime).toBeInstanceOf(Date);
    const { asyncInvokeSummaries } = await sdk.send(new ListAsyncInvokesCommand({ maxResults: 1 }));
    expect(asyncInvokeSummaries?.[0]?.invocationArn).toBe(invocationArn);
    expect(running.simulator.counters().bedrock.submitsTotal).toBe(1);
  });

  it.each([
    ['rate_limited', ThrottlingException],
    ['down', ServiceUnavailableException],
    ['no_credit', AccessDeniedException],
    ['model_gone', ResourceNotFoundException],
  ] as const)('agree on the error for %s', async (kind, type) => {
    const { running, sdk } = await simulated();
    running.simulator.setFault('bedrock', { kind });

    await expect(sdk.send(order('a'))).rejects.toBeInstanceOf(type);
  });

  it('agree on the error for a wrong field and a job that nobody knows', async () => {
    const { sdk } = await simulated();

    await expect(sdk.send(order('a', { ...ray, duration: '7s' }))).rejects.toBeInstanceOf(
      ValidationException,
    );
    const unknown = sdk.send(new GetAsyncInvokeCommand({ invocationArn: ARN }));
    await expect(unknown).rejects.toBeInstanceOf(ResourceNotFoundException);
  });
});

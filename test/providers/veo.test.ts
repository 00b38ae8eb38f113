import { generateKeyPairSync, verify } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MINUTE } from '../../src/core/base.ts';
import { HttpError, type Http } from '../../src/ports/http.ts';
import type { Asset, Provider } from '../../src/ports/provider.ts';
import { veo } from '../../src/providers/veo.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { createHttp } from '../../src/system/http.ts';
import { providerContract } from '../contract/provider.ts';
import {
  errorsOf,
  failing,
  KEY,
  never,
  onScript,
  orderOf,
  type Answer,
} from '../contract/provider-script.ts';
import { ORIGIN, simulatedContract } from '../contract/simulated.ts';
import { handClock } from '../system/loopback.ts';

const LITE = 'veo-3.1-lite-generate-001';
const OP = '5a1b2c3d-0000-4000-8000-1234567890ab';
const OPERATION = `projects/1234/locations/us-central1/publishers/google/models/${LITE}/operations/${OP}`;
const GLOBAL = 'https://aiplatform.googleapis.com';
const HOME = 'https://us-central1-aiplatform.googleapis.com';
/** What a key needs beside it. */
const PROJECT = { project: 'my-project' };
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
  type: 'pkcs8',
  format: 'pem',
});
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });

function keyFile(more: object = {}): string {
  return JSON.stringify({
    type: 'service_account',
    project_id: 'my-project',
    client_email: 'canary@my-project.iam.gserviceaccount.com',
    private_key: pem,
    token_uri: `${ORIGIN}/google-token`,
    ...more,
  });
}

async function fetched(provider: Provider, asset: Asset & { at: 'own' }): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'reelwatch-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'video.mp4');
  const limits = { bytesMax: 1e7, timeMsMax: 5_000, redirectsMax: 0, privateAddresses: true, file };
  expect(await provider.download(asset, limits, never)).toMatchObject({ contentType: 'video/mp4' });
}

function operation(more: object = {}): Answer[] {
  return [{ status: 200, body: { name: OPERATION, ...more } }];
}

function done(response: object): Answer[] {
  const type = 'type.googleapis.com/cloud.ai.large_models.vision.GenerateVideoResponse';
  return operation({ done: true, response: { '@type': type, ...response } });
}

/** The adapter as a service account, before a simulated platform; `seen` are the calls that were made. */
function asAccount(more: object = {}, account: object = {}) {
  const clock = handClock();
  const simulator = createSimulator({ now: clock.now, seed: 7, origin: ORIGIN });
  const seen: { path: string; authorization: string | null }[] = [];
  const bodies: string[] = [];
  const http: Http = createHttp({
    clock,
    fetch: async (request) => {
      bodies.push(await request.clone().text());
      const { pathname } = new URL(request.url);
      seen.push({ path: pathname, authorization: request.headers.get('authorization') });
      return simulator.handle(request);
    },
  });
  const options: unknown = veo.options.parse({
    serviceAccount: keyFile(account),
    baseUrl: `${ORIGIN}/veo`,
    storageUrl: `${ORIGIN}/gcs`,
    ...more,
  });
  const provider = veo.create({ options, http, models: veo.models, now: clock.now });
  const logins = () => seen.filter(({ path }) => path === '/google-token').length;
  return { clock, simulator, provider, seen, bodies, logins };
}

describe('veo', () => {
  simulatedContract({
    definition: veo,
    simulator: 'veo',
    options: { baseUrl: `${ORIGIN}/veo`, ...PROJECT },
    first: LITE,
    // The video stands in the answer.
    causes: { asset_down: null },
  });

  providerContract({
    definition: veo,
    model: LITE,
    options: PROJECT,
    proves: (headers) => headers['x-goog-api-key'] === KEY,
    origins: [HOME],
    accepted: { status: 200, body: { name: OPERATION } },
    jobId: OP,
    statuses: [
      ['not done', operation(), { is: 'pending', phase: 'generate', progress: null }],
      [
        'done: false',
        operation({ done: false, metadata: {} }),
        { is: 'pending', phase: 'generate', progress: null },
      ],
      [
        'done with the bytes',
        done({ videos: [{ bytesBase64Encoded: 'AAAA', mimeType: 'video/mp4' }] }),
        { is: 'done', asset: { at: 'inline', base64: 'AAAA' }, costUsd: null },
      ],
      [
        'done with a place in a bucket, others filtered',
        done({ raiMediaFilteredCount: 3, videos: [{ gcsUri: 'gs://my-bucket/1/sample_0.mp4' }] }),
        { is: 'done', asset: { at: 'own', path: 'gs://my-bucket/1/sample_0.mp4' }, costUsd: null },
      ],
      [
        'done, filtered',
        done({ raiMediaFilteredCount: 1, raiMediaFilteredReasons: ['Sorry. Support codes: 58061214'] }),
        {
          is: 'failed',
          code: 'raiMediaFiltered',
          message: 'Sorry. Support codes: 58061214',
          costUsd: null,
        },
      ],
      [
        'done, filtered without a reason',
        done({ raiMediaFilteredCount: 1 }),
        { is: 'failed', code: 'raiMediaFiltered', message: 'the video was filtered', costUsd: null },
      ],
      [
        'done with an error',
        operation({ done: true, error: { code: 14, message: 'The service is unavailable.' } }),
        { is: 'failed', code: 'UNAVAILABLE', message: 'The service is unavailable.', costUsd: null },
      ],
      [
        'done with a refusal',
        operation({
          done: true,
          error: { code: 3, message: 'It violates Google’s Responsible AI practices.' },
        }),
        {
          is: 'failed',
          code: 'Responsible AI',
          message: 'It violates Google’s Responsible AI practices.',
          costUsd: null,
        },
      ],
    ],
    unknownWord: null,
    free: {
      answer: { status: 200, body: { name: `publishers/google/models/${LITE}` } },
      checked: { text: `login accepted, ${LITE} is there`, balanceUsd: null, notices: [], isListed: true },
    },
    errors: errorsOf('google'),
    jobCodes: [
      ['raiMediaFiltered', 'moderated'],
      ['Responsible AI', 'moderated'],
      ['INTERNAL', 'unavailable'],
      ['DEADLINE_EXCEEDED', 'timeout'],
      ['RESOURCE_EXHAUSTED', null],
    ],
  });

  it.each([
    ['neither why not nor where', { done: true }],
    ['no video', { done: true, response: { videos: [] } }],
    ['a video that is nowhere', { done: true, response: { videos: [{ mimeType: 'video/mp4' }] } }],
    ['a video at another place', { done: true, response: { videos: [{ gcsUri: 'https://my-bucket/c' }] } }],
  ])('calls an operation that is done and says %s garbled', async (_name, more) => {
    const { provider } = onScript(veo, operation(more), PROJECT);

    expect((await failing(provider.poll({ operation: OPERATION }, never))).code).toBe('bad_json');
  });

  it.each([
    [5, 'done'],
    [64, 'body_too_large'],
  ])('takes a video of %d MiB in an answer for: %s', async (mebibytes, is) => {
    const bytesBase64Encoded = 'A'.repeat(mebibytes * 2 ** 20);
    const { provider } = onScript(veo, done({ videos: [{ bytesBase64Encoded }] }), PROJECT);

    const outcome: unknown = await provider
      .poll({ operation: OPERATION }, never)
      .catch((error: unknown) => error);

    expect(outcome).toHaveProperty(is === 'done' ? 'is' : 'code', is);
  });

  it.each([
    ['a name that is longer than any', { name: OPERATION.replace(OP, 'o'.repeat(1_000)) }],
    [
      'more videos than anybody orders',
      {
        done: true,
        response: { videos: Array.from({ length: 101 }, () => ({ gcsUri: 'gs://my-bucket/1' })) },
      },
    ],
  ])('calls %s garbled', async (_name, more) => {
    const { provider } = onScript(veo, operation(more), PROJECT);

    expect((await failing(provider.poll({ operation: OPERATION }, never))).code).toBe('bad_json');
  });

  it.each([
    [{}, `${HOME}/v1/projects/my-project/locations/us-central1`],
    [{ location: 'global' }, `${GLOBAL}/v1/projects/my-project/locations/global`],
    [
      { project: 'other', location: 'europe-west4' },
      'https://europe-west4-aiplatform.googleapis.com/v1/projects/other/locations/europe-west4',
    ],
  ])('orders with its key in the project and the location of %j', async (more, place) => {
    const { provider, heard } = onScript(veo, operation(), { ...PROJECT, ...more });

    await provider.submit(orderOf(provider, LITE), 'k', never);

    expect(heard[0]?.url.href).toBe(`${place}/publishers/google/models/${LITE}:predictLongRunning`);
    expect(heard[0]?.headers['x-goog-api-key']).toBe(KEY);
  });

  it('orders the cheapest clip', async () => {
    const { provider, heard } = onScript(veo, operation(), PROJECT);

    await provider.submit(orderOf(provider, LITE), 'k', never);

    expect(JSON.parse(heard[0]?.body ?? '')).toMatchObject({
      parameters: { sampleCount: 1, durationSeconds: 4, resolution: '720p', generateAudio: false, seed: 7 },
    });
    expect(orderOf(provider, LITE).facts.costUsd).toBe(0.2);
  });

  it('does not blame the key where the entry of a model takes none', async () => {
    const message =
      'API keys are not supported by this API. Expected OAuth2 access token or other authentication credentials that assert a principal.';
    const body = { error: { code: 401, message, status: 'UNAUTHENTICATED' } };
    const { provider } = onScript(veo, [{ status: 401, body }], PROJECT);

    expect(await provider.check?.(LITE, never)).toMatchObject({ isListed: null });
  });

  it('takes a model that is not there for news about the model, and any other 404 for an error', async () => {
    const missing = { error: { code: 404, message: 'Publisher Model was not found', status: 'NOT_FOUND' } };
    const answers = [
      { status: 404, body: missing },
      { status: 404, body: '<html>nothing here</html>' },
    ];
    const { provider } = onScript(veo, answers, PROJECT);

    expect(await provider.check?.(LITE, never)).toMatchObject({ isListed: false });
    expect((await failing(provider.check?.(LITE, never) ?? Promise.resolve())).status).toBe(404);
  });

  it('knows of no end: "or later" is no day', () => {
    const { provider } = onScript(veo, [], PROJECT);

    for (const model of Object.keys(veo.models))
      expect(provider.knownNotice(model, Date.UTC(2027, 0, 1))).toBeNull();
  });
});

describe('veo as a service account', () => {
  it.each([
    [{}, 'inline'],
    [{ storageUri: 'gs://my-bucket/canaries' }, 'own'],
  ] as const)('brings a video home with %j', async (more, at) => {
    const { clock, simulator, provider, logins, seen } = asAccount(more);
    const { job } = await provider.submit(orderOf(provider, LITE), 'k', never);
    clock.pass(10 * MINUTE);

    const status = await provider.poll(job, never);

    if (status.is !== 'done') throw new Error(JSON.stringify(status));
    expect(status.asset.at).toBe(at);
    if (status.asset.at === 'own') await fetched(provider, status.asset);
    const objects = seen.map(({ path }) => path).filter((path) => path.startsWith('/gcs/'));
    expect(objects.map((path) => path.replace(/%2F.*%2F/, '%2F_%2F'))).toEqual(
      at === 'own' ? ['/gcs/storage/v1/b/my-bucket/o/canaries%2F_%2Fsample_0.mp4'] : [],
    );
    expect(simulator.counters().veo.downloads).toBe(at === 'own' ? 1 : 0);
    expect(logins()).toBe(1);
    expect(seen[1]?.path).toBe(
      `/veo/v1/projects/my-project/locations/us-central1/publishers/google/models/${LITE}:predictLongRunning`,
    );
  });

  it('signs for its own token endpoint, for an hour, by our clock', async () => {
    const { clock, provider, bodies } = asAccount();

    await provider.check?.(LITE, never);

    const form = new URLSearchParams(bodies[0]);
    const [header = '', claims = '', signature = ''] = (form.get('assertion') ?? '').split('.');
    const seconds = clock.now() / 1_000;
    expect(form.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer');
    expect(
      verify('sha256', Buffer.from(`${header}.${claims}`), publicKey, Buffer.from(signature, 'base64url')),
    ).toBe(true);
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toEqual({
      iss: 'canary@my-project.iam.gserviceaccount.com',
      scope: 'https://www.googleapis.com/auth/cloud-platform',
      aud: `${ORIGIN}/google-token`,
      iat: seconds,
      exp: seconds + 3_600,
    });
  });

  it('shows its token to no place but its own', async () => {
    const { provider, seen } = asAccount();

    await provider.check?.(LITE, never);

    expect(seen).toEqual([
      { path: '/google-token', authorization: null },
      {
        path: `/veo/v1/publishers/google/models/${LITE}`,
        authorization: expect.stringMatching(/^Bearer ya29\./) as unknown,
      },
    ]);
  });

  it('signs in again shortly before the token ends, and not sooner', async () => {
    const { clock, provider, logins } = asAccount();
    const check = () => provider.check?.(LITE, never);

    await check();
    clock.pass(54 * MINUTE);
    await check();
    expect(logins()).toBe(1);
    clock.pass(MINUTE);
    await check();

    expect(logins()).toBe(2);
  });

  it('uses a short token for half of its life', async () => {
    const { provider, calls, clock } = scripted([
      { status: 200, body: { access_token: 't', expires_in: 60 } },
      { status: 200, body: { name: 'x' } },
    ]);
    const check = () => provider.check?.(LITE, never);

    await check();
    clock.pass(29_000);
    await check();
    expect(calls()).toEqual(['token', 'api', 'api']);
    clock.pass(1_000);
    await check();

    expect(calls()).toEqual(['token', 'api', 'api', 'token', 'api']);
  });

  it('believes no token to live longer than an hour', async () => {
    const { provider, calls, clock } = scripted([
      { status: 200, body: { access_token: 't', expires_in: 1e9 } },
      { status: 200, body: { name: 'x' } },
    ]);

    await provider.check?.(LITE, never);
    clock.pass(56 * MINUTE);
    await provider.check?.(LITE, never);

    expect(calls()).toEqual(['token', 'api', 'token', 'api']);
  });

  it('signs in anew after a token was refused', async () => {
    const { provider, calls } = scripted([
      { status: 200, body: { access_token: 't', expires_in: 3_600 } },
      { status: 401, body: { error: { code: 401, status: 'UNAUTHENTICATED', message: 'No.' } } },
    ]);

    const error = await failing(provider.check?.(LITE, never) ?? Promise.resolve());
    await failing(provider.check?.(LITE, never) ?? Promise.resolve());

    expect(provider.explain(error).cause).toBe('auth');
    expect(calls()).toEqual(['token', 'api', 'token', 'api']);
  });

  it.each([
    ['an account that is gone', 400, { error: 'invalid_grant', error_description: 'Not found' }, 401, 'auth'],
    ['a wrong address', 404, 'nothing here', 401, null],
    ['a limit', 429, { error: 'rate_limited' }, 429, 'rate_limited'],
    ['an outage', 503, 'no', 503, null],
  ])('says honestly that the login failed: %s', async (_name, status, body, seen, cause) => {
    const { provider } = scripted([{ status, body }]);

    const error = await failing(provider.poll({ operation: OPERATION }, never));

    expect(error).toMatchObject({ code: 'status', status: seen });
    expect(provider.explain(error).cause).toBe(cause);
    expect(error.message).not.toContain('PRIVATE');
  });

  it.each([
    ['an empty answer', ''],
    ['no token', { token_type: 'Bearer' }],
    ['a token that fits into no header', { access_token: 'a\nb', expires_in: 60 }],
    ['a token without end', { access_token: 't', expires_in: 0 }],
    ['a token that never ends', { access_token: 't'.repeat(8_001), expires_in: 60 }],
  ])('calls %s of the token endpoint garbled', async (_name, body) => {
    const { provider } = scripted([{ status: 200, body }]);

    expect((await failing(provider.poll({ operation: OPERATION }, never))).code).toBe('bad_json');
  });

  it('stops with the signal while it signs in', async () => {
    const { provider } = asAccount();

    const error: unknown = await provider
      .poll({ operation: OPERATION }, AbortSignal.abort())
      .catch((error: unknown) => error);

    expect(error).toBeInstanceOf(HttpError);
    expect(error).toMatchObject({ code: 'aborted' });
  });

  it.each([
    ['refused', { kind: 'bad_key' }, 'auth'],
    ['throttled', { kind: 'rate_limited' }, 'rate_limited'],
    ['down', { kind: 'down' }, 'overloaded'],
  ] as const)('reads a platform that is %s', async (_name, fault, cause) => {
    const { provider, simulator } = asAccount();
    simulator.setFault('veo', fault);

    const error = await failing(provider.submit(orderOf(provider, LITE), 'k', never));

    expect(provider.explain(error).cause).toBe(cause);
  });

  it.each([
    ['europe-west4', undefined, 'https://europe-west4-aiplatform.googleapis.com'],
    ['global', undefined, GLOBAL],
    ['us-central1', 'https://relay.example', 'https://relay.example'],
  ])('goes to the home of %s', async (location, baseUrl, origin) => {
    const more = baseUrl === undefined ? {} : { baseUrl };
    const { provider, urls } = scripted(
      [
        { status: 200, body: { access_token: 't', expires_in: 3_600 } },
        { status: 200, body: { name: OPERATION } },
      ],
      { location, project: 'other', ...more },
    );

    await provider.submit(orderOf(provider, LITE), 'k', never);

    expect(urls().at(-1)).toBe(
      `${origin}/v1/projects/other/locations/${location}/publishers/google/models/${LITE}:predictLongRunning`,
    );
  });
});

/** As a service account before answers in order; the last one is given for ever, tokens are always the first. */
function scripted(answers: readonly [Answer, ...Answer[]], more: object = {}) {
  const clock = handClock();
  const seen: string[] = [];
  const http = createHttp({
    clock,
    fetch: (request) => {
      seen.push(request.url);
      const isToken = request.url.includes('google-token');
      const { status, body } = (isToken ? answers[0] : answers[1]) ?? answers[0];
      return Promise.resolve(
        new Response(typeof body === 'string' ? body : JSON.stringify(body), { status }),
      );
    },
  });
  const options: unknown = veo.options.parse({ serviceAccount: keyFile(), ...more });
  return {
    clock,
    provider: veo.create({ options, http, models: veo.models, now: clock.now }),
    urls: () => seen,
    calls: () => seen.map((url) => (url.includes('google-token') ? 'token' : 'api')),
  };
}

describe('the options of veo', () => {
  const wrongWith = (options: object) =>
    veo.options.safeParse(options).error?.issues.map(({ path, message }) => [path.join('.'), message]) ?? [];

  it.each([
    ['neither login', {}, [['apiKey', 'Expected either apiKey or serviceAccount']]],
    [
      'both logins',
      { apiKey: 'k', serviceAccount: keyFile() },
      [['apiKey', 'Expected either apiKey or serviceAccount']],
    ],
    [
      'a bucket without an account',
      { apiKey: 'k', ...PROJECT, storageUri: 'gs://b1' },
      [['storageUri', 'Expected a serviceAccount beside it: an API key opens no bucket']],
    ],
    [
      'a key alone',
      { apiKey: 'k', location: 'us-central1' },
      [['project', 'Expected the id of a project, because Veo takes an API key only in the path of one']],
    ],
    [
      'no project at all',
      { serviceAccount: keyFile({ project_id: undefined }) },
      [['project', 'Expected the id of a project, because the key file names none']],
    ],
  ])('are wrong with %s', (_name, options, problems) => {
    expect(wrongWith(options)).toEqual(problems);
  });

  it.each([
    ['no JSON', 'key_from_file'],
    ['no key', keyFile({ private_key: 'none' })],
    ['a key that Google does not take', keyFile({ private_key: elliptic })],
    ['no address', keyFile({ client_email: 'canary' })],
    ['an endpoint that is no address', keyFile({ token_uri: 'file:///etc/passwd' })],
    ['a list', '[]'],
  ])('want the key file of a service account: %s', (_name, serviceAccount) => {
    const [problem] = wrongWith({ serviceAccount });

    expect(problem?.[1]).toMatch(/^Expected the JSON key file of a service account/);
    expect(problem?.[1]).not.toContain('PRIVATE');
  });

  it.each([
    ['project', 'a/../b'],
    ['location', '../x'],
    ['storageUri', 'https://bucket'],
    ['storageUri', 'gs://my-bucket/c?d'],
  ])('refuse %s: %s', (name, value) => {
    expect(wrongWith({ serviceAccount: keyFile(), [name]: value })).toHaveLength(1);
  });

  it.each([[{ apiKey: 'k', ...PROJECT }], [{ serviceAccount: keyFile(), storageUri: 'gs://my-bucket' }]])(
    'take one login',
    (options) => {
      expect(wrongWith(options)).toEqual([]);
    },
  );
});

import { describe, expect, it } from 'vitest';
import { ORIGIN, START, createBench, type Bench } from './tools.ts';

const KEY = { 'x-goog-api-key': 'AIza-test' };
const MINUTE = 60_000;
const OMNI = '/gemini/v1/interactions';
const LITE = 'veo-3.1-lite-generate-001';
const MODEL = `/veo/v1/projects/p/locations/us-central1/publishers/google/models/${LITE}`;
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const film = { instances: [{ prompt: 'A red ball.' }], parameters: { durationSeconds: 4 } };

function clip(format: object = {}, more: object = {}) {
  const response_format = { type: 'video', duration: '3s', resolution: '360p', delivery: 'uri', ...format };
  return {
    model: 'gemini-omni-1.1-flash',
    input: 'A red ball.',
    background: true,
    response_format,
    ...more,
  };
}

describe('gemini', () => {
  it('hands a small video over inline, even where a file was asked for, and a large one as a file', async () => {
    const bench = createBench();
    const small = await bench.call('POST', OMNI, { body: clip(), headers: KEY });
    const large = await bench.call('POST', OMNI, { body: clip({ resolution: '1080p' }), headers: KEY });
    bench.clock.now += 10 * MINUTE;

    const done = await Promise.all(
      [small, large].map(({ body }) => bench.call('GET', `${OMNI}/${body.id}`, { headers: KEY })),
    );

    const [inline, file] = done.map(({ body }) => body.steps[1].content[0]);
    expect(Object.keys(inline)).toEqual(['type', 'mime_type', 'data']);
    expect(file.uri).toMatch(/\/v1beta\/files\/[\w-]+:download\?alt=media$/);
    const video = await bench.call('GET', file.uri, { headers: KEY });
    const stranger = await bench.call('GET', file.uri);
    expect(video.headers.get('content-type')).toBe('video/mp4');
    expect(stranger.body.error.details[0].reason).toBe('API_KEY_INVALID');
  });

  it('works on a file for a while, and deletes it after two days', async () => {
    const bench = createBench();
    const { body } = await bench.call('POST', OMNI, { body: clip({ resolution: '1080p' }), headers: KEY });
    const states: unknown[] = [];
    const file = `/gemini/v1beta/files/${String(body.id).slice('v1_'.length)}`;
    for (let now = START; states.at(-1) !== 'ACTIVE' && now < START + 10 * MINUTE; now += 1_000) {
      bench.clock.now = now;
      const answer = await bench.call('GET', file, { headers: KEY });
      states.push(answer.body.state ?? answer.status);
    }
    bench.clock.now += 48 * 60 * MINUTE;

    const late = await bench.call('GET', file, { headers: KEY });

    expect([...new Set(states)]).toEqual([403, 'PROCESSING', 'ACTIVE']);
    expect([late.status, late.body.error.status]).toEqual([403, 'PERMISSION_DENIED']);
  });

  it.each([
    ['a field that it does not know', clip({}, { seed: 7 }), 'seed'],
    ['a length that it cannot make', clip({ duration: '11s' }), 'duration'],
    ['a length without its unit', clip({ duration: '3' }), 'duration'],
    ['a shape that it cannot make', clip({ aspect_ratio: '1:1' }), 'aspect_ratio'],
    ['another delivery', clip({ delivery: 'pigeon' }), 'delivery'],
    ['no text', clip({}, { input: '' }), 'input'],
    ['a step without text', clip({}, { input: [{ type: 'user_input', content: [] }] }), 'input'],
    ['a modality in capitals', clip({}, { response_modalities: ['VIDEO'] }), 'response_modalities'],
  ])('refuses %s', async (_name, body, word) => {
    const bench = createBench();

    const answer = await bench.call('POST', OMNI, { body, headers: KEY });

    expect([answer.status, answer.body.error.code]).toEqual([400, 'invalid_request']);
    expect(answer.body.error.message).toContain(word);
    expect(bench.simulator.counters().gemini).toMatchObject({ refused: 1, submitsTotal: 0 });
  });

  const text = { type: 'text', text: 'A red ball.' };
  it.each([
    ['a text', 'A red ball.'],
    ['one content', text],
    ['a list of contents', [text]],
    ['a list of steps', [{ type: 'user_input', content: [text] }]],
  ])('takes as input %s, in both versions', async (_name, input) => {
    const bench = createBench();

    for (const version of ['v1', 'v1beta']) {
      const body = clip({}, { input });
      const answer = await bench.call('POST', `/gemini/${version}/interactions`, { body, headers: KEY });
      expect([answer.status, answer.body.status]).toEqual([200, 'in_progress']);
    }
    expect(bench.simulator.counters().gemini.submits.map(({ prompt }) => prompt)).toEqual([
      'A red ball.',
      'A red ball.',
    ]);
  });

  it('takes the modality beside the format, and the format in a list', async () => {
    const bench = createBench();
    const { response_format, ...rest } = clip({}, { response_modalities: ['video'] });

    const body = { ...rest, response_format: [response_format] };
    const answer = await bench.call('POST', OMNI, { body, headers: KEY });

    expect([answer.status, answer.body.status]).toEqual([200, 'in_progress']);
  });

  it.each([
    ['in the header', '', KEY, 200],
    ['in the query', '?key=AIza-test', {}, 200],
    ['in the query, and bad', '?key=bad-key', {}, 400],
    ['nowhere', '', {}, 400],
  ])('takes the key %s', async (_name, query, headers, status) => {
    const bench = createBench();

    const answer = await bench.call('GET', `/gemini/v1/models/gemini-omni-1.1-flash${query}`, { headers });

    expect(answer.status).toBe(status);
  });

  it('forgets what was cancelled, and cancels nothing twice', async () => {
    const bench = createBench();
    const { body } = await bench.call('POST', OMNI, { body: clip(), headers: KEY });

    const first = await bench.call('POST', `${OMNI}/${body.id}/cancel`, { headers: KEY });
    const second = await bench.call('POST', `${OMNI}/${body.id}/cancel`, { headers: KEY });

    expect([first.body.status, second.status]).toEqual(['cancelled', 404]);
  });

  it('knows only the models that there are, unless the past is wanted', async () => {
    const names = async (bench: Bench) =>
      (await bench.call('GET', '/gemini/v1/models', { headers: KEY })).body.models.length as number;

    expect(await names(createBench())).toBe(2);
    expect(await names(createBench({ revived: true }))).toBe(8);
  });
});

function assertion(claims: object, header: object = { alg: 'RS256' }): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part(header)}.${part(claims)}.${'s'.repeat(342)}`;
}

const claims = {
  iss: 'canary@p.iam.gserviceaccount.com',
  scope: 'https://www.googleapis.com/auth/cloud-platform',
  aud: `${ORIGIN}/google-token`,
  iat: START / 1_000,
  exp: START / 1_000 + 3_600,
};

function signIn(bench: Bench, jwt: string) {
  const grant_type = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
  const body = new URLSearchParams({ grant_type, assertion: jwt }).toString();
  return bench.call('POST', '/google-token', { body, headers: FORM });
}

describe('the login of veo', () => {
  it('gives a token for an hour', async () => {
    const bench = createBench();
    const { body } = await signIn(bench, assertion(claims));
    const headers = { authorization: `Bearer ${body.access_token}` };

    const early = await bench.call('GET', MODEL, { headers });
    bench.clock.now += 60 * MINUTE;
    const late = await bench.call('GET', MODEL, { headers });

    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 3_599 });
    expect([early.status, late.status, late.body.error.status]).toEqual([200, 401, 'UNAUTHENTICATED']);
  });

  it.each([
    ['another way of signing', assertion(claims, { alg: 'none' }), 'invalid_grant'],
    ['no signature', assertion(claims).replace(/s+$/, ''), 'invalid_grant'],
    ['an old paper', assertion({ ...claims, exp: START / 1_000 }), 'invalid_grant'],
    ['a paper from the future', assertion({ ...claims, iat: START / 1_000 + 600 }), 'invalid_grant'],
    ['an account that is gone', assertion({ ...claims, iss: 'bad@p' }), 'invalid_grant'],
    ['another scope', assertion({ ...claims, scope: 'email' }), 'invalid_scope'],
    ['nothing', '', 'invalid_grant'],
  ])('refuses %s', async (_name, jwt, error) => {
    const answer = await signIn(createBench(), jwt);

    expect([answer.status, answer.body.error]).toEqual([400, error]);
  });
});

describe('veo', () => {
  it.each([
    ['a key in the header', '', KEY],
    ['a key in the query', '?key=AIza-test', {}],
    ['a token', '', { authorization: 'Bearer ya29.own' }],
  ])('takes an order with %s only in the path of a project', async (_name, query, headers) => {
    const bench = createBench();
    const alone = `/veo/v1/publishers/google/models/${LITE}`;

    const order = (path: string) =>
      bench.call('POST', `${path}:predictLongRunning${query}`, { body: film, headers });

    const refused = await order(alone);
    expect([refused.status, refused.body.error.details[0].reason]).toEqual([400, 'RESOURCE_PROJECT_INVALID']);
    expect((await order(MODEL)).body.name).toMatch(/^projects\/p\/locations\/us-central1\/publishers\//);
    expect(bench.simulator.counters().veo).toMatchObject({ refused: 1, submitsTotal: 1 });
  });

  it('leaves the video in the bucket that was named, for those with a token', async () => {
    const bench = createBench();
    const headers = { authorization: 'Bearer ya29.own' };
    const parameters = { ...film.parameters, storageUri: 'gs://my-bucket/canaries/' };
    const { body } = await bench.call('POST', `${MODEL}:predictLongRunning`, {
      body: { ...film, parameters },
      headers,
    });
    bench.clock.now += 10 * MINUTE;

    const asked = { body: { operationName: body.name }, headers };
    const done = await bench.call('POST', `${MODEL}:fetchPredictOperation`, asked);

    const { gcsUri } = done.body.response.videos[0];
    const object = encodeURIComponent(gcsUri.slice('gs://my-bucket/'.length));
    const path = `/gcs/storage/v1/b/my-bucket/o/${object}?alt=media`;
    expect(gcsUri).toMatch(/^gs:\/\/my-bucket\/canaries\/[\w-]+\/sample_0\.mp4$/);
    expect((await bench.call('GET', path, { headers })).headers.get('content-type')).toBe('video/mp4');
    expect((await bench.call('GET', path)).status).toBe(401);
    expect(bench.simulator.counters().veo.downloads).toBe(1);
  });

  it('looks for an operation only under its own model', async () => {
    const bench = createBench();
    const { body } = await bench.call('POST', `${MODEL}:predictLongRunning`, { body: film, headers: KEY });
    const other = MODEL.replace('-lite-', '-fast-');

    const asked = { body: { operationName: body.name }, headers: KEY };
    const answers = [
      await bench.call('POST', `${MODEL}:fetchPredictOperation`, asked),
      await bench.call('POST', `${other}:fetchPredictOperation`, asked),
    ];

    expect(answers.map(({ status }) => status)).toEqual([200, 404]);
  });

  it.each([
    ['a parameter that it does not know', { fps: 24 }, 'fps'],
    ['a length that it cannot make', { durationSeconds: 5 }, 'durationSeconds'],
    ['a size that it cannot make', { resolution: '360p' }, 'resolution'],
    ['two videos', { sampleCount: 2 }, 'sampleCount'],
  ])('refuses %s', async (_name, parameters, word) => {
    const bench = createBench();

    const answer = await bench.call('POST', `${MODEL}:predictLongRunning`, {
      body: { ...film, parameters },
      headers: KEY,
    });

    expect([answer.status, answer.body.error.status]).toEqual([400, 'INVALID_ARGUMENT']);
    expect(answer.body.error.message).toContain(word);
  });
});

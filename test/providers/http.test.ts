import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HttpError } from '../../src/ports/http.ts';
import { http } from '../../src/providers/http.ts';
import { httpOptions } from '../../src/providers/http-options.ts';
import type { Opaque } from '../../src/core/model.ts';
import { providerContract } from '../contract/provider.ts';
import { ORIGIN, simulatedContract } from '../contract/simulated.ts';
import { errorOf, failing, KEY, never, onScript, orderOf, type Answer } from '../contract/provider-script.ts';
import { ltx, ltxOptions } from './http-description.ts';

const FAST = 'ltx-2-3-fast';
const ID = '0fb1c8d2-6a0e-4c5e-9a45-d0d5a8f2f8a1';
const VIDEO = 'https://storage.googleapis.com/ltx/out.mp4';
const BASE = 'https://api.maker.test/v1';

const job = (status: string, more: object = {}): Answer => ({
  status: 200,
  body: { id: ID, status, ...more },
});
const refused = (status: number, type: string) => ({
  status,
  body: { type: 'error', error: { type, message: `it was ${type}` } },
});

describe('http, with LTX described', () => {
  simulatedContract({
    definition: ltx,
    simulator: 'ltx',
    options: { ...ltxOptions, baseUrl: `${ORIGIN}/ltx` },
    first: FAST,
  });

  providerContract({
    definition: ltx,
    model: FAST,
    options: ltxOptions,
    origins: ['https://api.ltx.video'],
    accepted: { status: 202, body: { id: ID, created_at: '2026-11-21T10:00:00Z' } },
    jobId: ID,
    statuses: [
      ['pending', [job('pending')], { is: 'pending', phase: 'queue', progress: null }],
      ['processing', [job('processing')], { is: 'pending', phase: 'generate', progress: null }],
      [
        'completed',
        [job('completed', { result: { video_url: VIDEO } })],
        { is: 'done', asset: { at: 'foreign', url: VIDEO }, costUsd: null },
      ],
      [
        'failed',
        [job('failed', { error: { type: 'content_filtered_error', message: 'Filtered.' } })],
        { is: 'failed', code: 'content_filtered_error', message: 'Filtered.', costUsd: null },
      ],
      [
        'failed without a reason',
        [job('failed')],
        { is: 'failed', code: null, message: 'the job ended as failed without a reason', costUsd: null },
      ],
    ],
    unknownWord: job('REBOOTING'),
    free: {
      answer: { status: 404, body: { type: 'error', error: { type: 'not_found_error', message: 'No.' } } },
      checked: { text: 'key accepted', balanceUsd: null, notices: [], isListed: null },
    },
    errors: [
      { ...refused(401, 'authentication_error'), code: 'authentication_error', cause: 'auth' },
      { ...refused(402, 'insufficient_funds_error'), code: 'insufficient_funds_error', cause: 'no_credit' },
      { ...refused(422, 'content_filtered_error'), code: 'content_filtered_error', cause: 'moderated' },
      { ...refused(429, 'rate_limit_error'), code: 'rate_limit_error', cause: 'rate_limited' },
      { ...refused(400, 'invalid_request_error'), code: 'invalid_request_error', cause: null },
    ],
    jobCodes: [
      ['content_filtered_error', 'moderated'],
      ['brand_new', null],
    ],
  });

  it('orders what LTX takes, with the shortest and smallest video', () => {
    expect(orderOf(onScript(ltx, [], ltxOptions).provider, FAST)).toMatchObject({
      request: { model: FAST, duration: 6, resolution: '1920x1080', generate_audio: false },
      facts: { costUsd: 0.36 },
    });
  });
});

const MODELS = { 'maker/one': { ...ltx.models[FAST], seed: true, input: { steps: 4, seed: '{seed}' } } };
const maker = { ...http, models: MODELS } as typeof http;

/** A description that uses whatever can be described. */
const described = {
  baseUrl: BASE,
  auth: { header: 'X-Key', value: 'Token {apiKey}' },
  headers: { 'x-version': '3' },
  submit: {
    method: 'PUT',
    path: '/make/{model}?v=2',
    headers: { 'idempotency-key': '{key}' },
    body: { order: { text: '{prompt}', not: '{negativePrompt}', key: 'k:{key}' }, input: '{input}' },
    job: { id: '$.job.id', ask: '$.job.ask' },
    cost: { path: '$.job.credits', usd: 0.01 },
  },
  poll: {
    path: '{job.ask}',
    status: '$.job.done',
    words: { generate: [false], done: [true], failed: ['broken'] },
    progress: { path: '$.job.percent' },
    cost: { path: '$.usage.usd' },
  },
  result: {
    values: { file: '$.job.file' },
    path: '/files/{job.file}?of={job.id}',
    headers: { 'x-job': '{job.id}' },
  },
  video: { urlWithKey: '$.file.at' },
  errors: { unless: { path: '$.ok', is: [1] } },
  causes: { moderated: [7] },
  cancel: { method: 'DELETE', path: '/jobs/{job.id}' },
  check: { path: '/me?model={model}', balance: { path: '$.credits', usd: 0.01 }, listed: '$.models[*].name' },
};
const accepted = (more: object = {}) => ({
  status: 200,
  body: { ok: 1, job: { id: 77, ask: '/v1/jobs/77?x=1', credits: 12, ...more } },
});
const done = { status: 200, body: { ok: 1, job: { done: true, file: 'a b/c' }, usage: { usd: '0.25' } } };
const fileAt = (at: unknown) => ({ status: 200, body: { ok: 1, file: { at } } });

const on = (answers: readonly Answer[], more: object = {}) =>
  onScript(maker, answers, { ...described, ...more });

async function ordered(answers: readonly Answer[], more: object = {}) {
  const { provider, heard } = on(answers, more);
  const accepted = await provider.submit(orderOf(provider, 'maker/one'), 'slot/1', never);
  return { provider, heard, ...accepted };
}

describe('http', () => {
  it('puts model, key and the fields of the model where the description says', async () => {
    const { heard, jobId, costUsd } = await ordered([accepted()]);

    const [order] = heard;
    expect(order?.method).toBe('PUT');
    expect(order?.url.href).toBe(`${BASE}/make/maker/one?v=2`);
    expect(order?.headers).toMatchObject({
      'x-key': `Token ${KEY}`,
      'x-version': '3',
      'idempotency-key': 'slot/1',
    });
    expect(order?.headers).not.toHaveProperty('authorization');
    expect(JSON.parse(order?.body ?? '')).toEqual({
      order: { text: expect.stringContaining('red ball') as string, key: 'k:slot/1' },
      input: { steps: 4, seed: 7 },
    });
    expect([jobId, costUsd]).toEqual(['77', 0.12]);
  });

  it('sends forms, and adds the fields of the model to a body that has no place for them', async () => {
    const submit = { ...described.submit, as: 'form', body: { prompt: '{prompt}', sound: '{audio}' } };
    const { heard } = await ordered([accepted()], { submit });

    expect(heard[0]?.headers['content-type']).toMatch(/^multipart\/form-data/);
    expect(heard[0]?.body).toMatch(
      /name="prompt"[\s\S]*name="sound"\r\n\r\nfalse\r\n[\s\S]*name="steps"\r\n\r\n4\r\n/,
    );
  });

  it('goes where answers lead, on its own origin, and fetches the video with the key', async () => {
    const { provider, heard, job } = await ordered([accepted(), done, fileAt(`${BASE}/files/9.mp4`)]);

    const status = await provider.poll(job, never);

    expect(heard.slice(1).map(({ method, url }) => `${method} ${url.href}`)).toEqual([
      'GET https://api.maker.test/v1/jobs/77?x=1',
      'GET https://api.maker.test/v1/files/a%20b%2Fc?of=77',
    ]);
    expect(heard[2]?.headers['x-job']).toBe('77');
    expect(status).toEqual({ is: 'done', asset: { at: 'own', path: `${BASE}/files/9.mp4` }, costUsd: 0.25 });
  });

  it.each([
    ['another origin', 'https://evil.test/v1/jobs/77'],
    ['a look-alike', 'https://api.maker.test.evil.test/jobs'],
    ['a user in the address', 'https://api.maker.test@evil.test/jobs'],
    ['another port', 'https://api.maker.test:8443/jobs'],
    ['no scheme', '//evil.test/jobs'],
    ['plain http', 'http://api.maker.test/jobs'],
    ['another scheme', 'file:///etc/passwd'],
    ['backslashes', '\\\\evil.test\\jobs'],
  ])('never shows the key to %s', async (_name, elsewhere) => {
    const asking = await ordered([accepted({ ask: elsewhere }), done]);
    const video = await ordered([accepted(), done, fileAt(elsewhere)]);

    const errors = [
      await failing(asking.provider.poll(asking.job, never)),
      await failing(video.provider.poll(video.job, never)),
    ];

    expect(errors.map(({ code }) => code)).toEqual(['bad_json', 'bad_json']);
    for (const { message } of errors) expect(message).toContain('the key stays there');
    const origins = [...asking.heard, ...video.heard].map(({ url }) => url.origin);
    expect(new Set(origins)).toEqual(new Set(['https://api.maker.test']));
  });

  it.each(['..', '.', ''])('refuses "%s" as a part of a path', async (file) => {
    const odd = { status: 200, body: { ok: 1, job: { done: true, file } } };
    const { provider, job, heard } = await ordered([accepted(), odd]);

    expect((await failing(provider.poll(job, never))).message).toContain('has no place in a path');
    expect(heard).toHaveLength(2);
  });

  it.each(['two\nlines', 'snow ☃'])('refuses %j as a header', async (id) => {
    const poll = { ...described.poll, headers: { 'x-ask': '{job.ask}' }, path: '/jobs/{job.id}' };
    const { provider, job } = await ordered([accepted({ ask: id })], { poll });

    const error = await failing(provider.poll(job, never));

    expect(error).toMatchObject({ code: 'bad_json', message: expect.stringContaining('x-ask') as string });
  });

  it('ends in an HttpError or a status, on its own origin, whatever an answer says', async () => {
    const odd = fc.oneof(
      fc.jsonValue(),
      fc.string({ unit: 'binary' }),
      fc.webUrl(),
      fc.constantFrom('/ok', '..', '\ud800', '%2e%2e', '/../../x', '?a=b', '#x', 'javascript:alert(1)'),
    );
    await fc.assert(
      fc.asyncProperty(odd, odd, odd, async (ask, file, at) => {
        const answers = [
          { status: 200, body: { ok: 1, job: { id: 'a', ask } } },
          { status: 200, body: { ok: 1, job: { done: true, file } } },
          fileAt(at),
        ];
        const { provider, heard } = on(answers);
        const run = async () =>
          provider.poll((await provider.submit(orderOf(provider, 'maker/one'), 'k', never)).job, never);

        const outcome: unknown = await run().catch((error: unknown) => error);

        const isDone = typeof outcome === 'object' && outcome !== null && 'is' in outcome;
        expect(isDone || outcome instanceof HttpError).toBe(true);
        for (const { url } of heard) expect(url.origin).toBe('https://api.maker.test');
      }),
    );
  });

  it.each([
    [4_000, 'a path of', { ...described.poll, path: '/jobs/{job.ask}' }],
    [4_001, 'finds 4001 characters', described.poll],
  ])('takes no value of %d characters', async (length, said, poll) => {
    const { provider } = on([accepted({ ask: 'x'.repeat(length) }), done], { poll });
    const run = async () =>
      provider.poll((await provider.submit(orderOf(provider, 'maker/one'), 'k', never)).job, never);

    const error = await failing(run());

    expect(error).toMatchObject({ code: 'bad_json', message: expect.stringContaining(said) as string });
  });

  it('takes large answers only where a video may be in them', async () => {
    const at = 'A'.repeat(5 * 1024 * 1024);
    const inline = await ordered([accepted(), done, fileAt(at)], { video: { base64: '$.file.at' } });
    const named = await ordered([accepted(), done, fileAt(at)]);

    expect(await inline.provider.poll(inline.job, never)).toMatchObject({ asset: { at: 'inline' } });
    expect((await failing(named.provider.poll(named.job, never))).code).toBe('body_too_large');
  });

  it.each([
    ['no id', { ok: 1, job: {} }, 'submit.job.id: $.job.id finds nothing'],
    ['an id that is no text', { ok: 1, job: { id: {}, ask: '/' } }, 'submit.job.id: $.job.id finds no text'],
    ['another shape', [], 'errors.unless: $.ok finds nothing'],
  ])('says which path failed in an answer with %s', async (_name, body, said) => {
    const { provider } = on([{ status: 200, body }]);

    const error = await failing(provider.submit(orderOf(provider, 'maker/one'), 'k', never));

    expect(error).toMatchObject({ code: 'bad_json', status: 200 });
    expect(error.message).toContain(said);
  });

  it('takes an answer without the sign of success for an error, with its code and cause', async () => {
    const { provider } = on([{ status: 200, body: { ok: 0, code: 7, msg: 'not this' } }]);

    const error = await failing(provider.submit(orderOf(provider, 'maker/one'), 'k', never));

    expect(error).toMatchObject({ code: 'status', status: 200 });
    expect(provider.explain(error)).toEqual({ code: '7', message: 'not this', cause: 'moderated' });
  });

  it.each([
    ['false', { percent: 40 }, { is: 'pending', phase: 'generate', progress: 0.4 }],
    ['broken', {}, { is: 'failed', code: null, message: expect.any(String) as string, costUsd: null }],
    ['rebooting', {}, { is: 'strange', word: 'rebooting' }],
  ])('understands %s', async (word, more, is) => {
    const body = { ok: 1, job: { done: word === 'false' ? false : word, ...more } };
    const { provider, job } = await ordered([accepted(), { status: 200, body }]);

    expect(await provider.poll(job, never)).toEqual(is);
  });

  it('multiplies what is told in credits, and says that it did', async () => {
    const poll = { ...described.poll, cost: { path: '$.usage.usd', usd: 0.5 } };
    const { provider, job } = await ordered([accepted(), done, fileAt('/v1/x.mp4')], { poll });

    const status = await provider.poll(job, never);

    const at = { at: 'own', path: 'https://api.maker.test/v1/x.mp4' };
    expect(status).toEqual({ is: 'done', asset: at, costUsd: 0.125, costFrom: 'computed' });
  });

  it.each([
    [{ base64: '$.file.at' }, 'data:video/mp4;base64,AAAA', { at: 'inline', base64: 'AAAA' }],
    [{ path: '/files/{job.file}/content' }, null, { at: 'own', path: '/files/a%20b%2Fc/content' }],
    [{ url: '$.file.at' }, VIDEO, { at: 'foreign', url: VIDEO }],
  ])('finds a video by %j', async (video, at, asset) => {
    const { provider, job } = await ordered([accepted(), done, fileAt(at)], { video });

    expect(await provider.poll(job, never)).toMatchObject({ asset });
  });

  it('cancels, and minds no job that is gone', async () => {
    const { provider, job, heard } = await ordered([
      accepted(),
      { status: 204, body: '' },
      { status: 404, body: {} },
      { status: 500, body: {} },
    ]);

    for (let i = 0; i < 2; i++) await provider.cancel?.(job, never);

    expect(`${heard[1]?.method} ${heard[1]?.url.href}`).toBe(`DELETE ${BASE}/jobs/77`);
    expect((await failing(provider.cancel?.(job, never) ?? Promise.resolve())).status).toBe(500);
  });

  it.each([
    [{ credits: 250, models: [{ name: 'maker/one' }] }, '$2.50 left, the model is listed', 2.5, true],
    [{ credits: 0, models: [{ name: 'other' }] }, '$0.00 left, the model is not listed', 0, false],
    // An empty list may be any mistake: it does not say that the model is gone.
    [{ models: [] }, 'key accepted', null, null],
  ])('checks for free: %j', async (body, text, balanceUsd, isListed) => {
    const { provider, heard } = on([{ status: 200, body: { ok: 1, ...body } }]);

    const checked = await provider.check?.('maker/one', never);

    expect(heard[0]?.url.href).toBe(`${BASE}/me?model=maker/one`);
    expect(checked).toEqual({ text, balanceUsd, notices: [], isListed });
  });

  it.each(['1e999', '-1e999', `"${'9'.repeat(400)}"`])('believes no balance of %s', async (credits) => {
    const { provider } = on([{ status: 200, body: `{"ok":1,"credits":${credits},"models":[]}` }]);

    const checked = await provider.check?.('maker/one', never);

    expect(checked).toEqual({ text: 'key accepted', balanceUsd: null, notices: [], isListed: null });
  });

  it('offers neither check nor cancelling where none is described', () => {
    const { provider } = on([], { check: undefined, cancel: undefined });

    expect([provider.check, provider.cancel]).toEqual([null, null]);
  });

  it('reads errors where they usually stand, if nothing is described', () => {
    const { provider } = on([]);
    const read = (body: Opaque) => provider.explain(errorOf({ status: 400, body }));

    expect(read({ error: { code: 'x', message: 'y' } })).toMatchObject({ code: 'x', message: 'y' });
    expect(read({ code: 7, message: 'z' })).toEqual({ code: '7', message: 'z', cause: 'moderated' });
    expect(read({ detail: 'nope' })).toEqual({ code: null, message: 'nope', cause: null });
  });
});

describe('a description', () => {
  const { submit, poll } = described;
  it.each([
    ['a bad JSONPath', { poll: { ...poll, status: '$.a[' } }, 'poll.status', 'unclosed bracketed selection'],
    ['a path that is none', { poll: { ...poll, status: 'status' } }, 'poll.status', 'begins with $'],
    [
      'an unknown place',
      { submit: { ...submit, body: { a: [{ b: '{promt}' }] } } },
      'submit.body',
      '{promt}',
    ],
    ['a place like Python', { submit: { ...submit, path: '/x/{job_id}' } }, 'submit.path', '{job_id}'],
    ['a value that no answer gave', { poll: { ...poll, path: '/x/{job.nid}' } }, 'poll.path', '{job.nid}'],
    ['no table of words', { poll: { ...poll, words: undefined } }, 'poll.words', 'expected object'],
    [
      'no word for done',
      { poll: { ...poll, words: { done: [], failed: ['x'] } } },
      'poll.words.done',
      'one word',
    ],
    [
      'no word in between',
      { poll: { ...poll, words: { done: ['a'], failed: ['b'] } } },
      'poll.words',
      'takes time',
    ],
    [
      'a word that means two things',
      { poll: { ...poll, words: { queue: ['a'], done: ['b'], failed: ['a'] } } },
      'poll.words.failed.0',
      '"a" stands under queue already',
    ],
    ['no id', { submit: { ...submit, job: { task: '$.id' } } }, 'submit.job', '"id"'],
    ['two videos', { video: { url: '$.a', base64: '$.b' } }, 'video', 'exactly one of'],
    [
      'a cause that is none',
      { causes: { too_bad: ['1'] } },
      'causes.too_bad',
      'too_bad is no cause, only unavailable',
    ],
    ['no key', { auth: { value: 'Bearer x' } }, 'auth.value', 'Expected {apiKey}'],
    ['a whole address', { poll: { ...poll, path: 'https://evil.test/x' } }, 'poll.path', 'begins with /'],
    ['an address without a scheme', { poll: { ...poll, path: '//evil.test' } }, 'poll.path', 'begins with /'],
    ['a header that is no word', { headers: { 'a b': '1' } }, 'headers.a b', 'name of a header'],
    [
      'a name with a dot',
      { submit: { ...submit, job: { id: '$.id', 'a.b': '$.x' } } },
      'submit.job.a.b',
      'letters and digits',
    ],
    ['a header of the connection', { headers: { Host: 'evil.test' } }, 'headers.Host', 'by the connection'],
    ['the key in a header', { headers: { 'x-key': '{apiKey}' } }, 'headers', '{apiKey} stands for nothing'],
  ])('with %s is refused with a sentence', (_name, change, path, said) => {
    const result = httpOptions.safeParse({ apiKey: KEY, ...described, ...change });

    const issues = (result.error?.issues ?? []).map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    expect(issues[0]?.startsWith(`${path}: `)).toBe(true);
    expect(issues[0]).toContain(said);
  });

  it('may name only so many values, headers and words', () => {
    const many = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`n${i}`, '$.x']));
    const parse = (more: object) => httpOptions.safeParse({ apiKey: KEY, ...described, ...more }).success;

    expect(parse({ submit: { ...submit, job: { ...submit.job, ...many(8) } } })).toBe(true);
    expect(parse({ submit: { ...submit, job: { ...submit.job, ...many(9) } } })).toBe(false);
    expect(parse({ headers: many(30) })).toBe(true);
    expect(parse({ headers: many(31) })).toBe(false);
    const generate = Array.from({ length: 51 }, (_, i) => `word${i}`);
    expect(parse({ poll: { ...poll, words: { ...poll.words, generate } } })).toBe(false);
  });
});

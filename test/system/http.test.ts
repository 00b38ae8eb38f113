import { getEventListeners } from 'node:events';
import { createServer as createRawServer, type AddressInfo, type Socket } from 'node:net';
import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { HttpError, InlineFile, type CallOptions, type FormFile } from '../../src/ports/http.ts';
import { createHttp, type HttpDeps } from '../../src/system/http.ts';
import { ENCODINGS, reveals } from '../fuzz/encodings.ts';
import { handClock, serve } from './loopback.ts';

const anything = z.unknown();
const KEY = 'key-0123456789';
const MIB = 2 ** 20;
const film = z.object({ id: z.string(), video: z.instanceof(InlineFile) });
const never = new AbortController().signal;

function open(deps: Partial<HttpDeps> = {}) {
  const clock = handClock();
  const http = createHttp({ clock, secrets: [KEY], ...deps });
  onTestFinished(() => http.close());
  return { http, clock };
}

async function failing(work: Promise<unknown>): Promise<HttpError> {
  const error: unknown = await work.then(
    () => null,
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(HttpError);
  return error as HttpError;
}

/** Answers raw bytes, as no well-behaved server would. */
async function serveRaw(answer: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createRawServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('data', () => answer(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('a call', () => {
  it('joins paths to the base and sends the credentials', async () => {
    const { origin, requests } = await serve((_, response) => response.end('{"ok":true}'));
    const api = open().http.at(`${origin}/v1/`, { Authorization: `Bearer ${KEY}` });

    const reply = await api.get('/videos/7?fields=all', z.object({ ok: z.boolean() }), never);

    expect(reply).toMatchObject({ status: 200, body: { ok: true } });
    expect(requests[0]).toMatchObject({
      method: 'GET',
      url: '/v1/videos/7?fields=all',
      headers: { authorization: `Bearer ${KEY}`, accept: 'application/json', 'user-agent': 'reelwatch' },
    });
  });

  it('lets the headers of a call win over those of the base', async () => {
    const { origin, requests } = await serve((_, response) => response.end('1'));

    await open()
      .http.at(origin, { 'X-Version': '1' })
      .get('x', anything, never, { headers: { 'x-version': '2' } });

    expect(requests[0]?.headers['x-version']).toBe('2');
  });

  it.each([
    ['json', { json: { b: 1, a: 'ü' } }, 'application/json', '{"b":1,"a":"ü"}'],
    ['text', { text: 'a=1', type: 'text/plain' }, 'text/plain', 'a=1'],
  ] as const)('writes %s', async (_, payload, type, body) => {
    const { origin, requests } = await serve((_, response) => response.end('{}'));

    await open().http.at(origin, {}).send('POST', '/x', payload, anything, never);

    expect(requests[0]).toMatchObject({ method: 'POST', body });
    expect(requests[0]?.headers['content-type']).toBe(type);
    expect(requests[0]?.headers['content-length']).toBe(String(Buffer.byteLength(body)));
  });

  it('writes a form that a standard parser reads back in order, the same bytes every time', async () => {
    const { origin, requests } = await serve((_, response) => response.end('{}'));
    const api = open().http.at(origin, {});
    const form: [string, string][] = [
      ['prompt', 'two\r\nlines -- ü'],
      ['a"b', '1'],
      ['prompt', 'again'],
    ];

    await api.send('POST', '/x', { form }, anything, never);
    await api.send('POST', '/x', { form }, anything, never);

    const [first, second] = requests;
    const type = first?.headers['content-type'] ?? '';
    const read = await new Response(first?.body ?? '', { headers: { 'content-type': type } }).formData();
    expect([...read]).toEqual(form);
    expect(second?.body).toBe(first?.body);
  });

  it('writes a form with files that a standard parser reads back byte for byte', async () => {
    const { origin, requests } = await serve((_, response) => response.end('{}'));
    const api = open().http.at(origin, {});
    const bytes = Uint8Array.from({ length: 1_024 }, (_, i) => i % 256);
    const file = (filename: string, type = 'image/png') => ({ bytes, type, filename });
    const form: [string, string | FormFile][] = [
      ['seed', '7'],
      ['image', file('first-frame.png')],
      ['image', file('a "b"\r\nc.bin', 'application/octet-stream')],
      ['note', 'after --the file'],
    ];

    await api.send('POST', '/x', { form }, anything, never);
    await api.send('POST', '/x', { form }, anything, never);
    await api.send('POST', '/x', { form: [['image', file('other.png')]] }, anything, never);

    const [first, second, third] = requests;
    const type = first?.headers['content-type'] ?? '';
    const read = await new Response(first?.bytes, { headers: { 'content-type': type } }).formData();
    const images = read.getAll('image').filter((part) => typeof part !== 'string');
    expect([...read.keys()]).toEqual(['seed', 'image', 'image', 'note']);
    expect([read.get('seed'), read.get('note')]).toEqual(['7', 'after --the file']);
    expect(images.map(({ name, type }) => [name, type])).toEqual([
      ['first-frame.png', 'image/png'],
      ['a "b"\r\nc.bin', 'application/octet-stream'],
    ]);
    for (const image of images) expect(new Uint8Array(await image.arrayBuffer())).toEqual(bytes);
    expect(first?.headers['content-length']).toBe(String(first?.bytes.byteLength));
    expect(second?.bytes).toEqual(first?.bytes);
    expect(third?.headers['content-type']).not.toBe(type);
  });

  it.each([
    ['a 202 without a body', 202, '', { whenEmpty: { id: null } }],
    ['a 204', 204, '', { whenEmpty: { id: null } }],
    ['a body of blanks', 200, ' \n', { whenEmpty: { id: null } }],
  ])('takes %s for what was agreed', async (_, status, body, options: CallOptions) => {
    const { origin } = await serve((_, response) => response.writeHead(status).end(body));

    const reply = await open()
      .http.at(origin, {})
      .get('/', z.object({ id: z.null() }), never, options);

    expect(reply).toMatchObject({ status, body: { id: null } });
  });

  it('reads compressed answers and ignores a wrong content type', async () => {
    const { origin } = await serve((_, response) =>
      response
        .writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'text/html' })
        .end(gzipSync('{"a":1}')),
    );

    expect((await open().http.at(origin, {}).get('/', anything, never)).body).toEqual({ a: 1 });
  });

  it('breaks an invariant rather than leave its origin', () => {
    const api = open().http.at('https://api.example.com/v1', { authorization: KEY });

    expect(() => api.get('https://evil.example/', anything, never)).toThrow(/stays on the origin/);
    expect(() => api.get('https://api.example.com:444/', anything, never)).toThrow(/stays on the origin/);
    expect(() => api.get('https://me:pw@api.example.com/', anything, never)).toThrow(/user name/);
  });

  it.each(['.evil.example/', '@evil.example/', '//evil.example/', '\\\\evil.example/', ':99/'])(
    'stays on its origin for the path %j',
    async (path) => {
      const urls: string[] = [];
      const { http } = open({
        fetch: async (request) => {
          urls.push(request.url);
          return Response.json({});
        },
      });

      await http.at('https://api.example.com', { authorization: KEY }).get(path, anything, never);

      expect(new URL(urls[0] ?? '').origin).toBe('https://api.example.com');
    },
  );

  it('never repeats a malformed key', () => {
    const attempt = () => open().http.at('https://api.example.com', { authorization: `${KEY}\nx` });

    expect(attempt).toThrow(/authorization is one line/);
    expect(attempt).not.toThrow(KEY);
  });
});

describe('a failing call', () => {
  const failures: [
    name: string,
    answer: (response: ServerResponse) => unknown,
    expected: Partial<HttpError>,
  ][] = [
    [
      'an error status',
      (r) => r.writeHead(503).end('{"e":1}'),
      { code: 'status', status: 503, body: '{"e":1}' },
    ],
    ['an error without a body', (r) => r.writeHead(500).end(), { code: 'status', status: 500, body: '' }],
    [
      'a redirect',
      (r) => r.writeHead(302, { location: 'https://evil.example/' }).end(),
      { code: 'redirect', status: 302 },
    ],
    ['a 304', (r) => r.writeHead(304).end(), { code: 'status', status: 304 }],
    ['text', (r) => r.end('hello'), { code: 'bad_json', status: 200, body: 'hello' }],
    ['html', (r) => r.writeHead(200, { 'content-type': 'text/html' }).end('<p>'), { code: 'bad_json' }],
    ['no body where one is due', (r) => r.writeHead(202).end(), { code: 'bad_json', status: 202 }],
    ['JSON cut short', (r) => r.end('{"a":'), { code: 'bad_json' }],
    ['UTF-16', (r) => r.end(Buffer.from('{"a":1}', 'utf16le')), { code: 'bad_json' }],
    [
      'invalid gzip',
      (r) => r.writeHead(200, { 'content-encoding': 'gzip' }).end('{"a":1}'),
      { code: 'bad_json' },
    ],
    [
      'invalid brotli',
      (r) => r.writeHead(200, { 'content-encoding': 'br' }).end('{"a":1}'),
      { code: 'bad_json' },
    ],
    [
      'an endless header',
      (r) => r.writeHead(200, { x: 'x'.repeat(20_000) }).end('{}'),
      { code: 'body_too_large' },
    ],
    ['a huge body', (r) => r.end(`"${'x'.repeat(2_000)}"`), { code: 'body_too_large', status: 200 }],
    [
      'a gzip bomb',
      (r) => r.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(1_000_000, 32))),
      { code: 'body_too_large' },
    ],
    [
      'a body that breaks off',
      (r) => {
        r.writeHead(200, { 'content-length': 100 }).write('{');
        setImmediate(() => r.destroy());
      },
      { code: 'reset' },
    ],
    [
      'an error body that breaks off',
      (r) => {
        r.writeHead(429, { 'content-length': 100 }).write('sl');
        setImmediate(() => r.destroy());
      },
      { code: 'status', status: 429 },
    ],
    ['a connection closed before the answer', (r) => r.destroy(), { code: 'reset', status: null }],
  ];

  it.each(failures)('names %s', async (_, answer, expected) => {
    const { origin } = await serve((_, response) => void answer(response));
    const { http, clock } = open({ bodyBytesMax: 1_000 });

    const error = await failing(http.at(origin, {}).get('/', anything, never));

    expect(error).toMatchObject(expected);
    expect(clock.sleepers()).toBe(0);
  });

  it('names an answer that is no HTTP', async () => {
    const origin = await serveRaw((socket) => socket.end('SSH-2.0-OpenSSH_9.9\r\n'));

    expect(await failing(open().http.at(origin, {}).get('/', anything, never))).toMatchObject({
      code: 'reset',
    });
  });

  it.each([
    ['a closed port', async () => `http://127.0.0.1:${await freePort()}`],
    ['TLS spoken to a plain server', async () => (await serve(() => {})).origin.replace('http:', 'https:')],
    ['a name that does not exist', async () => 'http://nowhere.test'],
  ])('takes %s for a connection that did not come about', async (_, originOf) => {
    const { http } = open({ resolve: () => Promise.reject(coded('ENOTFOUND')) });

    const error = await failing(http.at(await originOf(), {}).get('/', anything, never));

    expect(error).toMatchObject({ code: 'connect', status: null });
  });

  it('says in short what the JSON lacked', async () => {
    const { origin } = await serve((_, response) => response.end('{"task":{"id":7}}'));
    const shape = z.object({ task: z.object({ id: z.string(), status: z.string() }) });

    const error = await failing(open().http.at(origin, {}).get('/t', shape, never));

    expect(error).toMatchObject({ code: 'bad_json', body: '{"task":{"id":7}}' });
    expect(error.message).toMatch(
      /^GET http.*\/t answered 200 with JSON of another shape: task\.id: .*; task\.status: /,
    );
  });

  it('masks the key wherever it is echoed and keeps it out of the message', async () => {
    const { origin } = await serve((request, response) =>
      response
        .writeHead(401, { 'x-echo': KEY })
        .end(`bad key ${request.headers.authorization} ${'x'.repeat(9_000)}`),
    );

    const error = await failing(
      open().http.at(origin, { authorization: KEY }).get(`/v?key=${KEY}`, anything, never),
    );

    expect(error.body).toMatch(/^bad key \*\*\* x+$/);
    expect(error.body.length).toBe(4_000);
    expect(error.headers['x-echo']).toBe('***');
    expect(error.message).not.toContain('?');
  });

  it.each(Object.keys(ENCODINGS))('shows no key that is written as %s, whatever the answer', async (name) => {
    const written = ENCODINGS[name]?.(KEY) ?? '';
    const long = 'x'.repeat(70_000);
    const { origin } = await serve(({ url }, response) => {
      const body = `{"message":"bad key ${written}","long":"${url?.includes('long') ? long : ''}","${written}":1}`;
      const headers = { 'x-echo': 'written' };
      if (url?.includes('error')) response.writeHead(400, headers).end(body);
      else response.end(url?.includes('broken') ? body.slice(0, -1) : body);
    });
    const api = open().http.at(origin, { authorization: KEY });
    const told = [
      await api.get('/good', anything, never),
      await api.get('/good-long', anything, never),
      await failing(api.get('/error', anything, never)),
      await failing(api.get('/error-long', anything, never)),
      await failing(api.get('/broken', anything, never)),
      await failing(api.get('/broken-long', anything, never)),
    ].map((one) => JSON.stringify(one instanceof Error ? [one.message, one.body, one.headers] : one));

    expect(told.filter((text) => reveals(text, KEY))).toEqual([]);
    expect(told[0]).toContain('bad key');
  });

  it('shows no token or signature that was made for a call, to that call and later ones', async () => {
    const token = 'header.payload.signature-0123456789';
    const { origin } = await serve(({ headers, url }, response) => {
      if (url === '/later') response.end(JSON.stringify({ said: [token, 'f'.repeat(64)] }));
      else response.writeHead(403).end(`you sent ${JSON.stringify(headers)}`);
    });
    const api = open().http.at(origin, {});
    const made = {
      headers: {
        authorization: `AWS4-HMAC-SHA256 Credential=AKID/2026/s3, Signature=${'f'.repeat(64)}`,
        'x-amz-security-token': `Bearer ${token}`,
      },
    };

    const { body } = await failing(api.get('/', anything, never, made));
    const later = await api.get('/later', anything, never);

    expect(body).not.toMatch(/signature-0123456789|ffff/);
    expect(later.body).toEqual({ said: ['***', '***'] });
  });

  it('gives the answer to a login as it came, and shows nothing of one it cannot read', async () => {
    const { origin } = await serve((_, response) =>
      response.end('{"access_token":"token-0123456789","life":-1}'),
    );
    const api = open().http.at(origin, {});
    const credentials = ['signed-assertion-0123456789'];
    const positive = z.object({ life: z.number().positive() });

    const { body } = await api.send('POST', '/', null, anything, never, { credentials });
    const error = await failing(api.send('POST', '/', null, positive, never, { credentials }));

    expect(body).toMatchObject({ access_token: 'token-0123456789' });
    expect(JSON.stringify([error.message, error.body, error.cause])).not.toMatch(/token-|life/);
  });

  it('decodes a video in an answer while it comes, and lets others work meanwhile', async () => {
    const video = Buffer.alloc(24 * MIB, 'a video');
    const { origin } = await serve((_, response) =>
      response.end(`{"id":"j","video":"${video.toString('base64')}"}`),
    );
    let turns = 0;
    const isOver = { now: false };
    const others = (): void => {
      turns += 1;
      if (!isOver.now) setImmediate(others);
    };
    others();

    const { body } = await open()
      .http.at(origin, {})
      .get('/', film, never, { bytesMax: 64 * MIB });
    isOver.now = true;

    expect(body.id).toBe('j');
    expect(Buffer.concat(body.video.parts).equals(video)).toBe(true);
    expect(turns).toBeGreaterThan(20);
  });

  it.each([
    ['more than 4 MiB of JSON beside the video', 5 * MIB, 64 * MIB, 'too much beside the video'],
    ['a longer answer than was allowed', 1, 6 * MIB, 'more than 6291456 bytes'],
  ])('refuses %s', async (_, besides, bytesMax, words) => {
    const { origin } = await serve((_, response) =>
      response.end(`{"id":"j","n":[${'1,'.repeat(besides / 2)}1],"video":"${'A'.repeat(6 * MIB)}"}`),
    );

    const error = await failing(open().http.at(origin, {}).get('/', film, never, { bytesMax }));

    expect(error).toMatchObject({ code: 'body_too_large' });
    expect(error.message).toContain(words);
  });

  it('takes characters that nobody sees out of what it gives', async () => {
    const { origin } = await serve((_, response) =>
      response.end('{"message":"see \u202egpj.exe\u2066 now"}'),
    );

    const { body } = await open().http.at(origin, {}).get('/', anything, never);

    expect(body).toEqual({ message: 'see gpj.exe now' });
  });

  it.each([
    ['30', 30_000],
    ['1.5', 1_500],
    ['0', 0],
    ['Sat, 21 Nov 2026 00:01:00 GMT', 60_000],
    ['Fri, 20 Nov 2026 00:00:00 GMT', 0],
    ['86401', 86_400_000],
    ['9'.repeat(500), 86_400_000],
    ['Fri, 31 Dec 9999 23:59:59 GMT', 86_400_000],
    ['Fri, 99 Dec 9999 23:59:59 GMT', null],
    ['-5', null],
    ['NaN', null],
    ['1e9', null],
    ['soon', null],
    ['2026', 2_026_000],
    ['', null],
  ])('reads Retry-After %j as %j ms', async (header, expected) => {
    const { origin } = await serve((_, response) => response.writeHead(429, { 'retry-after': header }).end());

    const error = await failing(open().http.at(origin, {}).get('/', anything, never));

    expect(error.retryAfterMs).toBe(expected);
  });
});

describe('time and abort', () => {
  it('gives up by the clock when the answer never comes', async () => {
    const clock = handClock();
    const { origin } = await serve(() => clock.pass(30_000));

    const error = await failing(open({ clock }).http.at(origin, {}).get('/', anything, never));

    expect(error).toMatchObject({ code: 'timeout', status: null });
    expect(error.message).toContain('30000 ms');
  });

  it('gives up by the clock when the body only drips', async () => {
    const clock = handClock();
    const { origin } = await serve((_, response) => {
      const drip = setInterval(() => {
        response.write(' ');
        clock.pass(1_000);
      }, 1);
      response.on('close', () => clearInterval(drip));
    });

    const error = await failing(
      open({ clock }).http.at(origin, {}).get('/', anything, never, { timeoutMs: 20_000 }),
    );

    expect(error.code).toBe('timeout');
  });

  it('gives up even where the transport ignores the signal', async () => {
    const clock = handClock();
    const { http } = open({ clock, fetch: () => new Promise<Response>(() => {}) });

    const call = failing(http.at('http://sim.test', {}).get('/', anything, never));
    clock.pass(30_000);

    expect((await call).code).toBe('timeout');
  });

  it('stops a body that ignores the signal', async () => {
    const clock = handClock();
    const body = new ReadableStream({ pull: () => new Promise(() => {}) });
    const { http } = open({ clock, fetch: async () => new Response(body) });
    const call = failing(http.at('http://sim.test', {}).get('/', anything, never));
    await new Promise((resolve) => setImmediate(resolve));

    clock.pass(30_000);

    expect((await call).code).toBe('timeout');
  });

  it('stops when the caller aborts, before and in the middle', async () => {
    const abort = new AbortController();
    const { origin, requests } = await serve(() => abort.abort());
    const api = open().http.at(origin, {});

    expect((await failing(api.get('/', anything, abort.signal))).code).toBe('aborted');
    expect((await failing(api.get('/', anything, abort.signal))).code).toBe('aborted');
    expect(requests.length).toBe(1);
  });

  it('leaves neither listener nor sleeper behind', async () => {
    const { origin } = await serve((request, response) =>
      response.writeHead(request.url === '/bad' ? 500 : 200).end('{}'),
    );
    const { http, clock } = open();
    const { signal } = new AbortController();
    const api = http.at(origin, {});

    for (let i = 0; i < 20; i++) {
      await api.get('/', anything, signal);
      await failing(api.get('/bad', anything, signal));
    }

    expect(getEventListeners(signal, 'abort').length).toBe(0);
    expect(clock.sleepers()).toBe(0);
  });
});

describe('an injected fetch', () => {
  it('sees the same request and its answer obeys the same rules', async () => {
    const seen: Request[] = [];
    const { http } = open({
      bodyBytesMax: 50,
      fetch: async (request) => {
        seen.push(request);
        if (request.url.endsWith('/large')) return new Response('x'.repeat(51));
        if (request.url.endsWith('/moved')) return Response.redirect('http://other.test/', 307);
        if (request.url.endsWith('/broken'))
          throw new TypeError('fetch failed', { cause: coded('ECONNREFUSED') });
        return Response.json({ id: 'a' }, { status: 201 });
      },
    });
    const api = http.at('http://sim.test/v1', { authorization: KEY });

    const reply = await api.send('POST', '/jobs', { json: { a: 1 } }, anything, never);

    expect(reply).toMatchObject({ status: 201, body: { id: 'a' } });
    expect(await seen[0]?.text()).toBe('{"a":1}');
    expect(seen[0]?.headers.get('authorization')).toBe(KEY);
    expect((await failing(api.get('/large', anything, never))).code).toBe('body_too_large');
    expect((await failing(api.get('/moved', anything, never))).code).toBe('redirect');
    expect((await failing(api.get('/broken', anything, never))).code).toBe('connect');
  });
});

function coded(code: string): Error {
  return Object.assign(new Error(code), { code });
}

async function freePort(): Promise<number> {
  const server = createRawServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

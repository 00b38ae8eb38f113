import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { HttpError, type DownloadLimits } from '../../src/ports/http.ts';
import { createHttp, type HttpDeps } from '../../src/system/http.ts';
import { handClock, serve } from './loopback.ts';

const KEY = 'key-0123456789';
const never = new AbortController().signal;

function open(deps: Partial<HttpDeps> = {}) {
  const clock = handClock();
  const folder = mkdtempSync(join(tmpdir(), 'reelwatch-download-'));
  // Every name leads to this machine.
  const http = createHttp({
    clock,
    secrets: [KEY],
    resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    ...deps,
  });
  onTestFinished(async () => {
    await http.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const limits: DownloadLimits = {
    bytesMax: 100_000,
    timeMsMax: 60_000,
    redirectsMax: 2,
    privateAddresses: true,
    file: join(folder, 'video.mp4'),
  };
  return { http, clock, limits };
}

async function failing(work: Promise<unknown>): Promise<HttpError> {
  const error: unknown = await work.then(
    () => null,
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(HttpError);
  return error as HttpError;
}

describe('a foreign download', () => {
  it('streams the bytes to the file, asks for nothing compressed and sends no credentials', async () => {
    const bytes = Buffer.alloc(70_000, 7);
    const clock = handClock();
    const { origin, requests } = await serve((_, response) => {
      clock.pass(250);
      response.writeHead(200, { 'content-type': 'video/mp4' }).end(bytes);
    });
    const { http, limits } = open({ clock });
    http.at(origin, { authorization: KEY });

    const done = await http.download(`${origin}/v.mp4?signature=1`, limits, never);

    expect(done).toEqual({
      file: limits.file,
      bytes: 70_000,
      contentType: 'video/mp4',
      tookMs: 250,
      finishedAt: clock.now(),
    });
    expect(readFileSync(limits.file).equals(bytes)).toBe(true);
    expect(requests[0]?.headers).not.toHaveProperty('authorization');
    expect(requests[0]?.headers['accept-encoding']).toBe('identity');
    expect(clock.sleepers()).toBe(0);
  });

  it('follows redirects within the limit, also relative ones', async () => {
    const { origin } = await serve((request, response) => {
      const hop = Number(request.url?.slice(1));
      if (hop === 0) response.end('video');
      else response.writeHead(302, { location: `/${hop - 1}` }).end('elsewhere');
    });
    const { http, limits } = open();

    expect((await http.download(`${origin}/2`, limits, never)).bytes).toBe(5);
    expect(await failing(http.download(`${origin}/3`, limits, never))).toMatchObject({
      code: 'redirect',
      status: 302,
    });
  });

  it.each([
    'file:///etc/passwd',
    'ftp://a.test/v.mp4',
    'data:video/mp4;base64,AAAA',
    'javascript:1',
    'http://me:pw@a.test/',
    '/v.mp4',
    '',
    'http://[::',
  ])('refuses %j', async (url) => {
    const { http, limits } = open();

    const error = await failing(http.download(url, limits, never));

    expect(error.code).toBe('address_refused');
    expect(error.message).not.toContain('pw');
  });

  const failures: [
    name: string,
    answer: (response: ServerResponse) => unknown,
    expected: Partial<HttpError>,
  ][] = [
    [
      'an error status',
      (r) => r.writeHead(403).end('expired'),
      { code: 'status', status: 403, body: 'expired' },
    ],
    [
      'a promised size above the limit',
      (r) => r.writeHead(200, { 'content-length': 100_001 }).flushHeaders(),
      { code: 'body_too_large' },
    ],
    ['a body above the limit', (r) => r.end(Buffer.alloc(50_000)) && r, { code: 'body_too_large' }],
    [
      'a body that breaks off',
      (r) => {
        r.writeHead(200, { 'content-length': 9_000 }).write('x');
        setImmediate(() => r.destroy());
      },
      { code: 'reset' },
    ],
    [
      'compressed bytes that are none',
      (r) => r.writeHead(200, { 'content-encoding': 'gzip' }).end('no gzip'),
      { code: 'reset' },
    ],
    [
      'a bomb of compressed bytes',
      (r) => r.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(5_000_000))),
      { code: 'body_too_large' },
    ],
    [
      'a redirect to a file',
      (r) => r.writeHead(302, { location: 'file:///etc/passwd' }).end(),
      { code: 'address_refused' },
    ],
    [
      'a redirect that is no URL',
      (r) => r.writeHead(302, { location: 'http://[::' }).end(),
      { code: 'address_refused' },
    ],
  ];

  it.each(failures)('names %s and leaves no file', async (name, answer, expected) => {
    const { origin } = await serve((_, response) => void answer(response));
    const { http, limits, clock } = open();
    const bytesMax = name === 'a body above the limit' ? 49_999 : limits.bytesMax;

    const error = await failing(http.download(origin, { ...limits, bytesMax }, never));

    expect(error).toMatchObject(expected);
    expect(existsSync(limits.file)).toBe(false);
    expect(clock.sleepers()).toBe(0);
  });

  it('gives up by the clock in the middle and removes what it has', async () => {
    const clock = handClock();
    const { origin } = await serve((_, response) => {
      const drip = setInterval(() => {
        response.write('xxxx');
        clock.pass(5_000);
      }, 1);
      response.on('close', () => clearInterval(drip));
    });
    const { http, limits } = open({ clock });

    expect((await failing(http.download(origin, limits, never))).code).toBe('timeout');
    expect(existsSync(limits.file)).toBe(false);
  });

  it('stops when the caller aborts and removes what it has', async () => {
    const abort = new AbortController();
    const { origin } = await serve((_, response) => {
      response.write('xxxx');
      setImmediate(() => abort.abort());
    });
    const { http, limits } = open();

    expect((await failing(http.download(origin, limits, abort.signal))).code).toBe('aborted');
    expect(existsSync(limits.file)).toBe(false);
  });

  it('says that it was us when the disk takes nothing', async () => {
    const { origin } = await serve((_, response) => response.end('video'));
    const { http, limits } = open();

    const error = await failing(
      http.download(origin, { ...limits, file: join(limits.file, 'not/there') }, never),
    );

    expect(error.code).toBe('aborted');
    expect(error.message).toContain('could not be saved');
  });

  it('sees through an injected fetch that sends less than it promised', async () => {
    const { http, limits } = open({
      fetch: async () => new Response('half', { headers: { 'content-length': '8' } }),
    });

    expect((await failing(http.download('http://cdn.test/', limits, never))).code).toBe('reset');
    expect(existsSync(limits.file)).toBe(false);
  });
});

describe('private addresses', () => {
  it('are refused by name and by number, at the first hop and after a redirect', async () => {
    const { origin, port, requests } = await serve((_, response) => response.end('inside'));
    const { http, limits } = open();
    const strict = { ...limits, privateAddresses: false };

    for (const url of [
      origin,
      `http://a.test:${port}/`,
      `http://localhost:${port}/`,
      `http://[::1]:${port}/`,
    ])
      expect((await failing(http.download(url, strict, never))).code).toBe('address_refused');

    expect(requests).toEqual([]);
  });

  it('are refused after a redirect too', async () => {
    const asked: string[] = [];
    const { http, limits } = open({
      fetch: async (request) => {
        asked.push(request.url);
        return new Response(null, {
          status: 302,
          headers: { location: 'http://169.254.169.254/latest/meta-data' },
        });
      },
    });

    const error = await failing(
      http.download('https://cdn.test/', { ...limits, privateAddresses: false }, never),
    );

    expect(error.code).toBe('address_refused');
    expect(asked).toEqual(['https://cdn.test/']);
  });

  it('are judged on the very answer that is connected to, so that a name which changes its mind gains nothing', async () => {
    const { port, requests } = await serve((_, response) => response.end('inside'));
    const asked: string[] = [];
    const { http, limits } = open({
      resolve: async (hostname) => {
        asked.push(hostname);
        return [{ address: '127.0.0.1', family: 4 }];
      },
    });
    const url = `http://rebind.test:${port}/`;

    const error = await failing(http.download(url, { ...limits, privateAddresses: false }, never));
    await http.download(url, limits, never);

    expect(error.code).toBe('address_refused');
    expect(asked).toEqual(['rebind.test', 'rebind.test']);
    expect(requests.length).toBe(1);
  });

  it('are not reached over a connection that a trusted call left open', async () => {
    const { port, requests } = await serve((_, response) => response.end('inside'));
    const { http, limits } = open();
    await http.download(`http://a.test:${port}/`, limits, never);

    const error = await failing(
      http.download(`http://a.test:${port}/`, { ...limits, privateAddresses: false }, never),
    );

    expect(error.code).toBe('address_refused');
    expect(requests.length).toBe(1);
  });
});

describe('an own download', () => {
  it('carries the key to its own origin, also when that is private', async () => {
    const { origin, requests } = await serve((request, response) => {
      if (request.url === '/v1/videos/1') response.writeHead(302, { location: '/files/1' }).end();
      else response.end('video');
    });
    const { http, limits } = open();

    const done = await http
      .at(`${origin}/v1`, { Authorization: KEY })
      .download('/videos/1', { ...limits, privateAddresses: false }, never);

    expect(done.bytes).toBe(5);
    expect(requests.map(({ headers }) => headers['authorization'])).toEqual([KEY, KEY]);
  });

  it('follows to a foreign origin without the key, and never takes it up again', async () => {
    const own = await serve((request, response) => {
      if (request.url === '/back') response.end('video');
      else response.writeHead(307, { location: `${cdn.origin}/there` }).end();
    });
    const cdn = await serve((_, response) =>
      response.writeHead(302, { location: `${own.origin}/back` }).end(),
    );
    const { http, limits } = open();

    await http
      .at(own.origin, { authorization: KEY })
      .download('/v', limits, never, { headers: { 'x-key': KEY } });

    expect(own.requests.map(({ headers }) => headers['authorization'])).toEqual([KEY, undefined]);
    expect(JSON.stringify(cdn.requests)).not.toContain(KEY);
    expect(JSON.stringify(own.requests[1])).not.toContain(KEY);
  });

  it('refuses a private address off its origin', async () => {
    const own = await serve((_, response) => response.writeHead(302, { location: `${cdn.origin}/` }).end());
    const cdn = await serve((_, response) => response.end('inside'));
    const { http, limits } = open();

    const error = await failing(
      http.at(own.origin, {}).download('/', { ...limits, privateAddresses: false }, never),
    );

    expect(error.code).toBe('address_refused');
    expect(cdn.requests).toEqual([]);
  });
});

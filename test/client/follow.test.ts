import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { BODY_BYTES_MAX } from '../../src/client/document.ts';
import { type Client, type ClientOptions, type Problem, createClient } from '../../src/client/index.ts';
import { NOW, ROUTES, aDocument } from './samples.ts';
import { type FakeReelwatch, TOKEN, startReelwatch } from './server.ts';

type T2v = Client<'t2v'> & { problems: Problem[] };

function aClient(url: string, more: Partial<ClientOptions<'t2v'>> = {}): T2v {
  const problems: Problem[] = [];
  const onProblem = (problem: Problem) => void problems.push(problem);
  const client = createClient({ url, token: TOKEN, routes: ROUTES, onProblem, ...more });
  onTestFinished(() => client.stop());
  return { ...client, problems };
}

const NEWER = JSON.stringify(aDocument({ generation: 999 }));
const inAMinute = () => Date.now() + 60_000;
const toGeneration = (client: T2v, generation: number) =>
  vi.waitFor(() => expect(client.state().generation).toBe(generation), { timeout: 5000, interval: 5 });

async function pair(
  more: Partial<ClientOptions<'t2v'>> = {},
): Promise<{ reelwatch: FakeReelwatch; client: T2v }> {
  const reelwatch = await startReelwatch();
  return { reelwatch, client: aClient(reelwatch.url, more) };
}

describe('a client that fetches', () => {
  it('takes the weights over from reelwatch, with its token', async () => {
    const { reelwatch, client } = await pair();

    expect(client.state().source).toBe('code');
    expect(await client.refresh()).toBe(true);

    expect(client.state()).toMatchObject({ source: 'live', epoch: 7, generation: 412 });
    expect(client.pick('t2v', {}, 0.48)).toEqual({
      id: 'luma',
      provider: 'the maker of luma',
      model: 'luma-1',
    });
    expect(reelwatch.asked[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
    expect(client.problems).toEqual([]);
  });

  it('keeps the path that its address has', async () => {
    const reelwatch = await startReelwatch();
    await aClient(`${reelwatch.url}/behind/a/proxy/`).refresh();

    expect(reelwatch.asked[0]?.path).toBe('/behind/a/proxy/v1/status');
  });

  it('asks only for what is new, and takes an unchanged document for renewed', async () => {
    const { reelwatch, client } = await pair();
    await client.refresh();
    const before = client.state().validUntil ?? 0;
    reelwatch.validUntil = new Date(Date.now() + 120_000).toISOString();

    expect(await client.refresh()).toBe(true);

    expect(reelwatch.asked.map((one) => one.headers['if-none-match'])).toEqual([undefined, 'W/"7.412"']);
    expect((client.state().validUntil ?? 0) - before).toBeGreaterThan(50_000);
  });

  it('counts time by the clock of reelwatch, which its own may be far from', async () => {
    const { reelwatch, client } = await pair({ now: () => Date.now() - 3_600_000 });
    const leftMs = () => (client.state().validUntil ?? 0) - (Date.now() - 3_600_000);
    await client.refresh();
    expect(leftMs()).toBeGreaterThan(55_000);
    expect(leftMs()).toBeLessThan(62_000);

    reelwatch.validUntil = new Date(Date.now() + 120_000).toISOString();
    await client.refresh();
    expect(leftMs()).toBeGreaterThan(115_000);
    expect(leftMs()).toBeLessThan(122_000);
  });

  it('goes back to base weights after valid_until, and lives up again when it hears of reelwatch', async () => {
    let now = Date.now();
    const { reelwatch, client } = await pair({ now: () => now });
    await client.refresh();
    expect(client.pick('t2v', {}, 0.49)?.id).toBe('luma');

    now += 61_000;
    expect(client.state().source).toBe('expired');
    expect(client.pick('t2v', {}, 0.49)?.id).toBe('kling');

    reelwatch.validUntil = new Date(now + 60_000).toISOString();
    await client.refresh();
    expect(client.state().source).toBe('live');
    expect(client.pick('t2v', {}, 0.49)?.id).toBe('luma');
  });

  it('refuses what is older, and begins anew with a higher epoch', async () => {
    const { reelwatch, client } = await pair();
    await client.refresh();

    for (const older of [
      { epoch: 7, generation: 411 },
      { epoch: 6, generation: 9999 },
    ]) {
      reelwatch.document = aDocument({ ...older, validUntil: inAMinute() });
      expect(await client.refresh()).toBe(false);
      expect(client.state()).toMatchObject({ source: 'live', epoch: 7, generation: 412 });
    }
    reelwatch.document = aDocument({ epoch: 8, generation: 1, validUntil: inAMinute() });
    expect(await client.refresh()).toBe(true);

    expect(client.state()).toMatchObject({ epoch: 8, generation: 1 });
    expect(client.problems.map(({ message }) => message)).toEqual([
      'the document was refused: 7.411 is older than 7.412',
      'the document was refused: 6.9999 is older than 7.412',
    ]);
    const tags = reelwatch.asked.map((one) => one.headers['if-none-match']);
    expect(tags).toEqual([undefined, 'W/"7.412"', 'W/"7.412"', 'W/"7.412"']);
  });

  it.each<[string, FakeReelwatch['instead']]>([
    ['breaks the connection', (request) => request.socket.destroy() !== null],
    ['answers 500', (_, response) => response.writeHead(500).end('{"routes":[]}') !== null],
    ['answers 401', (_, response) => response.writeHead(401).end() !== null],
    ['answers 404', (_, response) => response.writeHead(404).end() !== null],
    ['answers 302', (_, response) => response.writeHead(302, { location: '/elsewhere' }).end() !== null],
    ['answers with a page', (_, response) => response.end('<html>Sign in</html>') !== null],
    ['answers with nothing', (_, response) => response.end() !== null],
    ['answers with half a document', (_, response) => response.end('{"schema":"reelwatch.st') !== null],
    [
      'breaks off in the middle',
      (_, response) => response.writeHead(200, { 'content-length': 999 }).write('{') && !!response.destroy(),
    ],
    ['never answers', () => true],
    ['answers without an end', (_, response) => response.writeHead(200).write('{"schema":')],
    ['answers with too much', (_, response) => !!response.end(`${' '.repeat(BODY_BYTES_MAX)}${NEWER}`)],
  ])('changes nothing when reelwatch %s', async (_, instead) => {
    const { reelwatch, client } = await pair({ timeoutMs: 300 });
    await client.refresh();
    reelwatch.instead = instead;

    expect(await client.refresh()).toBe(false);

    expect(client.state()).toMatchObject({ source: 'live', generation: 412 });
    expect(client.pick('t2v', {}, 0.48)?.id).toBe('luma');
    expect(client.problems).toHaveLength(1);
    expect(reelwatch.askedFor('/elsewhere')).toEqual([]);
  });

  it('works when reelwatch was never there', async () => {
    const client = aClient('http://127.0.0.1:1');

    expect(await client.refresh()).toBe(false);
    expect(client.state().source).toBe('code');
    expect([...client.attempts('t2v')]).toHaveLength(3);
  });

  it('works when even fetch is not there, or throws', async () => {
    const fetch = () => {
      throw new TypeError('fetch is not a function');
    };
    const client = aClient('http://127.0.0.1:1', { fetch });

    expect(await client.refresh()).toBe(false);
    expect(client.problems).toEqual([{ code: 'unreachable', message: 'fetch is not a function' }]);
  });

  it('fetches once for many who ask at once, and not again for those who have time', async () => {
    const { reelwatch, client } = await pair();

    expect(await Promise.all([client.refresh(), client.refresh(), client.refresh()])).toEqual([
      true,
      true,
      true,
    ]);
    expect(await client.refresh(10_000)).toBe(true);
    expect(reelwatch.asked).toHaveLength(1);

    reelwatch.instead = (_, response) => response.writeHead(503).end() !== null;
    expect(await client.refresh()).toBe(false);
    expect(await client.refresh(10_000)).toBe(false);
    expect(reelwatch.asked).toHaveLength(2);
  });
});

describe('a client that polls', () => {
  it('finds a change at its next poll, and stops when it is stopped', async () => {
    const { reelwatch, client } = await pair({ pollEveryMs: 150 });
    client.start();
    client.start();
    await toGeneration(client, 412);
    reelwatch.document = aDocument({ generation: 413, validUntil: inAMinute() });
    await toGeneration(client, 413);
    await vi.waitFor(() => expect(reelwatch.asked.length).toBeGreaterThan(3), { interval: 5 });

    await client.stop();
    const { length } = reelwatch.asked;
    await vi.waitFor(() => expect(reelwatch.streams()).toBe(0));
    expect(reelwatch.asked.length - length).toBeLessThanOrEqual(1);
  });

  it.each([
    ['renews in time what would expire before its next poll', 15_000, 5_000],
    ['polls at its own pace what holds for long', 15 * 60_000, 10_000],
    ['hurries no more than once a second', 1_500, 1_000],
    ['does not hurry for what has expired', -1, 10_000],
  ])('%s', async (_, validMs, waitMs) => {
    const waited = Promise.withResolvers<number>();
    const client = aClient('http://127.0.0.1:1', {
      now: () => NOW,
      random: () => 0.5,
      fetch: async () => Response.json(aDocument({ validUntil: NOW + validMs })),
      sleep: async (ms, signal) => {
        if (ms === 100) return;
        if (ms !== 5000) waited.resolve(ms + 100);
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      },
    });
    client.start();

    expect(await waited.promise).toBeCloseTo(waitMs, 5);
  });

  it('waits longer after each failure, and as long as it is asked to', async () => {
    const waits: number[] = [];
    let answers = 0;
    const enough = Promise.withResolvers<void>();
    const client = aClient('http://127.0.0.1:1', {
      now: () => NOW,
      random: () => 0.5,
      fetch: async () => {
        answers++;
        if (answers === 4) return new Response('', { status: 429, headers: { 'retry-after': '50' } });
        if (answers === 5) return new Response('', { status: 429, headers: { 'retry-after': '86400' } });
        if (answers === 6) return Response.json(aDocument());
        return new Response('', { status: 503 });
      },
      sleep: async (ms, signal) => {
        // The time limit of a request is a sleep, too, and never comes true here.
        if (ms === 5000) return new Promise(() => {});
        if (ms !== 100) waits.push(ms + 100);
        if (waits.length < 9) return;
        enough.resolve();
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      },
    });
    client.start();
    await enough.promise;

    expect(waits).toEqual([20_000, 40_000, 60_000, 60_000, 60_000, 10_000, 20_000, 40_000, 60_000]);
  });
});

describe('a client that listens to events', () => {
  const options = { updates: 'events' as const, pollEveryMs: 60_000 };

  it('fetches when it is told of a change, long before its next poll', async () => {
    const { reelwatch, client } = await pair(options);
    client.start();
    await toGeneration(client, 412);
    await vi.waitFor(() => expect(reelwatch.streams()).toBe(1));

    for (const generation of [413, 414, 415]) {
      reelwatch.document = aDocument({ generation, validUntil: inAMinute() });
      reelwatch.send(`id: 7.${generation}\nevent: changed\ndata: {}\n\n`);
      await toGeneration(client, generation);
    }
    expect(reelwatch.askedFor('/v1/events')[0]?.headers).toMatchObject({
      accept: 'text/event-stream',
      authorization: `Bearer ${TOKEN}`,
    });
  });

  it('fetches again where it was told of a change while the application was refreshing', async () => {
    // Only the gap between two fetches passes, and at once.
    const sleep = async (ms: number, signal: AbortSignal) => {
      if (ms !== 100) await new Promise((resolve) => signal.addEventListener('abort', resolve));
    };
    const { reelwatch, client } = await pair({ ...options, sleep });
    client.start();
    // Once at the start, and once more when the stream stands.
    await vi.waitFor(() => expect(reelwatch.askedFor('/v1/status')).toHaveLength(2), { interval: 5 });
    await client.refresh();
    const held: (() => void)[] = [];
    reelwatch.instead = (request, response) => {
      if (request.url !== '/v1/status' || held.length > 0) return false;
      const old = JSON.stringify(reelwatch.document);
      held.push(() => response.writeHead(200, { 'content-type': 'application/json' }).end(old));
      return true;
    };
    const refreshed = client.refresh();
    await vi.waitFor(() => expect(held).toHaveLength(1), { interval: 5 });

    reelwatch.document = aDocument({ generation: 413, validUntil: inAMinute() });
    reelwatch.send('id: 7.413\ndata: {}\n\n');
    // As many turns of both ends, so that the event has come before the answer.
    for (let nth = 0; nth < 50; nth++) await (await fetch(`${reelwatch.url}/nothing`)).text();
    held[0]?.();

    expect(await refreshed).toBe(true);
    await toGeneration(client, 413);
  });

  it('fetches at a bounded pace, however many events come', async () => {
    const { reelwatch, client } = await pair(options);
    client.start();
    await vi.waitFor(() => expect(reelwatch.streams()).toBe(1));

    for (let nth = 0; nth < 200; nth++) {
      reelwatch.send(`id: 7.${nth}\ndata: {}\n\n`);
      // As many turns of both ends, so that the events come one by one.
      await (await fetch(`${reelwatch.url}/nothing`)).text();
    }
    reelwatch.document = aDocument({ generation: 413, validUntil: inAMinute() });
    reelwatch.send('id: 7.413\ndata: {}\n\n');
    await toGeneration(client, 413);

    const fetches = reelwatch.askedFor('/v1/status').length;
    expect(fetches).toBeGreaterThan(2);
    expect(fetches).toBeLessThan(25);
  });

  it('comes back after a break, from where it was, and fetches what it missed', async () => {
    const { reelwatch, client } = await pair(options);
    client.start();
    // Once at the start, and once more when the stream stands.
    await vi.waitFor(() => expect(reelwatch.askedFor('/v1/status')).toHaveLength(2), { interval: 5 });
    reelwatch.document = aDocument({ generation: 413, validUntil: inAMinute() });
    reelwatch.send('id: 7.413\ndata: {}\n\n');
    await toGeneration(client, 413);
    reelwatch.document = aDocument({ generation: 414, validUntil: inAMinute() });

    reelwatch.cut();
    await toGeneration(client, 414);
    await vi.waitFor(() => expect(reelwatch.askedFor('/v1/events')).toHaveLength(2), { timeout: 5000 });

    expect(reelwatch.askedFor('/v1/events')[1]?.headers['last-event-id']).toBe('7.413');
  });

  it('polls at its own pace where events come, but the last answer was of no use', async () => {
    const waited = Promise.withResolvers<number>();
    let answers = 0;
    const client = aClient('http://127.0.0.1:1', {
      ...options,
      pollEveryMs: 10_000,
      now: () => NOW,
      random: () => 0.5,
      fetch: async (input) => {
        if (typeof input === 'string' && input.endsWith('/v1/events'))
          return new Response(new ReadableStream(), { headers: { 'content-type': 'text/event-stream' } });
        answers++;
        if (answers > 1) return new Response('', { status: 503 });
        return Response.json(aDocument({ validUntil: NOW + 15 * 60_000 }));
      },
      sleep: async (ms, signal) => {
        if (ms === 100) return;
        if (answers > 1 && ms !== 5000 && ms !== 45_000) waited.resolve(ms + 100);
        if (signal.aborted) return;
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      },
    });
    client.start();

    expect(await waited.promise).toBeCloseTo(20_000, 5);
  });

  it.each<[string, FakeReelwatch['instead']]>([
    ['there are none', (_, response) => response.writeHead(404).end() !== null],
    ['a proxy answers instead', (_, response) => response.end('<html></html>') !== null],
    ['the connection breaks', (request) => request.socket.destroy() !== null],
    ['the stream never begins', () => true],
  ])('polls where %s', async (_, instead) => {
    const { reelwatch, client } = await pair({ updates: 'events', pollEveryMs: 150, timeoutMs: 500 });
    reelwatch.instead = (request, response) => request.url === '/v1/events' && instead(request, response);
    client.start();
    await toGeneration(client, 412);
    reelwatch.document = aDocument({ generation: 413, validUntil: inAMinute() });
    await toGeneration(client, 413);
    await vi.waitFor(() => expect(client.problems.map(({ code }) => code)).toContain('no_events'));

    expect(client.state().source).toBe('live');
  });

  it('takes a stream that has fallen silent for dead, and makes another', async () => {
    const open: AbortSignal[] = [];
    const again = Promise.withResolvers<void>();
    const client = aClient('http://127.0.0.1:1', {
      ...options,
      fetch: async (input, init) => {
        if (typeof input === 'string' && input.endsWith('/v1/status')) return Response.json(aDocument());
        if (init?.signal) open.push(init.signal);
        if (open.length === 2) again.resolve();
        const headers = { 'content-type': 'text/event-stream' };
        return new Response(new ReadableStream(), { headers });
      },
      // Only the limit of silence passes at once, and the pause after it.
      sleep: async (ms, signal) => {
        if (ms === 45_000 || ms < 3000) return;
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      },
    });
    client.start();
    await again.promise;

    expect(open[0]?.aborted).toBe(true);
    expect(client.problems[0]).toEqual({ code: 'no_events', message: 'no answer within 45000 ms' });
  });
});

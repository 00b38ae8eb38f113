import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { Answer } from '../../src/web/answer.ts';
import { createRepeats, REPEATED_BYTES_MAX } from '../../src/web/repeat.ts';
import { createWorld } from './world.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

const HOST = 'Host: 127.0.0.1';
const get = (url: string, ...headers: string[]) =>
  `GET ${url} HTTP/1.1\r\n${[HOST, ...headers].join('\r\n')}\r\n\r\n`;
const POLL = get('/poll');

/** An answer with a text of its own. */
function answerOf(text: string): Answer {
  const headers = ['content-length', String(text.length)];
  const bytes = (connection: string) =>
    Buffer.from(`HTTP/1.1 200 OK\r\n${headers[0]}: ${headers[1]}\r\n${connection}\r\n${text}`);
  return { status: 200, headers, body: Buffer.from(text), bytes };
}

interface Served {
  port: number;
  /** Addresses of what was read as HTTP. */
  read: string[];
  sockets: Socket[];
}

/** Answers `/poll…` by heart where `repeats`, `/slow` after some turns, and all else with what it was asked. */
async function serve(repeats: boolean, { countMax = 1_000, text = 'polled' } = {}): Promise<Served> {
  const read: string[] = [];
  const sockets: Socket[] = [];
  const server: Server = createServer((request, response) => void answer(request, response));
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = '', url = '' } = request;
    read.push(url);
    const said = answerOf(url.startsWith('/poll') ? `${text} ${url}` : `${method} ${url}`);
    if (url.startsWith('/poll')) learner?.learn(request, response, () => said);
    if (url === '/slow') for (let n = 0; n < 5; n++) await turn();
    if (method === 'POST') for await (const _ of request);
    response.sendDate = false;
    response.writeHead(200, said.headers).end(said.body);
  };
  server.on('connection', (socket) => sockets.push(socket));
  const learner = repeats ? createRepeats(server, countMax) : null;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as { port: number }).port, read, sockets };
}

interface Client {
  send: (text: string) => Promise<void>;
  /** The bodies of the first `count` answers. */
  hears: (count: number) => Promise<string[]>;
  socket: Socket;
}

function dial(port: number): Client {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  closing.push(() => socket.destroy());
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const bodies = () => {
    const all: string[] = [];
    for (let rest = text; ;) {
      const [, head = '', length] = /^(HTTP\/1.1 .*?content-length: (\d+).*?\r\n\r\n)/is.exec(rest) ?? [];
      const end = head.length + Number(length);
      if (head === '' || rest.length < end) return all;
      all.push(rest.slice(head.length, end));
      rest = rest.slice(end);
    }
  };
  return {
    socket,
    send: (bytes) => new Promise((resolve) => socket.write(bytes, () => resolve())),
    hears: async (count) => {
      while (bodies().length < count) await turn();
      return bodies();
    },
  };
}

describe('a request that comes again byte for byte', () => {
  it('is answered from the third time on without being read, until another one comes', async () => {
    const { port, read } = await serve(true);
    const client = dial(port);
    for (const [n, text] of [POLL, POLL, POLL, POLL, get('/else'), POLL, POLL, POLL].entries()) {
      await client.send(text);
      await client.hears(n + 1);
    }

    const poll = 'polled /poll';
    expect(await client.hears(8)).toEqual([poll, poll, poll, poll, 'GET /else', poll, poll, poll]);
    expect(read).toEqual(['/poll', '/poll', '/else', '/poll', '/poll']);
  });

  it('is known on its own connection only', async () => {
    const { port, read } = await serve(true);
    for (let n = 0; n < 4; n++) {
      const client = dial(port);
      await client.send(POLL);
      await client.hears(1);
    }

    expect(read).toHaveLength(4);
  });

  it.each([
    ['is longer than what is kept', get('/poll', `X-Long: ${'x'.repeat(REPEATED_BYTES_MAX)}`)],
    ['is written in a way of its own', POLL.replace('Host: ', 'Host:  ')],
    ['comes after an empty line', `\r\n${POLL}`],
  ])('is read each time where it %s', async (_, text) => {
    const { port, read } = await serve(true);
    const client = dial(port);
    for (let n = 1; n <= 4; n++) {
      await client.send(text);
      await client.hears(n);
    }

    expect(read).toHaveLength(4);
  });

  it('ends the connection after so many times', async () => {
    const { port, read } = await serve(true, { countMax: 3 });
    const client = dial(port);
    const over = new Promise<void>((resolve) => client.socket.once('end', resolve));
    for (let n = 1; n <= 6; n++) {
      await client.send(POLL);
      await client.hears(n);
    }
    await over;

    expect(read).toHaveLength(3);
  });

  it('does not pile up answers for a client that does not read', async () => {
    const text = 'x'.repeat(200_000);
    const { port, sockets } = await serve(true, { text });
    const client = dial(port);
    for (let n = 1; n <= 3; n++) {
      await client.send(POLL);
      await client.hears(n);
    }
    client.socket.pause();
    for (let n = 0; n < 200; n++) {
      client.socket.write(POLL);
      await turn();
    }

    const [socket] = sockets;
    expect(socket?.writableLength).toBeLessThan(10 * text.length);
  });

  it('is answered as a server answers that reads everything, in whatever pieces bytes arrive', async () => {
    const requests = fc.constantFrom(
      POLL,
      POLL,
      POLL,
      get('/poll?2'),
      get('/else'),
      get('/slow'),
      `POST /body HTTP/1.1\r\n${HOST}\r\nContent-Length: ${POLL.length}\r\n\r\n${POLL}`,
      `GET /poll HTTP/1.1\r\n${HOST}\r\nContent-Length: ${POLL.length}\r\n\r\n${POLL}`,
    );
    const asked = fc.record({
      all: fc.array(requests, { minLength: 1, maxLength: 12 }),
      cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 }),
      isApart: fc.boolean(),
    });
    const [ours, plain] = [await serve(true), await serve(false)];
    const say = async ({ port }: Served, pieces: readonly string[], count: number) => {
      const client = dial(port);
      for (const piece of pieces) {
        await client.send(piece);
        for (let n = 0; n < 3; n++) await turn();
      }
      const heard = await client.hears(count);
      client.socket.destroy();
      return heard;
    };
    await fc.assert(
      fc.asyncProperty(asked, async ({ all, cuts, isApart }) => {
        const text = all.join('');
        const ends = isApart
          ? all.map((_, n) => all.slice(0, n + 1).join('').length)
          : [...cuts.map((cut) => Math.floor(cut * text.length)), text.length].toSorted((a, b) => a - b);
        const pieces = ends
          .map((end, n) => text.slice(ends[n - 1] ?? 0, end))
          .filter((piece) => piece !== '');
        const [mine, theirs] = [await say(ours, pieces, all.length), await say(plain, pieces, all.length)];
        expect(mine).toEqual(theirs);
      }),
      { numRuns: 60 },
    );
    expect(ours.read.length).toBeLessThan(plain.read.length);
  });
});

describe('a poll of the status that comes again', () => {
  async function polling(headers: readonly string[]) {
    const world = createWorld();
    const server = world.server();
    closing.push(() => server.close());
    const { port, url } = await server.listen(0, '127.0.0.1');
    await fetch(`${url}/v1/status`);
    const socket = connect({ port, host: '127.0.0.1' });
    closing.push(() => socket.destroy());
    const ask = async (path: string): Promise<string> => {
      socket.write(get(path, ...headers));
      const chunk = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
      return chunk.toString();
    };
    const sorted = (text: string) => {
      const [head = '', body = ''] = text.split('\r\n\r\n');
      // Of this second; the other clock is the world's.
      const lines = head.split('\r\n').filter((line) => !/^date:/i.test(line));
      return {
        lines: lines.map((line) => line.replace(/^[^:]+/, (name) => name.toLowerCase())).toSorted(),
        body,
      };
    };
    return { world, ask, sorted };
  }

  it.each([
    ['/v1/status', []],
    ['/v1/status', ['If-None-Match: W/"7.1"']],
    ['/v1/status?route=t2v.default', ['If-None-Match: W/"7.1"']],
    ['/v1/weights/t2v.default', []],
    ['/v1/weights/t2v.default', ['If-None-Match: W/"7.1"']],
  ])('is answered at %s with %o as it was before, header for header', async (path, headers) => {
    const { ask, sorted } = await polling(headers);
    const first = await ask(path);
    await ask(path);
    const again = await ask(path);

    expect(sorted(again)).toEqual(sorted(first));
    // Node writes the name in its own way, which shows that the second was not left to it.
    expect([/^Date: /m.test(first), /^date: /m.test(again)]).toEqual([true, true]);
  });

  it('shows a change, and a renewed time of validity, at once', async () => {
    const { world, ask } = await polling(['If-None-Match: W/"7.1"']);
    for (let n = 0; n < 3; n++) await ask('/v1/status');
    world.at.validUntil += 60_000;
    const renewed = await ask('/v1/status');
    world.set('kling/kling-2.5-turbo', { health: 'down' });
    const changed = await ask('/v1/status');

    expect(renewed).toContain('HTTP/1.1 304');
    expect(renewed).toContain('reelwatch-valid-until: 2026-11-21T12:16:00.000Z');
    expect(changed).toContain('HTTP/1.1 200');
    expect(changed).toContain('reelwatch-index: 7.2');
  });
});

import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/system/clock.ts';
import { createTcp } from '../../src/system/tcp.ts';
import { noSignal, stoppedClock } from '../alerts/doors.ts';
import { endAll, folder } from '../peers/process.ts';

const LIMITS = { charactersMax: 100, timeMsMax: 5_000 };
const ANSWER = { lineCharactersMax: 20, timeMsMax: 5_000, connectionsMax: 2, publicAddresses: false };
const tcp = createTcp({ clock: systemClock });

async function peer(answer: (socket: Socket) => void, path?: string) {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    answer(socket);
  });
  await new Promise<void>((resolve) =>
    path === undefined ? server.listen(0, '127.0.0.1', resolve) : server.listen(path, resolve),
  );
  onTestFinished(() => void server.close());
  return path === undefined ? { host: '127.0.0.1', port: (server.address() as AddressInfo).port } : { path };
}

async function listening(reply: (line: string) => string | null, more: Partial<typeof ANSWER> = {}) {
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const place = { host: '127.0.0.1', port: 0 };
  const { port, over } = await tcp.answer(place, reply, { ...ANSWER, ...more }, stop.signal);
  return { place: { host: '127.0.0.1', port }, stop, over };
}

afterEach(endAll);

describe('asking', () => {
  const echo = (socket: Socket) =>
    socket.once('data', (chunk: Buffer) => socket.end(`heard ${chunk.toString()}`));

  it('gives back all that comes until the other side closes', async () => {
    expect(await tcp.ask(await peer(echo), 'one\n', LIMITS, noSignal())).toBe('heard one\n');
  });

  it('knows unix sockets', async () => {
    const path = join(folder(), 's.sock');

    expect(await tcp.ask(await peer(echo, path), 'one\n', LIMITS, noSignal())).toBe('heard one\n');
  });

  it.each([
    ['connect', { path: '/nowhere/s.sock' }],
    ['connect', { host: '127.0.0.1', port: 1 }],
  ])('fails with %s where nobody listens', async (code, place) => {
    await expect(tcp.ask(place, 'one\n', LIMITS, noSignal())).rejects.toMatchObject({ code });
  });

  it.each<[string, (socket: Socket) => void]>([
    ['reset', (socket) => socket.once('data', () => socket.resetAndDestroy())],
    ['too_large', (socket) => socket.end('x'.repeat(101))],
  ])('fails with %s', async (code, answer) => {
    await expect(tcp.ask(await peer(answer), 'one\n', LIMITS, noSignal())).rejects.toMatchObject({ code });
  });

  it('takes an answer of exactly the largest size', async () => {
    const place = await peer((socket) => socket.end('x'.repeat(100)));

    expect(await tcp.ask(place, 'one\n', LIMITS, noSignal())).toHaveLength(100);
  });

  it('gives up when the time is over', async () => {
    const late = createTcp({ clock: stoppedClock(true) });

    await expect(late.ask(await peer(() => {}), 'one\n', LIMITS, noSignal())).rejects.toMatchObject({
      code: 'timeout',
    });
  });

  it('stops when it is no longer wanted', async () => {
    const stop = new AbortController();
    const asked = tcp.ask(await peer(() => stop.abort()), 'one\n', LIMITS, stop.signal);

    await expect(asked).rejects.toMatchObject({ code: 'aborted' });
  });
});

describe('answering', () => {
  it.each(['t2v/kling\n', 't2v/kling\r\n', '  t2v/kling  \nand more'])(
    'answers the first line of %j',
    async (sent) => {
      const { place } = await listening((line) => `for ${line}\n`);

      expect(await tcp.ask(place, sent, LIMITS, noSignal())).toBe('for t2v/kling\n');
    },
  );

  it.each([
    ['there is no answer', 'who?\n'],
    ['the line is too long', `${'x'.repeat(21)}\n`],
    ['the line does not end', 'x'.repeat(21)],
  ])('closes without a word where %s', async (_, sent) => {
    const { place } = await listening((line) => (line === 'who?' ? null : 'hello'));

    const said = await tcp.ask(place, sent, LIMITS, noSignal()).catch((error: unknown) => error);

    expect(said === '' || Reflect.get(said as object, 'code') === 'reset').toBe(true);
  });

  it('answers a line of exactly the largest size', async () => {
    const { place } = await listening((line) => `${line.length}`);

    expect(await tcp.ask(place, `${'x'.repeat(20)}\n`, LIMITS, noSignal())).toBe('20');
  });

  it('closes a connection that says nothing', async () => {
    const { place } = await listening(() => 'hello', { timeMsMax: 20 });

    expect(await tcp.ask(place, '', LIMITS, noSignal())).toBe('');
  });

  it('has only so many connections at once', async () => {
    const { place } = await listening(() => 'hello');
    const open = [connect(place), connect(place)];
    onTestFinished(() => open.forEach((socket) => socket.destroy()));
    await Promise.all(open.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));

    const third = await tcp.ask(place, 'one\n', LIMITS, noSignal()).catch(() => '');
    expect(third).toBe('');
    open.forEach((socket) => socket.destroy());
  });

  it('lets go of its port when it is no longer wanted', async () => {
    const { place, stop, over } = await listening(() => 'hello');

    stop.abort();
    await over;

    await expect(tcp.ask(place, 'one\n', LIMITS, noSignal())).rejects.toMatchObject({ code: 'connect' });
  });

  it('says that a port is taken', async () => {
    const { place } = await listening(() => 'hello');

    await expect(tcp.answer(place, () => null, ANSWER, noSignal())).rejects.toMatchObject({ code: 'listen' });
  });

  it.each(['0.0.0.0', '::', '8.8.8.8', 'example.com'])('refuses to listen on %s', async (host) => {
    await expect(tcp.answer({ host, port: 0 }, () => null, ANSWER, noSignal())).rejects.toMatchObject({
      code: 'address_refused',
    });
  });

  it('listens on every address where it is told to', async () => {
    const stop = new AbortController();
    const limits = { ...ANSWER, publicAddresses: true };
    const { port, over } = await tcp.answer({ host: '0.0.0.0', port: 0 }, () => 'hello', limits, stop.signal);

    expect(await tcp.ask({ host: '127.0.0.1', port }, 'one\n', LIMITS, noSignal())).toBe('hello');
    stop.abort();
    await over;
  });
});

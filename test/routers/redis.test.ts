import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { redis } from '../../src/routers/redis.ts';
import { NO_HTTP, NO_SIGNER, NO_TCP } from '../app/world.ts';
import { noSignal, stoppedClock } from '../alerts/doors.ts';
import { plan, validUntil } from './pushes.ts';

/** Somebody who is no Redis. */
async function sink(answer: (socket: Socket) => void) {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    answer(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const options = redis.options.parse({ url: `redis://:p4ssw0rd@127.0.0.1:${port}` });
  return redis.create({ options, http: NO_HTTP, tcp: NO_TCP, signer: NO_SIGNER, clock: stoppedClock() });
}

describe('what is no Redis', () => {
  it.each<[string, (socket: Socket) => void]>([
    ['hangs up', (socket) => socket.destroy()],
    [
      'says that it does not understand',
      (socket) => socket.on('data', () => socket.write('-ERR unknown\r\n')),
    ],
  ])('that %s is tried again, and never sees its password in the reason', async (_, answer) => {
    const to = await sink(answer);

    const pushed = await to.push(plan, validUntil, noSignal());
    const held = await to.readBack(plan, noSignal());

    expect(pushed).toMatchObject({ is: 'retry' });
    expect(held).toMatchObject({ is: 'unreachable' });
    expect(JSON.stringify([pushed, held])).not.toContain('p4ssw0rd');
  });

  it('that never answers is left when it is no longer wanted', async () => {
    const stop = new AbortController();
    const to = await sink((socket) => socket.once('data', () => stop.abort()));

    expect(await to.push(plan, validUntil, stop.signal)).toMatchObject({ is: 'retry' });
    expect(await to.push(plan, validUntil, stop.signal)).toMatchObject({ is: 'retry', why: 'stopped' });
  });
});

describe('the options', () => {
  it.each([
    { url: 'http://127.0.0.1:6379' },
    { url: 'not an address' },
    { url: '' },
    { routes: [] },
    { prefix: 'x'.repeat(101) },
    { extra: true },
  ])('refuse %j', (more) => {
    expect(redis.options.safeParse({ url: 'redis://127.0.0.1', ...more }).success).toBe(false);
  });

  it('mark the address as a secret, because it holds the password', () => {
    expect(z.toJSONSchema(redis.options, { io: 'input' })).toHaveProperty('properties.url.secret', true);
  });
});

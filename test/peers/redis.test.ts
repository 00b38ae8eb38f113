import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '@redis/client';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { redis } from '../../src/routers/redis.ts';
import { systemClock } from '../../src/system/clock.ts';
import { NO_HTTP, NO_SIGNER, NO_TCP } from '../app/world.ts';
import { noSignal } from '../alerts/doors.ts';
import { until } from '../e2e/process.ts';
import { example, PAGES, put, routerIn } from './pages.ts';
import { planOf } from './plans.ts';
import { endAll, folder, freePort, need, startPeer } from './process.ts';

const validUntil = Date.parse('2026-11-21T19:55:05Z');
const ROUTE = 't2v.default';
const KEY = `reelwatch:${ROUTE}`;

afterEach(endAll);

async function start() {
  need('redis-server', 'redis-server');
  const port = await freePort();
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--requirepass', 'pass-word'];
  const peer = startPeer('redis-server', [...options, '--dir', folder()]);
  await until(() => (peer.said().includes('Ready to accept connections') ? true : null), 10_000);
  const url = `redis://:pass-word@127.0.0.1:${port}`;
  const create = (at: string) => {
    const { id: _, ...page } = routerIn('redis', { url: at });
    return redis.create({
      options: redis.options.parse(page),
      http: NO_HTTP,
      tcp: NO_TCP,
      signer: NO_SIGNER,
      clock: systemClock,
    });
  };
  const sink = create(url);
  return {
    peer,
    port,
    create,
    push: (epoch: number, generation: number, weights = [70, 0, 30]) =>
      sink.push(planOf(weights, { epoch, generation, route: ROUTE }), validUntil, noSignal()),
    readBack: (epoch: number, generation: number, weights = [70, 0, 30]) =>
      sink.readBack(planOf(weights, { epoch, generation, route: ROUTE }), noSignal()),
    client: async () =>
      await createClient({ url })
        .on('error', () => {})
        .connect(),
  };
}

describe('Redis', () => {
  it('holds the whole plan, and subscribers are told its number', async () => {
    const { push, readBack, client } = await start();
    const [reader, subscriber] = [await client(), await client()];
    const heard: string[] = [];
    await subscriber.subscribe(KEY, (message) => void heard.push(message));

    expect(await push(7, 412)).toEqual({ is: 'applied', epoch: 7, generation: 412 });

    const held = await reader.hGetAll(KEY);
    expect(held).toMatchObject({ epoch: '7', generation: '412' });
    expect(JSON.parse(held['plan'] ?? '')).toMatchObject({
      type: 'weights.changed',
      data: {
        route: ROUTE,
        weights: { 'kling/m': 70, 'runway/m': 0, 'luma/m': 30 },
        valid_until: '2026-11-21T19:55:05Z',
      },
    });
    await until(() => (heard.length > 0 ? true : null), 5_000);
    expect(heard).toEqual(['7.412']);
    expect(await readBack(7, 412)).toEqual({ is: 'same' });
    reader.destroy();
    subscriber.destroy();
  });

  it.each([
    ['an older generation', 7, 411],
    ['an older epoch, whatever its generation', 6, 9_999],
  ])('refuses %s', async (_, epoch, generation) => {
    const { push, readBack } = await start();
    await push(7, 412);

    expect(await push(epoch, generation, [0, 100, 0])).toEqual({
      is: 'stale',
      why: 'Redis holds epoch 7, generation 412',
    });
    expect(await readBack(7, 412)).toEqual({ is: 'same' });
  });

  it('takes a newer epoch from its first generation on, and the same plan again', async () => {
    const { push, readBack } = await start();
    await push(7, 412);

    expect(await push(8, 1, [0, 100, 0])).toEqual({ is: 'applied', epoch: 8, generation: 1 });
    expect(await push(8, 1, [0, 100, 0])).toEqual({ is: 'applied', epoch: 8, generation: 1 });
    expect(await readBack(8, 1, [0, 100, 0])).toEqual({ is: 'same' });
  });

  it('ends with the newest plan, in whatever order they arrive', async () => {
    const { push, client } = await start();
    const reader = await client();
    const index = fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }));

    await fc.assert(
      fc.asyncProperty(fc.array(index, { minLength: 1, maxLength: 12 }), async (sent) => {
        await reader.del(KEY);
        await Promise.all(sent.map(([epoch, generation]) => push(epoch, generation)));
        const held = await reader.hGetAll(KEY);
        const newest = sent.toSorted((a, b) => b[0] - a[0] || b[1] - a[1])[0];
        expect([Number(held['epoch']), Number(held['generation'])]).toEqual(newest);
      }),
      { numRuns: 25 },
    );
    reader.destroy();
  });

  it('is found to have forgotten, or to hold what somebody else wrote', async () => {
    const { push, readBack, client } = await start();
    const writer = await client();
    await push(7, 412);

    await writer.hSet(KEY, 'plan', '{}');
    expect(await readBack(7, 412)).toEqual({
      is: 'differs',
      what: ['Redis holds another plan under the same number'],
    });
    await writer.hSet(KEY, 'generation', '500');
    expect(await readBack(7, 412)).toEqual({ is: 'differs', what: ['Redis holds the plan 7.500'] });
    await writer.flushAll();
    expect(await readBack(7, 412)).toEqual({ is: 'differs', what: ['Redis holds no plan'] });
    expect(await push(7, 412)).toMatchObject({ is: 'applied' });
    writer.destroy();
  });

  it('lets a user in who has the rights that the page names, and shows what was written', async () => {
    const { port, create } = await start();
    const cli = (command: string) =>
      execFileSync(
        'sh',
        ['-c', put(command, { 'redis-cli': `redis-cli --no-auth-warning -a pass-word -p ${port}` })],
        {
          encoding: 'utf8',
        },
      );
    const [, look = ''] = /`(redis-cli HGET .*?)`/.exec(readFileSync(join(PAGES, 'redis.md'), 'utf8')) ?? [];

    expect(cli(example('redis', 'sh'))).toBe('OK\n');
    const limited = create(`redis://reelwatch:password@127.0.0.1:${port}`);

    const plan = planOf([70, 0, 30], { route: ROUTE });
    expect(await limited.push(plan, validUntil, noSignal())).toMatchObject({ is: 'applied' });
    expect(await limited.readBack(plan, noSignal())).toEqual({ is: 'same' });
    expect(JSON.parse(cli(look))).toMatchObject({ data: { route: ROUTE, weights: { 'kling/m': 70 } } });
  });

  it('is tried again where the password is wrong, the key is taken, or nobody is there', async () => {
    const { peer, port, create, push, client } = await start();
    const writer = await client();
    const wrong = await create(`redis://:no@127.0.0.1:${port}`).push(
      planOf([1, 0, 99], { route: ROUTE }),
      validUntil,
      noSignal(),
    );
    await writer.set(KEY, 'a text');
    const taken = await push(7, 412);
    writer.destroy();
    await peer.end();
    const gone = await push(7, 412);

    expect(wrong).toMatchObject({ is: 'retry', why: expect.stringContaining('WRONGPASS') });
    expect(taken).toMatchObject({ is: 'retry', why: expect.stringContaining('WRONGTYPE') });
    expect(gone).toMatchObject({ is: 'retry', why: expect.stringContaining('ECONNREFUSED') });
  });
});

import { get } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import type { Clock } from '../../src/ports/clock.ts';
import { createEvents, type Listener, LISTENERS_MAX, UNREAD_BYTES_MAX } from '../../src/web/events.ts';
import type { Server } from '../../src/web/server.ts';
import { createWorld } from './world.ts';

const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const KLING = 'kling/kling-2.5-turbo';

/** A connection in memory. */
function listen(): Listener & { said: string[]; state: string; unread: number } {
  const listener = {
    said: [] as string[],
    state: 'open',
    unread: 0,
    write: (text: string) => void listener.said.push(text),
    unreadBytes: () => listener.unread,
    end: () => void (listener.state = 'ended'),
    drop: () => void (listener.state = 'dropped'),
  };
  return listener;
}

const eventOf = (generation: number) =>
  `id: 7.${generation}\nevent: changed\ndata: {"index":"7.${generation}","epoch":7,"generation":${generation}}\n\n`;

it('tells each listener the index at first and whenever it changes', () => {
  const world = createWorld();
  const events = createEvents(world.view, world.clock);
  const listener = listen();
  events.add(listener, undefined);
  world.set(KLING, { health: 'down' });

  expect(listener.said).toEqual([`retry: 3000\n\n${eventOf(1)}`, eventOf(2)]);
});

it('says nothing of commits that tell nothing new, nor to one who comes back after them', () => {
  const world = createWorld();
  const events = createEvents(world.view, world.clock);
  const [listener, back] = [listen(), listen()];
  events.add(listener, '7.1');
  world.ran(KLING, 'pass');
  events.add(back, '7.1');

  expect([listener.said, back.said]).toEqual([['retry: 3000\n\n'], ['retry: 3000\n\n']]);
});

it.each([
  ['7.1', 'retry: 3000\n\n'],
  ['7.0', `retry: 3000\n\n${eventOf(1)}`],
  ['6.9', `retry: 3000\n\n${eventOf(1)}`],
])('greets one who comes back with %s only with what is news', (lastId, said) => {
  const world = createWorld();
  const listener = listen();
  createEvents(world.view, world.clock).add(listener, lastId);

  expect(listener.said).toEqual([said]);
});

it('cuts off who does not read, and keeps the others', () => {
  const world = createWorld();
  const events = createEvents(world.view, world.clock);
  const [slow, good] = [listen(), listen()];
  for (const one of [slow, good]) events.add(one, '7.1');
  slow.unread = UNREAD_BYTES_MAX + 1;
  good.unread = UNREAD_BYTES_MAX;
  world.set(KLING, { health: 'down' });

  expect([slow.state, good.state, events.count()]).toEqual(['dropped', 'open', 1]);
  expect(good.said).toContain(eventOf(2));
});

it('sends a sign of life every 15 s, as long as anybody listens', async () => {
  const world = createWorld();
  const slept: number[] = [];
  const wakers: (() => void)[] = [];
  const clock: Clock = {
    ...world.clock,
    sleep: (ms) => {
      slept.push(ms);
      return new Promise((resolve) => wakers.push(resolve));
    },
  };
  const events = createEvents(world.view, clock);
  const listener = listen();
  events.add(listener, '7.1');
  wakers.shift()?.();
  await Promise.resolve();
  events.remove(listener);
  wakers.shift()?.();
  await Promise.resolve();

  expect(listener.said).toEqual(['retry: 3000\n\n', ': alive\n\n']);
  expect(slept).toEqual([15_000, 15_000]);
});

it('tells everybody when the plans expire, and when they hold again', async () => {
  const world = createWorld();
  const slept: number[] = [];
  let wake = () => {};
  const clock: Clock = {
    ...world.clock,
    sleep: (ms) => {
      slept.push(ms);
      return new Promise((resolve) => (wake = resolve));
    },
  };
  const events = createEvents(world.view, clock);
  const listener = listen();
  events.add(listener, '7.1');
  const step = async (ms: number) => {
    world.at.now += ms;
    wake();
    await Promise.resolve();
    await Promise.resolve();
    return listener.said.splice(0);
  };
  world.at.validUntil = world.at.now + 20_000;

  expect(await step(15_000)).toEqual(['retry: 3000\n\n', ': alive\n\n']);
  expect(slept.at(-1)).toBe(5_001);
  expect(await step(5_001)).toEqual([eventOf(1)]);
  expect(await step(15_000)).toEqual([': alive\n\n']);
  world.at.validUntil = world.at.now + 60_000;
  expect(await step(15_000)).toEqual([eventOf(1)]);
  expect(await step(15_000)).toEqual([': alive\n\n']);
});

it('tells one who comes back while the plans are expired', () => {
  const world = createWorld();
  const listener = listen();
  world.at.now = world.at.validUntil + 1;
  createEvents(world.view, world.clock).add(listener, '7.1');

  expect(listener.said).toEqual([`retry: 3000\n\n${eventOf(1)}`]);
});

it('has no room beyond the places, and ends all when it closes', () => {
  const world = createWorld();
  const events = createEvents(world.view, world.clock, 1);
  const listener = listen();
  const before = events.hasRoom();
  events.add(listener, undefined);
  const after = events.hasRoom();
  events.remove(listener);
  const again = events.hasRoom();
  events.add(listener, undefined);
  events.close();

  expect([before, after, again, events.hasRoom()]).toEqual([true, false, true, false]);
  expect(listener.state).toBe('ended');
  expect(LISTENERS_MAX).toBeGreaterThanOrEqual(1_000);
});

it('streams over a socket with headers that keep proxies from waiting, and ends when the server closes', async () => {
  const world = createWorld();
  const server = world.server();
  servers.push(server);
  const { url } = await server.listen(0, '127.0.0.1');
  let text = '';
  const [headers, over] = await new Promise<[NodeJS.Dict<string | string[]>, Promise<void>]>((resolve) => {
    get(`${url}/v1/events`, { headers: { 'last-event-id': '7.1' } }, (response) => {
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      const over = new Promise<void>((done) => response.once('end', done));
      response.once('data', () => resolve([response.headers, over]));
    });
  });
  world.set(KLING, { health: 'down' });
  await server.close();
  await over;

  expect(headers).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
    'x-content-type-options': 'nosniff',
  });
  expect(text).toBe(`retry: 3000\n\n${eventOf(2)}`);
});

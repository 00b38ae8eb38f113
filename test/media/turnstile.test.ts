import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { createTurnstile } from '../../src/media/turnstile.ts';

const never = new AbortController().signal;

it('lets in as many as fit, then one for each who leaves, in order', async () => {
  const turnstile = createTurnstile(2, 10);
  const entered: number[] = [];
  const all = [1, 2, 3, 4].map(async (who) => {
    expect(await turnstile.enter(never)).toBe('entered');
    entered.push(who);
  });
  await Promise.all(all.slice(0, 2));
  expect(entered).toEqual([1, 2]);

  turnstile.leave();
  await all[2];
  expect(entered).toEqual([1, 2, 3]);
  turnstile.leave();
  await all[3];

  expect(entered).toEqual([1, 2, 3, 4]);
});

it('turns away whoever finds the line full', async () => {
  const turnstile = createTurnstile(1, 1);
  await turnstile.enter(never);
  const waiting = turnstile.enter(never);

  expect(await turnstile.enter(never)).toBe('full');
  turnstile.leave();
  expect(await waiting).toBe('entered');
});

it('forgets who gave up waiting, and leaves no listener behind', async () => {
  const turnstile = createTurnstile(1, 1);
  const abort = new AbortController();
  await turnstile.enter(never);
  const gone = turnstile.enter(abort.signal);
  abort.abort();
  expect(await gone).toBe('aborted');
  expect(await turnstile.enter(abort.signal)).toBe('aborted');

  const { signal } = new AbortController();
  const next = turnstile.enter(signal);
  turnstile.leave();

  expect(await next).toBe('entered');
  expect(getEventListeners(signal, 'abort').length).toBe(0);
});

it('has room again after everybody has left', async () => {
  const turnstile = createTurnstile(1, 0);
  for (let i = 0; i < 3; i++) {
    expect(await turnstile.enter(never)).toBe('entered');
    turnstile.leave();
  }
});

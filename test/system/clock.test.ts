import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/system/clock.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Whether a promise has settled once all that is due has run. */
async function hasSettled(promise: Promise<void>): Promise<boolean> {
  let settled = false;
  void promise.then(() => (settled = true));
  await vi.advanceTimersByTimeAsync(0);
  return settled;
}

const never = new AbortController().signal;

it('tells the time in whole milliseconds', () => {
  vi.setSystemTime(1_795_300_000_000);

  expect(systemClock.now()).toBe(1_795_300_000_000);
});

it('wakes after the time asked for and not before', async () => {
  const sleep = systemClock.sleep(1_000, never);

  await vi.advanceTimersByTimeAsync(999);
  expect(await hasSettled(sleep)).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(await hasSettled(sleep)).toBe(true);
});

it('sleeps longer than a timer of Node can', async () => {
  const ms = 2 ** 31 + 5_000;
  const sleep = systemClock.sleep(ms, never);

  await vi.advanceTimersByTimeAsync(ms - 1);
  expect(await hasSettled(sleep)).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(await hasSettled(sleep)).toBe(true);
});

it.each([1_000, 2 ** 40, Number.POSITIVE_INFINITY])('wakes at once when stopped during %d ms', async (ms) => {
  const abort = new AbortController();
  const sleep = systemClock.sleep(ms, abort.signal);
  expect(await hasSettled(sleep)).toBe(false);

  abort.abort();

  expect(await hasSettled(sleep)).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
  expect(await hasSettled(systemClock.sleep(ms, abort.signal))).toBe(true);
});

it.each([0, -1, Number.NaN])('does not sleep for %d ms', async (ms) => {
  const sleep = systemClock.sleep(ms, never);
  await vi.advanceTimersByTimeAsync(1);

  expect(await hasSettled(sleep)).toBe(true);
});

it('leaves no listener behind', async () => {
  const { signal } = new AbortController();

  for (let i = 0; i < 20; i++) {
    const sleep = systemClock.sleep(10, signal);
    expect(getEventListeners(signal, 'abort').length).toBe(1);
    await vi.advanceTimersByTimeAsync(10);
    await sleep;
  }

  expect(getEventListeners(signal, 'abort').length).toBe(0);
});

/** The client's only door to network, time and chance, so that a test can stand in for all three. */

export interface World {
  fetch: typeof globalThis.fetch;
  /** Milliseconds since 1970. */
  now: () => number;
  /** A number from 0 up to, but not including, 1. */
  random: () => number;
  /** Resolves after so many milliseconds, or as soon as the signal is aborted. Never rejects. */
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** The world as the runtime has it, but for what is given. */
export function worldWith(given: Partial<World>): World {
  return {
    // Looked up at each call and called on nothing: edge runtimes refuse a `fetch` that was taken off its global.
    fetch: given.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    now: given.now ?? (() => Date.now()),
    random: given.random ?? (() => Math.random()),
    sleep: given.sleep ?? sleep,
  };
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    // Where timers keep a process alive, ours should not; elsewhere they are plain numbers.
    (timer as unknown as { unref?: () => void }).unref?.();
    signal.addEventListener('abort', done);
  });
}

/** Waits for `work`, but not longer than `ms`: then calls `onLate` and throws. */
export async function within<T>(
  world: World,
  ms: number,
  work: Promise<T>,
  onLate: () => void = () => {},
): Promise<T> {
  const done = new AbortController();
  const late = world.sleep(ms, done.signal).then(() => {
    if (done.signal.aborted) return work;
    onLate();
    throw new Error(`no answer within ${ms} ms`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    done.abort();
  }
}

/** Bodies that come slowly, without an end, in part, or never, on the clock of the run. */

import type { Clock } from '../../src/ports/clock.ts';
import { SECOND } from '../../src/core/base.ts';

const DRIP_EVERY_MS = 10 * SECOND;
const CHUNK = new Uint8Array(64 * 1024).fill(0x20);

/** What a body does when its bytes have been sent, and how they come. */
export type Flow =
  | { is: 'whole' }
  | { is: 'drip' }
  | { is: 'endless' }
  /** Comes as far as this, then nothing more, or an error with this code. */
  | { is: 'silent'; after: number }
  | { is: 'broken'; after: number; code: string };

export interface Meter {
  /** Bodies and answers that wait for the clock: time may go on. */
  stalls: number;
  /** The most bytes that were taken from one body. */
  bytesMax: number;
}

/** An error as Node throws it. */
export function broken(code: string): Error {
  return Object.assign(new TypeError('fetch failed'), { cause: Object.assign(new Error(code), { code }) });
}

/** Waits for ever, or until the caller gives up. */
export function never(signal: AbortSignal, meter: Meter): Promise<never> {
  return new Promise((_, reject) => {
    meter.stalls += 1;
    const end = () => {
      meter.stalls -= 1;
      reject(new DOMException('This operation was aborted', 'AbortError'));
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}

/** A body that is taken piece by piece; nothing is made before it is asked for. */
export function bodyOf(
  bytes: Uint8Array,
  flow: Exclude<Flow, { is: 'whole' }>,
  clock: Clock,
  meter: Meter,
): ReadableStream<Uint8Array> {
  const gone = new AbortController();
  let at = 0;
  let taken = 0;
  const give = (controller: ReadableStreamDefaultController<Uint8Array>, chunk: Uint8Array) => {
    taken += chunk.byteLength;
    meter.bytesMax = Math.max(meter.bytesMax, taken);
    controller.enqueue(chunk);
  };
  const wait = async (ms: number) => {
    meter.stalls += 1;
    await clock.sleep(ms, gone.signal);
    meter.stalls -= 1;
  };
  return new ReadableStream(
    {
      pull: async (controller) => {
        if (flow.is === 'endless') {
          const first = at === 0 && bytes.byteLength > 0;
          at = 1;
          return give(controller, first ? bytes : CHUNK);
        }
        if (flow.is === 'drip') {
          await wait(DRIP_EVERY_MS);
          if (gone.signal.aborted) return;
          if (at >= bytes.byteLength) return controller.close();
          return give(controller, bytes.subarray(at, (at += 1)));
        }
        if (at === 0 && flow.after > 0) {
          at = flow.after;
          return give(controller, bytes.subarray(0, flow.after));
        }
        if (flow.is === 'broken') return controller.error(broken(flow.code));
        meter.stalls += 1;
        await new Promise<void>((resolve) => gone.signal.addEventListener('abort', () => resolve()));
        meter.stalls -= 1;
      },
      cancel: () => gone.abort(),
    },
    { highWaterMark: 0 },
  );
}

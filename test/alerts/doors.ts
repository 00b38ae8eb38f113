/** Our own door to the network, with an answer of the test's choice behind it. */

import type { Clock } from '../../src/ports/clock.ts';
import type { Http } from '../../src/ports/http.ts';
import { createHttp } from '../../src/system/http.ts';

export const now = Date.parse('2026-11-21T19:40:05Z');

/** Time stands still: deadlines never come, unless `isOver`. */
export function stoppedClock(isOver = false): Clock {
  return {
    now: () => now,
    monotonicMs: () => 0,
    sleep: (_ms, signal) =>
      isOver
        ? Promise.resolve()
        : new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true })),
  };
}

export interface Heard {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** @returns the door, and what went through it */
export function door(
  answer: () => Response | Promise<Response>,
  clock: Clock = stoppedClock(),
): { http: Http; heard: Heard[] } {
  const heard: Heard[] = [];
  const http = createHttp({
    clock,
    fetch: async (request) => {
      const { method, url } = request;
      heard.push({ method, url, headers: Object.fromEntries(request.headers), body: await request.text() });
      return answer();
    },
  });
  return { http, heard };
}

/** A promise that nobody keeps. */
export function never(): Promise<Response> {
  return new Promise(() => {});
}

export function noSignal(): AbortSignal {
  return new AbortController().signal;
}

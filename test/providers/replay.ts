/** Plays a recording of `reelwatch probe --record` back to the adapter that it was made with. */

import { expect } from 'vitest';
import { z } from 'zod';
import { canarySchema } from '../../src/config/judging.ts';
import { HttpError } from '../../src/ports/http.ts';
import type { JobStatus } from '../../src/ports/provider.ts';
import { PROVIDERS } from '../../src/providers/index.ts';
import { systemClock } from '../../src/system/clock.ts';
import { createHttp } from '../../src/system/http.ts';
import { KEY, never } from '../contract/provider-script.ts';

const message = { headers: z.record(z.string(), z.string()), body: z.unknown() };
const recording = z.object({
  adapter: z.string(),
  model: z.string(),
  key: z.string(),
  options: z.record(z.string(), z.string()),
  ends: z.enum(['video', 'failure', 'suspended']),
  canary: canarySchema,
  exchanges: z
    .array(
      z.object({
        request: z.object({ ...message, method: z.string(), url: z.string() }),
        answer: z.object({ ...message, status: z.number() }).nullable(),
      }),
    )
    .min(1),
});

/** How a recorded run ends for the adapter: the job's last status, or the error that stopped it. */
export type Ending = JobStatus | HttpError;

/**
 * Orders and polls again, against the recorded answers in their order.
 * Fails where the adapter sends another request than the one that was recorded.
 */
export async function replay(text: string): Promise<{ ending: Ending; ends: string }> {
  const { adapter, model, options, key, canary, ends, exchanges } = recording.parse(JSON.parse(text));
  const definition = PROVIDERS.find(({ name }) => name === adapter);
  if (definition === undefined) throw new Error(`no adapter ${adapter}`);
  let next = 0;
  const http = createHttp({
    clock: systemClock,
    fetch: async (request) => {
      const exchange = exchanges[next++];
      if (!exchange?.answer)
        throw Object.assign(new Error('nothing more was recorded'), { code: 'ECONNRESET' });
      const sent = await request.text();
      expect(request.method).toBe(exchange.request.method);
      expect(new URL(request.url).pathname).toBe(new URL(exchange.request.url).pathname);
      if (isObject(exchange.request.body)) expect(JSON.parse(sent)).toEqual(exchange.request.body);
      const { status, headers, body } = exchange.answer;
      return new Response(body === null ? null : typeof body === 'string' ? body : JSON.stringify(body), {
        status,
        headers,
      });
    },
  });
  const given = { options: definition.options.parse({ apiKey: KEY, ...options }), models: definition.models };
  const provider = definition.create({ ...given, http, now: systemClock.now });
  const order = provider.plan(canary, model);
  if ('impossible' in order) throw new Error(order.impossible);
  try {
    const { job } = await provider.submit(order, key, never);
    for (;;) {
      const status = await provider.poll(job, never);
      if (status.is !== 'pending') return { ending: status, ends };
    }
  } catch (error) {
    if (error instanceof HttpError) return { ending: error, ends };
    throw error;
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

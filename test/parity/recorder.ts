/** One loopback recorder that both sides talk to: first the official SDK, then our adapter. */

import { DEFAULT_CANARY, type Canary } from '../../src/canary/canary.ts';
import type { Order, Provider } from '../../src/ports/provider.ts';
import type { AnyProvider } from '../../src/providers/define.ts';
import { systemClock } from '../../src/system/clock.ts';
import { createHttp } from '../../src/system/http.ts';
import { onTestFinished } from 'vitest';
import { serve } from '../system/loopback.ts';
import { comparable, type Comparable } from './compare.ts';

export const never = new AbortController().signal;

export interface Recorder {
  origin: string;
  /** What was sent while `work` ran, by the rule of compare.ts. A failed call counts for what it sent. */
  during: (work: () => unknown) => Promise<Comparable[]>;
}

/** @param answers JSON by the end of the path; the first that fits */
export async function createRecorder(answers: readonly (readonly [RegExp, object])[]): Promise<Recorder> {
  const { origin, requests } = await serve((request, response) => {
    const path = new URL(request.url ?? '', 'http://127.0.0.1').pathname;
    const answer = answers.find(([pattern]) => pattern.test(`${request.method} ${path}`))?.[1];
    response.setHeader('content-type', 'application/json');
    response.statusCode = answer ? 200 : 404;
    response.end(JSON.stringify(answer ?? { error: 'not recorded' }));
  });
  return {
    origin,
    during: async (work) => {
      const before = requests.length;
      await work();
      return requests.slice(before).map(comparable);
    },
  };
}

/** @param apiKey null where the options hold the keys under other names */
export function adapter(definition: AnyProvider, apiKey: string | null, options: object): Provider {
  const http = createHttp({ clock: systemClock });
  onTestFinished(() => http.close());
  return definition.create({
    options: definition.options.parse({ ...(apiKey !== null && { apiKey }), ...options }),
    http,
    models: definition.models,
    now: systemClock.now,
  });
}

export function orderFor(provider: Provider, model: string, wanted: Partial<Canary['order']>): Order {
  const order = provider.plan({ ...DEFAULT_CANARY, order: { ...DEFAULT_CANARY.order, ...wanted } }, model);
  if ('impossible' in order) throw new Error(order.impossible);
  return order;
}

/** What still has to be told, and what could not be. */

import type { App, Context } from '../context.ts';
import { problem } from '../schema.ts';
import { outbox, outboxShape } from '../shapes.ts';

const DEAD_SHOWN_MAX = 100;

export function outboxRoutes(app: App, context: Context): void {
  const { store } = context;
  app.get(
    '/v1/outbox',
    {
      schema: {
        tags: ['delivery'],
        summary: 'Messages and pushes: what waits, what was given up and why',
        response: { 200: outbox, 500: problem },
      },
    },
    async (_request, reply) => {
      reply.header('cache-control', 'no-store');
      const [counts, dead, pushes] = await Promise.all([
        store.outboxCounts(),
        store.deadEntries(DEAD_SHOWN_MAX),
        store.pushStates(),
      ]);
      return outboxShape({ outbox: counts, pushes }, dead);
    },
  );
}

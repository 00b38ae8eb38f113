/** The stream that says when there is something new. */

import type { ServerResponse } from 'node:http';
import type { App, Context } from '../context.ts';
import { createEvents, type Listener } from '../events.ts';
import { sendProblem } from '../problem.ts';
import { problem } from '../schema.ts';
import { z } from 'zod';

const RETRY_AFTER_S = 5;

export function eventRoutes(app: App, { view, clock }: Context): void {
  const events = createEvents(view, clock);
  app.addHook('preClose', async () => events.close());
  app.get(
    '/v1/events',
    {
      schema: {
        tags: ['status'],
        summary: 'Server-sent events: the index, each time that there is news',
        description:
          'Says only that there is something new; fetch what you need then. It also comes when the plans expire and, ' +
          'within 15 s, when they hold again. Honours Last-Event-ID. Whoever does not read is cut off.',
        produces: ['text/event-stream'],
        response: {
          200: z.any().meta({ description: 'Events named `changed`, with `id` the index.' }),
          503: problem,
        },
      },
    },
    async (request, reply) => {
      if (!events.hasRoom()) {
        reply.header('retry-after', String(RETRY_AFTER_S));
        return sendProblem(reply, 503, 'Too many listen already; poll, or come back in a moment.');
      }
      reply
        .header('content-type', 'text/event-stream; charset=utf-8')
        .header('cache-control', 'no-store, no-transform')
        .header('x-accel-buffering', 'no');
      const response = reply.raw;
      for (const [name, value] of Object.entries(reply.getHeaders()))
        if (value !== undefined) response.setHeader(name, value);
      reply.hijack();
      const listener = listenerOf(response);
      response.once('close', () => events.remove(listener));
      events.add(listener, [request.headers['last-event-id']].flat()[0]);
    },
  );
}

function listenerOf(response: ServerResponse): Listener {
  return {
    write: (text) => void response.write(text),
    unreadBytes: () => response.writableLength,
    end: () => response.end(),
    drop: () => response.destroy(),
  };
}

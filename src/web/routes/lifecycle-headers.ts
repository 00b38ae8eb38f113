/** What providers say of the end of their APIs, in the headers of their answers. */

import { z } from 'zod';
import type { App, Context } from '../context.ts';
import { iso } from '../format.ts';
import { at } from '../schema.ts';

const header = z.object({
  provider: z.string(),
  header: z.enum(['deprecation', 'sunset', 'link']),
  value: z.string().meta({ description: 'As it was sent: an HTTP date, `@` and seconds, `true`, a link.' }),
  place: z.string().meta({ description: 'Host and path of the call, ids left out.' }),
  first_seen: at,
  last_seen: at,
});

export function lifecycleHeaderRoutes(app: App, { store }: Context): void {
  app.get(
    '/v1/lifecycle-headers',
    {
      schema: {
        tags: ['status'],
        summary: 'Deprecation, Sunset and Link headers of the providers’ answers, those seen last first',
        description:
          'What answers of providers have said of the end of an API or a model (RFC 9745, RFC 8594), each once. At ' +
          'most 50 of a provider are kept, and one that is still sent is noted once an hour.',
        response: { 200: z.object({ headers: z.array(header) }) },
      },
    },
    async (_request, reply) => {
      const seen = await store.seenHeaders();
      reply.header('cache-control', 'no-store');
      return {
        headers: seen.map(({ name, firstSeenAt, lastSeenAt, ...rest }) => ({
          ...rest,
          header: name,
          first_seen: iso(firstSeenAt),
          last_seen: iso(lastSeenAt),
        })),
      };
    },
  );
}

import { expect, it, onTestFinished } from 'vitest';
import { createClient } from '../../src/client/index.ts';
import { statusDocument } from '../../src/web/schema.ts';
import { createWorld } from '../web/world.ts';

it('understands what reelwatch itself serves, and renews it when nothing has changed', async () => {
  const world = createWorld();
  const server = world.server();
  onTestFinished(() => server.close());
  const statuses: number[] = [];
  const answer = await server.inject('/v1/status');
  const document = statusDocument.parse(answer.json());
  const [route] = document.routes;
  if (!route) throw new Error('no route is served');
  const client = createClient({
    url: 'http://reelwatch',
    routes: { [route.id]: { targets: { 'an old name': 1 } } },
    canCall: () => true,
    now: () => Date.parse(document.issued_at),
    fetch: async (input, init) => {
      const { pathname } = new URL(input as string);
      const headers = init?.headers as Record<string, string>;
      const { statusCode: status, body, headers: sent } = await server.inject({ url: pathname, headers });
      statuses.push(status);
      const etag = String(sent.etag);
      const until = String(sent['reelwatch-valid-until']);
      return new Response(status === 304 ? null : body, {
        status,
        headers: { etag, 'reelwatch-valid-until': until },
      });
    },
  });

  expect(await client.refresh()).toBe(true);
  expect(await client.refresh()).toBe(true);

  expect(statuses).toEqual([200, 304]);
  expect(client.state()).toMatchObject({
    source: 'live',
    epoch: document.epoch,
    generation: document.generation,
    validUntil: Date.parse(document.valid_until),
  });
  const serving = route.targets.filter(({ role, weight }) => role === 'serve' && weight > 0);
  expect(serving.map(({ id }) => id)).toContain(client.pick(route.id)?.id);
  const { durations_s: durations, audio } = route.capability;
  expect(client.pick(route.id, { durationS: durations[0] ?? 0, audio })).not.toBeNull();
  expect(client.pick(route.id, { durationS: 7777 })).toBeNull();
});

import { afterEach, expect, it } from 'vitest';
import type { Server } from '../../src/web/server.ts';
import { createWorld, START } from './world.ts';

const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

it('shows what providers say of an end in their headers', async () => {
  const world = createWorld();
  world.headers.push({
    provider: 'krea',
    name: 'sunset',
    value: 'Mon, 27 Apr 2026 00:00:00 GMT',
    place: 'api.krea.ai/jobs/{id}',
    firstSeenAt: START,
    lastSeenAt: START + 60_000,
  });
  const server = world.server();
  servers.push(server);

  const answer = await server.inject('/v1/lifecycle-headers');

  expect(answer.statusCode).toBe(200);
  expect(answer.headers['cache-control']).toBe('no-store');
  expect(answer.json()).toEqual({
    headers: [
      {
        provider: 'krea',
        header: 'sunset',
        value: 'Mon, 27 Apr 2026 00:00:00 GMT',
        place: 'api.krea.ai/jobs/{id}',
        first_seen: '2026-11-21T12:00:00.000Z',
        last_seen: '2026-11-21T12:01:00.000Z',
      },
    ],
  });
});

/** OpenFeature's own provider reads our flags over a socket. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { OFREPProvider } from '@openfeature/ofrep-provider';
import { OpenFeature } from '@openfeature/server-sdk';
import { afterEach, expect, it } from 'vitest';
import type { Server } from '../../src/web/server.ts';
import { createWorld } from '../web/world.ts';
import { example, put } from './pages.ts';

const servers: Server[] = [];
afterEach(async () => {
  await OpenFeature.close();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const KLING = 'kling/kling-2.5-turbo';

async function connect(world = createWorld(), token: string | null = null) {
  const tokens = token === null ? [] : [{ name: 'app', token, scopes: ['read'] as const }];
  const server = world.server(undefined, { tokens });
  servers.push(server);
  const { url } = await server.listen(0, '127.0.0.1');
  const headers: [string, string][] = token === null ? [] : [['Authorization', `Bearer ${token}`]];
  await OpenFeature.setProviderAndWait(new OFREPProvider({ baseUrl: url, headers }));
  return { world, server, url, client: OpenFeature.getClient() };
}

it('shares 500 keys out by weight, and follows when a target goes down', async () => {
  const { world, client } = await connect();
  const count = async () => {
    const counts: Record<string, number> = {};
    for (let i = 0; i < 500; i++) {
      const value = await client.getStringValue('t2v.default', 'code', { targetingKey: `job-${i}` });
      counts[value] = (counts[value] ?? 0) + 1;
    }
    return counts;
  };
  const before = await count();
  world.set(KLING, { health: 'down' });
  const after = await count();

  expect(before[KLING]).toBeGreaterThan(200);
  expect(before[KLING]).toBeLessThan(300);
  expect(before['code']).toBeUndefined();
  expect(after[KLING]).toBeUndefined();
});

it('is read as its page says', async () => {
  const { url } = await connect();
  const code = put(example('ofrep', 'js'), { 'http://127.0.0.1:8780': url });
  const program = `const jobId = 'job-1';\n${code}\nconsole.log(target);`;
  const args = ['--input-type=module', '-e', program];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 20_000 });

  const value = await OpenFeature.getClient().getStringValue('t2v.default', 'code', {
    targetingKey: 'job-1',
  });
  expect(stdout).toBe(`${value}\n`);
});

it('says the reason and the fallback, and takes a token', async () => {
  const { client } = await connect(createWorld(), 'a-token-that-may-read');
  const details = await client.getStringDetails('t2v.default', 'code', { targetingKey: 'a' });

  expect(details).toMatchObject({
    reason: 'SPLIT',
    variant: details.value,
    flagMetadata: { basis: 'plan', index: '7.1' },
  });
});

it.each([
  ['an unknown route', 'nope', { targetingKey: 'a' }, 'FLAG_NOT_FOUND'],
  ['no targeting key', 't2v.default', {}, 'TARGETING_KEY_MISSING'],
])("falls back to the application's default for %s", async (_what, key, context, errorCode) => {
  const { client } = await connect();

  expect(await client.getStringDetails(key, 'code', context)).toMatchObject({ value: 'code', errorCode });
});

it("falls back to the application's default when we are gone", async () => {
  const { server, client } = await connect();
  await server.close();

  expect(await client.getStringValue('t2v.default', 'code', { targetingKey: 'a' })).toBe('code');
});

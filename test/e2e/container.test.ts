import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { freePorts, killAll, run, start } from './process.ts';

const directory = mkdtempSync(join(tmpdir(), 'reelwatch-container-'));
afterAll(() => {
  killAll();
  rmSync(directory, { recursive: true, force: true });
});

/** What the image sets and starts; only its data lies elsewhere here. */
function image(): { env: Record<string, string>; args: string[] } {
  const dockerfile = readFileSync('Dockerfile', 'utf8');
  const set = [...dockerfile.matchAll(/(REELWATCH_\w+)=(\S+)/g)].map(([, name = '', value = '']) => [
    name,
    value,
  ]);
  const command = JSON.parse(/^CMD (\[.*\])$/m.exec(dockerfile)?.[1] ?? '[]') as string[];
  expect(command.slice(0, 2)).toEqual(['node', 'dist/main.js']);
  const env = { ...Object.fromEntries(set), REELWATCH_DATA_DIR: join(directory, 'data') };
  return { env, args: command.slice(2) };
}

it('asks in one sentence for a configuration where none is mounted, and starts nothing', async () => {
  const { env, args } = image();

  const { code, out, err } = await run(args, env);

  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(/^There is no configuration at \/config\/reelwatch\.yaml\b.*mount.*\n$/);
});

it('starts the demo without any configuration', async () => {
  const { env } = image();
  const port = String(await freePorts());

  const demo = start(['demo', '--no-incident'], {
    ...env,
    REELWATCH_HOST: '127.0.0.1',
    REELWATCH_PORT: port,
  });

  await demo.says(/the status page/);
  demo.kill('SIGTERM');
  expect(await demo.end()).toMatchObject({ code: 0 });
});

import { copyFileSync, existsSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { freePorts, getJson, killAll, run, type Running, start, until } from './process.ts';

const directory = mkdtempSync(join(tmpdir(), 'reelwatch-own-'));
const file = join(directory, 'reelwatch.sqlite');
const copy = join(directory, 'copy.yaml');
let port = 0;
const env = () => ({ REELWATCH_PORT: String(port), REELWATCH_DATA_DIR: directory });
afterAll(() => {
  killAll();
  rmSync(directory, { recursive: true, force: true });
});

async function stop(daemon: Running): Promise<void> {
  daemon.kill('SIGTERM');
  expect(await daemon.end()).toMatchObject({ code: 0 });
}

it('is not ready any more when its database is deleted, and says so on its page', async () => {
  port = await freePorts();
  const demo = start(['demo', '--no-incident'], env());
  await demo.says(/the status page/);
  await until(() => getJson(`http://127.0.0.1:${port}/readyz`));
  expect(statSync(file).mode & 0o777).toBe(0o600);

  for (const ending of ['', '-wal', '-shm']) rmSync(file + ending, { force: true });

  const answer = await fetch(`http://127.0.0.1:${port}/readyz`);
  expect(answer.status).toBe(503);
  expect(await answer.text()).toContain('was deleted or replaced');
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toContain('was deleted or replaced');
  await demo.says(/the store is not usable/);
  demo.kill('SIGKILL');
  await demo.end();
});

it('does not begin with an empty store where there was one, until somebody says so', async () => {
  const refused = await run(['demo'], env());

  expect(refused).toMatchObject({ code: 4, err: expect.stringContaining('--new-store') });
  expect(existsSync(file)).toBe(false);

  const demo = start(['demo', '--no-incident', '--new-store'], env());
  await demo.says(/the status page/);
  await stop(demo);
  const again = start(['demo', '--no-incident'], env());
  await again.says(/the status page/);
  await stop(again);
});

it('does not open a demo’s store in earnest, nor another store than before', async () => {
  const config = ['run', '-c', 'config/demo.yaml'];

  const refused = await run(config, env());
  copyFileSync('config/demo.yaml', copy);
  const probed = await run(['probe', 'fal/pika-2.2', '-c', copy], env());
  renameSync(file, `${file}.old`);
  const gone = await run(config, env());

  expect(refused).toMatchObject({ code: 4, err: expect.stringContaining('belongs to a demo') });
  expect(probed).toMatchObject({ code: 4, err: expect.stringContaining('belongs to a demo') });
  expect(gone).toMatchObject({ code: 4, err: expect.stringContaining('--new-store') });
});

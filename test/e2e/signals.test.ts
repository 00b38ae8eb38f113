import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { freePorts, getJson, killAll, start, until } from './process.ts';

const directory = mkdtempSync(join(tmpdir(), 'reelwatch-signals-'));
afterAll(() => {
  killAll();
  rmSync(directory, { recursive: true, force: true });
});

it('goes on after SIGHUP, says so, and still ends on SIGTERM', async () => {
  const port = await freePorts();
  const daemon = start(['demo', '--no-incident'], {
    REELWATCH_PORT: String(port),
    REELWATCH_DATA_DIR: directory,
  });
  await daemon.says(/the status page/);

  daemon.kill('SIGHUP');

  await daemon.says(/SIGHUP is ignored/);
  await until(() => getJson(`http://127.0.0.1:${port}/readyz`));
  expect(daemon.isOver()).toBe(false);
  daemon.kill('SIGTERM');
  expect(await daemon.end()).toMatchObject({ code: 0, signal: null });
});

it.each(['run', 'demo'])('goes on where its terminal closes: %s', async (command) => {
  const port = await freePorts();
  const simulator = start(['simulator', '--port', '0']);
  const [, origin = ''] = await simulator.says(/on (http:\S+)/);
  const daemon = start([command, '-c', 'config/demo.yaml'], {
    REELWATCH_PORT: String(port),
    REELWATCH_DATA_DIR: mkdtempSync(join(directory, 'closed-')),
    REELWATCH_SIM_URL: origin,
  });
  await until(() => getJson(`http://127.0.0.1:${port}/readyz`));

  daemon.closeOutput();
  daemon.kill('SIGHUP');
  await wait(3_000);

  expect(daemon.isOver()).toBe(false);
  await until(() => getJson(`http://127.0.0.1:${port}/readyz`));
  daemon.kill('SIGTERM');
  expect(await daemon.end()).toMatchObject({ code: 0 });
});

import { execFileSync } from 'node:child_process';
import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { until } from '../../e2e/process.ts';
import type { Scenario } from '../scenario.ts';

const MIB = 1_048_576;
const DISK_MIB = 6;

export const diskFull: Scenario = {
  name: 'disk-full',
  title: 'the disk of the data directory is full',
  world: { providers: ['runway', 'kling', 'fal'] },
  run: async (world, check, isLong) => {
    mount(world.dataDir);
    try {
      const daemon = await world.begin();
      const before = await world.healthy();
      const filler = join(world.dataDir, 'filler');
      fill(filler);
      const notReady = await until(async () =>
        (await statusOf(`${world.url}/readyz`)) === 503 ? true : null,
      ).catch(() => false);
      await wait(isLong ? 60_000 : 5_000);
      const page = await (await fetch(world.url)).text();
      rmSync(filler, { force: true });
      const ready = await until(
        async () => ((await statusOf(`${world.url}/readyz`)) === 200 ? true : null),
        90_000,
      ).catch(() => false);

      check(notReady, '/readyz is 503');
      check(!page.includes('All providers are fine'), 'the page does not say that all is well');
      check(!daemon.isOver(), 'the process goes on');
      check(ready, '/readyz is 200 once there is room again');
      const healthy = await world.healthy(90_000).catch(() => null);
      check(healthy?.targets.length === before.targets.length, 'every target is healthy afterwards');
      const blaming = world.messages().filter(({ text }) => /🔴|🟠|is down|degraded/i.test(text));
      check(blaming.length === 0, 'no message is sent about a provider', blaming);
    } finally {
      world.daemon().kill('SIGKILL');
      await world.daemon().end();
      root('umount', '--lazy', world.dataDir);
    }
  },
};

/** A file system of a few MiB, which needs root or sudo without a password. */
function mount(directory: string): void {
  root('mount', '-t', 'tmpfs', '-o', `size=${DISK_MIB}m,mode=0777`, 'tmpfs', directory);
}

function root(program: string, ...args: string[]): void {
  const isRoot = process.getuid?.() === 0;
  execFileSync(isRoot ? program : 'sudo', isRoot ? args : ['-n', program, ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** Writes until there is no room for another byte. */
function fill(file: string): void {
  writeFileSync(file, '');
  for (const size of [MIB, 65_536, 4_096, 1]) {
    const chunk = Buffer.alloc(size);
    for (let n = 0; n <= DISK_MIB * 256; n++) {
      try {
        appendFileSync(file, chunk);
      } catch {
        break;
      }
    }
  }
}

async function statusOf(url: string): Promise<number> {
  return (await fetch(url)).status;
}

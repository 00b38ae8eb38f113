import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, until } from '../../e2e/process.ts';
import type { Scenario } from '../scenario.ts';
import type { World } from '../world.ts';

const OUTSIDE_FAULT = 4;

export const storeDeleted: Scenario = {
  name: 'store-deleted',
  title: 'the database file is deleted under the daemon, and the next start finds none',
  world: { providers: ['kling', 'fal'] },
  run: async (world, check) => {
    const daemon = await world.begin();
    await world.healthy();
    removeStore(world);
    const notReady = await until(async () =>
      (await fetch(`${world.url}/readyz`)).status === 503 ? true : null,
    ).catch(() => daemon.isOver());
    daemon.kill('SIGKILL');
    await daemon.end();
    removeStore(world);
    const again = await run(['run', '-c', join(world.directory, 'config.yaml')], {
      REELWATCH_SIM_URL: world.simulator.origin,
      REELWATCH_PORT: new URL(world.url).port,
      REELWATCH_DATA_DIR: world.dataDir,
    }).catch((error: unknown) => ({ code: null, err: String(error) }));

    check(notReady, 'it is noticed: /readyz is 503');
    check(again.code === OUTSIDE_FAULT, 'a lost database is not silently a new one', [again.code, again.err]);
  },
};

export const emptyLock: Scenario = {
  name: 'empty-lock',
  title: 'a crash left an empty lock file',
  world: { providers: ['kling'] },
  run: async (world, check) => {
    writeFileSync(join(world.dataDir, 'reelwatch.lock'), '');
    const started = await world.begin().then(
      () => true,
      () => false,
    );
    check(started, 'the daemon starts');
  },
};

function removeStore({ dataDir }: World): void {
  for (const name of readdirSync(dataDir).filter((one) => one.startsWith('reelwatch.sqlite')))
    rmSync(join(dataDir, name), { force: true });
}

import { setTimeout as wait } from 'node:timers/promises';
import type { Scenario } from '../scenario.ts';

const LIVES_MS = [300, 1_900, 900, 2_600, 1_400];

export const kills: Scenario = {
  name: 'kills',
  title: 'the process is killed (SIGKILL) again and again',
  world: { providers: ['kling', 'fal', 'runway'] },
  run: async (world, check, isLong) => {
    const count = isLong ? 25 : 5;
    for (let n = 0; n < count; n++) {
      const daemon = await world.begin();
      await wait(LIVES_MS[n % LIVES_MS.length]);
      daemon.kill('SIGKILL');
      await daemon.end();
    }
    await world.begin();
    const healthy = await world.healthy().catch(() => null);
    const keys = world.simulator.simulator.counters().kling.submits.map(({ key }) => key);
    const twice = keys.filter((key, n) => keys.indexOf(key) !== n);

    check(healthy !== null, 'every target is healthy in the last life');
    check(keys.length > 0 && twice.length === 0, 'no canary is ordered twice', twice);
  },
};

import { setTimeout as wait } from 'node:timers/promises';
import { until } from '../../e2e/process.ts';
import type { Scenario } from '../scenario.ts';

const OURS = /our own network|our side|cannot reach|it is us/i;
const OWN_PATHS = /^\/(?:_sim|inbox|router|assets)/;

export const allAnswer503: Scenario = {
  name: 'all-503',
  title: 'every provider answers 503 while the connectivity checks pass',
  run: async (world, check, isLong) => {
    await world.begin();
    const before = await world.healthy();
    world.intercept((request) => {
      const isProvider = !OWN_PATHS.test(new URL(request.url).pathname);
      return Promise.resolve(isProvider ? new Response('{"error":"unavailable"}', { status: 503 }) : null);
    });
    const all = before.targets.filter(({ state }) => state === 'healthy').length;
    const down = await until(async () => {
      const { targets } = await world.status();
      const count = targets.filter(({ incident }) => incident !== null).length;
      return count === all ? count : null;
    }, 60_000).catch(
      async () => (await world.status()).targets.filter(({ incident }) => incident !== null).length,
    );
    await wait(isLong ? 60_000 : 3_000);
    const ours = world.messages().filter(({ text }) => OURS.test(text));

    check(down === all, 'each provider is reported as down', [down, all]);
    check(ours.length === 0, 'nobody is told that it is our network', ours);
  },
};

export const networkCut: Scenario = {
  name: 'network-cut',
  title: 'no connection to anybody but the receiver of messages succeeds',
  run: async (world, check, isLong) => {
    await world.begin();
    await world.healthy();
    const before = world.messages().length;
    world.intercept((request) => {
      const { pathname } = new URL(request.url);
      if (/^\/(?:inbox|router)/.test(pathname)) return Promise.resolve(null);
      return Promise.reject(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
    });
    await wait(isLong ? 120_000 : 25_000);
    const { targets } = await world.status();
    const during = world.messages().slice(before);
    world.intercept(() => Promise.resolve(null));
    const healthy = await world.healthy(90_000).catch(() => null);
    await wait(3_000);
    const after = world.messages().slice(before + during.length);

    const blamed = targets.filter(({ incident }) => incident !== null).map(({ id }) => id);
    check(blamed.length === 0, 'nothing is blamed on a provider', blamed);
    check(during.length <= 1, 'one message says that reelwatch cannot reach the internet, at most', during);
    check(healthy !== null, 'every target is healthy once the network is back');
    check(after.length <= 1, 'one message says that it is over, at most', after);
  },
};

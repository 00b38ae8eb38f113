import { setTimeout as wait } from 'node:timers/promises';
import { until } from '../../e2e/process.ts';
import type { Scenario } from '../scenario.ts';
import type { World } from '../world.ts';

/** What a receiver may answer without having taken the message. */
const ANSWERS: [what: string, answer: () => Response][] = [
  ['500', () => new Response('server_error', { status: 500 })],
  ['200 with nothing in it', () => new Response('', { status: 200 })],
  ['200 with an error as JSON', () => Response.json({ ok: false, error: 'ratelimited' })],
  [
    '200 with a login page',
    () => new Response('<html>Sign in</html>', { headers: { 'content-type': 'text/html' } }),
  ],
  ['403', () => new Response('action_prohibited', { status: 403 })],
  ['404', () => new Response('no_service', { status: 404 })],
];

export const receiver: Scenario = {
  name: 'receiver',
  title: 'the receiver of messages answers anything but ok for a while',
  world: { providers: ['runway', 'kling', 'fal'] },
  run: async (world, check, isLong) => {
    await world.begin();
    await world.healthy();
    const brokenMs = isLong ? 60_000 : 2_000;
    for (const [what, answer] of ANSWERS) {
      const before = world.messages().length;
      const asked = breakReceiver(world, answer);
      world.simulator.simulator.setFault('kling', { kind: 'down' });
      const wasAsked = await until(() => (asked() > 0 ? true : null)).catch(() => false);
      await wait(brokenMs);
      world.intercept(() => Promise.resolve(null));
      const arrived = await until(() => (world.messages().length > before ? true : null), 60_000).catch(
        () => false,
      );
      world.simulator.simulator.healFault('kling');
      await world.healthy();
      const over = await until(() => (world.messages().length > before + 1 ? true : null)).catch(() => false);

      check(wasAsked, `a message is sent while the receiver answers ${what}`);
      check(arrived, `it is sent again after ${what}`);
      check(over, `its end is sent as well after ${what}`);
    }
  },
};

export const receiverHeals: Scenario = {
  name: 'receiver-heals',
  title: 'messages wait for a receiver that is down, which then heals',
  world: { providers: ['runway', 'kling', 'fal', 'luma'] },
  run: async (world, check, isLong) => {
    await world.begin();
    await world.healthy();
    const asked = breakReceiver(world, () => new Response('server_error', { status: 500 }));
    for (const name of ['kling', 'fal'] as const) {
      world.simulator.simulator.setFault(name, { kind: 'down' });
      await until(async () =>
        (await world.status()).targets.some((one) => one.provider === name && one.incident) ? true : null,
      );
      await wait(isLong ? 60_000 : 12_000);
    }
    const attempts = asked();
    world.intercept(() => Promise.resolve(null));
    await until(() => (world.messages().length >= 2 ? true : null), 150_000).catch(() => null);
    const [first, second] = world.messages();

    check(attempts >= 2, 'attempts were made while it was down', attempts);
    check(second !== undefined, 'both messages arrive', world.messages());
    const gapMs = (second?.at ?? Infinity) - (first?.at ?? 0);
    check(gapMs < 5_000, 'the first success makes the others due', `${gapMs} ms`);
  },
};

/** @returns how often it has been asked since */
function breakReceiver(world: World, answer: () => Response): () => number {
  let asked = 0;
  world.intercept((request) => {
    if (new URL(request.url).pathname !== '/inbox/hook') return Promise.resolve(null);
    asked += 1;
    return Promise.resolve(answer());
  });
  return () => asked;
}

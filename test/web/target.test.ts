import { afterEach, expect, it } from 'vitest';
import { MINUTE } from '../../src/core/base.ts';
import type { Server } from '../../src/web/server.ts';
import { after, type Seen } from './beliefs.ts';
import { createWorld, START, type World } from './world.ts';

const KLING = 'kling/kling-2.5-turbo';
const DOWN: Seen[] = ['pass', 'fail', 'fail', 'fail', 'fail', 'check fails', 'check fails'];

const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

/** A page as one line, because HTML does not care how it is wrapped. */
async function pageOf(world: World, url: string): Promise<string> {
  const server = world.server();
  servers.push(server);
  return (await server.inject(url)).body.replaceAll(/\s+/g, ' ');
}

const TARGET_PAGE = `/targets/${encodeURIComponent(KLING)}`;

it('says on the card of a target in trouble why, and how sure that is', async () => {
  const world = createWorld([KLING]);
  world.set(KLING, after(KLING, DOWN));

  const page = await pageOf(world, '/');

  expect(page).toMatch(/<b>(API|generation) down [\d.]+ %/);
  expect(page).toMatch(/<li>4 of 4 canaries bad since 11:\d\d UTC \(answered &lt;503&gt;\)<\/li>/);
  expect(page).toMatch(/<li>free check fails since 11:58 UTC<\/li>/);
  expect(page).toMatch(/P\(fault\)<\/span>.*<b>9\d\.\d %<\/b>/);
  expect(page).toContain(`href="${TARGET_PAGE}"`);
});

it.each<[string, Seen[], boolean]>([
  ['suspected', ['pass', 'fail'], true],
  ['fine', ['pass', 'pass'], false],
])('shows P(fault) of a target that is %s: %#', async (_what, seen, isShown) => {
  const world = createWorld([KLING]);
  world.set(KLING, after(KLING, seen));

  expect((await pageOf(world, '/')).includes('P(fault)')).toBe(isShown);
});

it('has a page for each target, with the signs that moved belief and by how much', async () => {
  const world = createWorld([KLING]);
  world.set(KLING, after(KLING, DOWN));

  const page = await pageOf(world, TARGET_PAGE);

  expect(page).toMatch(/free check failed ×2 <\/th> <td class="number worse">× [\d.]+</);
  expect(page).toContain(
    `href="/runs/${encodeURIComponent(`${KLING}@${START - 3 * MINUTE}`)}">canary failed</a>`,
  );
  expect(page).toMatch(/canary good<\/a> <\/th> <td class="number better">× 0\.\d+</);
  expect(page).toMatch(/<th scope="row">API down<\/th>.*<b>9\d\.\d %<\/b>/);
});

it('does not pretend to know odds beyond a thousand', async () => {
  const world = createWorld([KLING]);
  const [newest, ...older] = after(KLING, DOWN).signs;
  if (newest === undefined) throw new Error('no sign');
  const signs = [{ ...newest, factor: 1_800_000 }, { ...newest, factor: 1e-7 }, ...older];
  world.set(KLING, { ...after(KLING, DOWN), signs });

  const page = await pageOf(world, TARGET_PAGE);

  expect(page).toContain('× over 1000<');
  expect(page).toContain('× under 0.001<');
});

it('shows every canary of a target that is in flight, the oldest first, and which is late', async () => {
  const world = createWorld([KLING, 'runway/gen4.5']);
  world.set(KLING, after(KLING, ['pass']));
  const fly = (runId: string, target: string, agoMs: number) =>
    world.flights.push({ runId, target, why: 'confirm', startedAt: START - agoMs, phase: 'generate' });
  fly('young', KLING, MINUTE / 2);
  fly('old', KLING, 3 * MINUTE);
  fly('other', 'runway/gen4.5', MINUTE);

  const [board, own] = [await pageOf(world, '/'), await pageOf(world, TARGET_PAGE)];

  expect(board).toContain('3 in flight');
  expect([...board.matchAll(/<li data-key="(old|young|other)">/g)].map(([, id]) => id)).toEqual([
    'old',
    'young',
    'other',
  ]);
  expect(own).toMatch(
    /href="\/runs\/old">second look<\/a>.*×3\.0 the usual time.*href="\/runs\/young">second look/,
  );
  expect(own).not.toContain('/runs/other');
});

it('lists the last runs, and no more than these', async () => {
  const world = createWorld([KLING]);
  for (let i = 0; i < 20; i++) {
    world.at.now += MINUTE;
    world.ran(KLING, 'pass');
  }

  const page = await pageOf(world, TARGET_PAGE);

  expect(page.match(/>pass<\/a>/g)).toHaveLength(15);
});

it('says of a target that nothing has been seen of it yet, or that it is gone', async () => {
  const world = createWorld([KLING]);
  const fresh = await pageOf(world, TARGET_PAGE);
  world.set(KLING, { health: 'retired' });

  expect(fresh).toContain('Nothing has been seen of it yet.');
  expect(await pageOf(world, `/targets/${KLING}`)).toContain('nothing is believed of it any more');
  expect(await pageOf(world, '/targets/nobody')).toContain('No target of that id is configured.');
});

it.each([
  [{ good: 1, bad: 0 }, 'users, last hour: all of 1 job fine', 1],
  [{ good: 80, bad: 20 }, 'users, last hour: 80 % of 100 jobs fine', 0.8],
  [{ good: 12_300, bad: 45 }, 'users, last hour: 99.6 % of 12,000 jobs fine', 0.9964],
])("shows how users' jobs go beside the canaries: %o", async (counts, words, rate) => {
  const world = createWorld([KLING]);
  world.set(KLING, after(KLING, ['pass', 'pass']));
  world.outcomes.recent = () => new Map([[KLING, counts]]);

  expect(await pageOf(world, '/')).toContain(words);
  expect(await pageOf(world, TARGET_PAGE)).toContain(words);
  const detail = JSON.parse(await pageOf(world, `/v1${TARGET_PAGE}`)) as { users: unknown };
  expect(detail.users).toEqual({ window_s: 3600, ...counts, success_rate: rate });
});

it('says nothing of users where no router tells of their jobs', async () => {
  const world = createWorld([KLING]);
  world.set(KLING, after(KLING, ['pass', 'pass']));

  expect(await pageOf(world, '/')).not.toContain('users, last');
  expect(await pageOf(world, TARGET_PAGE)).not.toContain('users, last');
  expect(await pageOf(world, `/v1${TARGET_PAGE}`)).toContain('"users":null');
});

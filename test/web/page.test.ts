import { afterEach, describe, expect, it } from 'vitest';
import { HOUR, MINUTE } from '../../src/core/base.ts';
import type { ShownState } from '../../src/core/model.ts';
import { BARS_MAX } from '../../src/web/board.ts';
import { clockTime, money, span } from '../../src/web/format.ts';
import { html, outsideUrl } from '../../src/web/html.ts';
import type { Server } from '../../src/web/server.ts';
import { incidentOf } from './records.ts';
import { createWorld, START, type World } from './world.ts';

const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

function serve(world: World): Server {
  const server = world.server();
  servers.push(server);
  return server;
}

/** A page as one line, because HTML does not care how it is wrapped. */
async function pageOf(world: World, url = '/'): Promise<string> {
  return (await serve(world).inject(url)).body.replaceAll(/\s+/g, ' ');
}

const KLING = 'kling/kling-2.5-turbo';
const EVIL = `<script>alert("1")</script>' onload=x`;

/** Puts a target into a shown state, which for `blind` lies beside its health. */
function show(world: World, target: string, state: ShownState): void {
  const blind = { cause: 'auth', since: START, text: 'key refused', by: 'run' } as const;
  world.set(target, state === 'blind' ? { health: 'healthy', blind } : { health: state });
}

describe('the headline', () => {
  const [A, B, C, D] = ['kling/a', 'runway/b', 'luma/c', 'fal/d'] as const;
  const table: [states: Record<string, ShownState>, says: string][] = [
    [{ [A]: 'healthy', [B]: 'healthy' }, 'All 2 providers are fine.'],
    [{ [A]: 'healthy' }, 'The provider is fine.'],
    [{ [A]: 'unknown', [B]: 'unknown' }, 'No canary has come back yet.'],
    [{ [A]: 'retired' }, 'Nothing is under watch.'],
    [{ [A]: 'healthy', [B]: 'suspect' }, 'All 2 providers are fine.'],
    [
      { [A]: 'down', [B]: 'healthy', [C]: 'healthy', [D]: 'healthy' },
      '3 of 4 providers fine; kling is down since 12:00.',
    ],
    [
      { [A]: 'recovering', [B]: 'down', [C]: 'blind' },
      'No provider is fine; runway is down since 12:00, luma cannot be seen since 12:00, kling is recovering since 12:00.',
    ],
    [{ [A]: 'healthy', [B]: 'unknown' }, '1 of 2 providers fine; 1 not seen yet.'],
    [{ [A]: 'down', [B]: 'retired' }, '0 of 1 providers fine; kling is down since 12:00.'],
    [
      { [A]: 'down', 'kling/z': 'healthy', [B]: 'healthy' },
      '1 of 2 providers fine; kling/a is down since 12:00.',
    ],
    [
      { [A]: 'down', [B]: 'down', [C]: 'down', [D]: 'degraded', 'sora/e': 'healthy' },
      '1 of 5 providers fine; kling is down since 12:00, runway is down since 12:00, luma is down since 12:00, and 1 more are not well.',
    ],
  ];

  it.each(table)('of %j says "%s"', async (states, says) => {
    const world = createWorld(Object.keys(states));
    for (const [target, state] of Object.entries(states)) show(world, target, state);

    const found = /<h1[^>]*>([^<]*)<\/h1>/.exec(await pageOf(world));
    expect(found?.[1]).toBe(says);
  });

  it('stands in the title of the tab as well', async () => {
    const world = createWorld();
    show(world, KLING, 'down');

    expect(await pageOf(world)).toContain('<title>✕ 1 down · reelwatch</title>');
  });
});

it('shows each state with its word and a shape, not by colour alone', async () => {
  const states: ShownState[] = ['healthy', 'suspect', 'degraded', 'down', 'recovering', 'retired', 'blind'];
  const world = createWorld(states.map((state) => `p-${state}/m`));
  for (const state of states) show(world, `p-${state}/m`, state);
  const page = await pageOf(world);

  const shapes = states.map((state) => {
    const [, shape, word] =
      new RegExp(`chip s-${state}"[^]*?>(<(?:path|rect)[^]*?)</svg\\s*>([a-z ]+)`).exec(page) ?? [];
    expect(word?.trim()).toBe(state);
    return shape;
  });
  expect(new Set(shapes).size).toBe(states.length);
});

it('draws the newest runs as bars that lead to their pages', async () => {
  const world = createWorld();
  for (let i = 0; i < BARS_MAX + 10; i++) {
    world.at.now += 10 * MINUTE;
    world.ran(KLING, i % 5 === 0 ? 'fail' : 'pass');
  }
  const page = await pageOf(world);

  expect(page.match(/role="listitem"/g)).toHaveLength(BARS_MAX);
  const newest = world.runs[0]?.runId ?? '';
  expect(page).toContain(`href="/runs/${encodeURIComponent(newest)}"`);
  expect(page).toContain('failed (timeout), 42 s');
  expect(page).toContain(`${BARS_MAX - 6} of the last ${BARS_MAX} usable`);
});

it('says what is wrong with a target, links the run that shows it, and how its weight stands', async () => {
  const world = createWorld();
  const incident = incidentOf(KLING, START);
  world.set(KLING, {
    health: 'down',
    incident,
    evidence: incident.evidence,
    reason: { code: 'timeout', text: 'no video after 600 s' },
  });
  const page = await pageOf(world);

  expect(page).toMatch(/<p class="reason bad">.*First failure <time/);
  expect(page).toContain(`href="/runs/${encodeURIComponent(`${KLING}@${START}`)}"`);
  expect(page).toContain('title="base weight 50"');
});

it('escapes everything that providers and configurations say', async () => {
  const world = createWorld(['<i>/<b>"&']);
  const [id = ''] = world.states.keys();
  const incident = incidentOf(id, START);
  world.set(id, {
    health: 'down',
    incident: { ...incident, evidence: [] },
    reason: { code: 'x', text: EVIL },
    notice: {
      id: 'n',
      kind: 'announced',
      subject: EVIL,
      effectiveAt: null,
      replacement: EVIL,
      source: EVIL,
      url: 'javascript:alert(1)',
      firstSeenAt: START,
    },
  });
  const failed = world.ran(id, 'fail', { jobId: EVIL, verdict: { is: 'pass', text: EVIL } });
  const server = serve(world);
  const pages = ['/', '/v1/page', `/runs/${encodeURIComponent(failed.runId)}`];
  const bodies = await Promise.all(pages.map(async (url) => (await server.inject(url)).body));

  for (const body of bodies) {
    expect(body).toContain('&lt;script&gt;alert(');
    expect(body).not.toMatch(/<script>|<i>|javascript:|' onload/);
  }
});

it('is byte-equal while nothing happens, so that its fragment is not sent again', async () => {
  const world = createWorld();
  world.ran(KLING, 'pass');
  const server = serve(world);
  const first = await server.inject('/v1/page');
  world.at.now += 20_000;
  const headers = { 'if-none-match': String(first.headers['etag']) };
  const same = await server.inject({ url: '/v1/page', headers });
  world.flights.push({ runId: 'r', target: KLING, why: 'slot', startedAt: START, phase: 'queue' });
  const other = await server.inject({ url: '/v1/page', headers });

  expect([same.statusCode, other.statusCode]).toEqual([304, 200]);
  expect(other.json().html).toContain('<b>queue</b>');
});

it('says so when the loop is silent, the store is broken, or messages were given up', async () => {
  const world = createWorld();
  world.outbox = [{ channel: 'slack', due: 1, dead: 2 }];
  const server = serve(world);
  const given = (await server.inject('/')).body;
  world.at.now += HOUR;
  world.isStoreBroken = true;
  const broken = await server.inject('/');

  expect(given).toContain('2 messages</a> could not be delivered');
  expect(given).toContain('1 waiting');
  expect(broken.statusCode).toBe(200);
  expect(broken.body).toMatch(/silent since/);
  expect(broken.body).toContain('The store cannot be read');
});

it('tells the story of a failed run in the words of the provider', async () => {
  const world = createWorld();
  const { runId } = world.ran(KLING, 'fail');
  const page = await pageOf(world, `/runs/${encodeURIComponent(runId)}`);

  expect(page).toContain('upstream &lt;script&gt;alert(1)&lt;/script&gt; timed out');
  expect(page).toContain('in phase generate, HTTP 504, code TIMEOUT, our own network worked');
  expect(page).toContain('seed left out');
  expect(page).toMatch(/POST \/v1\/videos/);
});

it('shows the picture and the findings of a good run', async () => {
  const world = createWorld();
  const { runId } = world.ran(KLING, 'pass');
  const page = await pageOf(world, `/runs/${encodeURIComponent(runId)}`);

  expect(page).toContain(`src="/v1/runs/${encodeURIComponent(runId)}/frame"`);
  expect(page).toContain('lasted 2.0 s, ordered 2 s');
  expect(page).toContain('1280×720 · 2 s · h264');
});

it('answers the link of a run that was cleared away with a page, not with JSON', async () => {
  const answer = await serve(createWorld()).inject('/runs/old%2Frun@1');

  expect(answer.statusCode).toBe(404);
  expect(answer.headers['content-type']).toContain('text/html');
  expect(answer.body).toContain('not known, or no longer');
});

it.each([
  [0, '0 s'],
  [-5, '0 s'],
  [430, '0.4 s'],
  [42_400, '42 s'],
  [59_600, '1 min'],
  [200_000, '3 min 20 s'],
  [2 * HOUR + 5 * MINUTE, '2 h 5 min'],
  [51 * HOUR, '2 d 3 h'],
])('writes %i ms as %s', (ms, text) => {
  expect(span(ms)).toBe(text);
});

it.each([
  [0, '$0.00'],
  [1.2, '$1.20'],
  [0.0042, '$0.0042'],
  [20_000, '$20,000'],
])('writes %d dollars as %s', (usd, text) => {
  expect(money(usd)).toBe(text);
});

it.each([
  [START, '12:00 UTC'],
  [START - 24 * HOUR, '20 Nov 12:00 UTC'],
  [Date.UTC(2025, 11, 31, 23, 59), '31 Dec 2025 23:59 UTC'],
])('writes %i as %s', (at, text) => {
  expect(clockTime(at, START)).toBe(text);
});

it('escapes texts, keeps its own HTML, and leaves out nothing and false', () => {
  const inner = html`<b>${'<'}</b>`;

  expect(html`${inner}${null}${false}${0}${['a', inner]}"${`"'&`}"`.html).toBe(
    '<b>&lt;</b>0a<b>&lt;</b>"&quot;&#39;&amp;"',
  );
});

it.each([
  ['https://example.com/a', true],
  ['HTTP://example.com', true],
  ['javascript:alert(1)', false],
  [' javascript:alert(1)', false],
  ['//example.com', false],
  ['https://', false],
])('links %s: %s', (url, isLink) => {
  expect(outsideUrl(url) !== null).toBe(isLink);
});

it('says when nobody can pay for looking at a target', async () => {
  const world = createWorld([KLING]);
  world.unpaid.set(KLING, START);

  expect(await pageOf(world)).toContain('the budget of the last 24 hours is used up');
  expect(await pageOf(world, `/v1/targets/${encodeURIComponent(KLING)}`)).toContain('"unpaid_since":"2026-');
});

it('says how long the account lasts, and marks it when that is short', async () => {
  const world = createWorld([KLING]);
  world.funds.set('kling', { usd: 4.2, daysLeft: 2.4 });
  expect(await pageOf(world)).toMatch(/class="account">account \$4\.20, 2 days of canaries/);

  world.set(KLING, { low: { usd: 4.2, daysLeft: 2.4, since: START } });

  expect(await pageOf(world)).toContain('class="account low"');
  const document = await pageOf(world, `/v1/targets/${encodeURIComponent(KLING)}`);
  expect(document).toContain('"account":{"balance_usd":4.2,"days_left":2.4,"low_since":"2026-');
});

it('says when more canaries are planned than the account may order', async () => {
  const world = createWorld([KLING]);
  const limits = { concurrentMax: 2, perDayMax: 50, usedToday: 7 };
  world.checks.set(KLING, { at: START, tookMs: 90, verdict: { is: 'pass', text: 'fine' }, limits });

  expect(await pageOf(world)).toMatch(/may order 50 a day,\s+but\s+144 canaries are planned/);
  const document = await pageOf(world, `/v1/targets/${encodeURIComponent(KLING)}`);
  expect(document).toContain('"limits":{"concurrent_max":2,"per_day_max":50,"used_today":7}');
});

it('names a router that holds other weights than ours, for as long as it drifts', async () => {
  const world = createWorld();
  const push = { sink: 'edge', route: 't2v.default', desired: 2, applied: 2, state: 'applied', error: null };
  world.pushes = [{ ...push, drift: { since: START, lastAt: START, times: 3, sames: 1 } }];
  const drifting = await pageOf(world);

  const calm = createWorld();
  calm.pushes = [{ ...push, drift: null }];

  expect(drifting).toContain('edge</a> was found to hold other weights of t2v.default than ours, since');
  expect(await pageOf(calm)).not.toContain('other weights');
});

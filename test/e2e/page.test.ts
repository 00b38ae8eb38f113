import chromium from '@sparticuz/chromium';
import { type Browser, chromium as playwright, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { MINUTE } from '../../src/core/base.ts';
import type { Server } from '../../src/web/server.ts';
import { after } from '../web/beliefs.ts';
import { incidentOf } from '../web/records.ts';
import { createWorld, type World } from '../web/world.ts';

const KLING = 'kling/kling-2.5-turbo';
const DOUBTED = 'fal/wan@eu';
let browser: Browser;
let world: World;
let server: Server;
let url: string;

beforeAll(async () => {
  // One process for everything dies with the first page that is closed.
  const args = chromium.args.filter((name) => name !== '--single-process');
  browser = await playwright.launch({ executablePath: await chromium.executablePath(), args });
  world = createWorld();
  // The page compares with the time in the Date header, which is the real one.
  const now = Date.now();
  world.at.lastTick = now;
  world.at.validUntil = now + 15 * MINUTE;
  for (const target of world.states.keys()) {
    for (let i = 30; i > 0; i--) {
      world.at.now = now - i * 10 * MINUTE;
      world.ran(target, i % 9 === 0 ? 'slow' : i % 7 === 0 ? 'inconclusive' : 'pass');
    }
    world.set(target, { health: 'healthy', since: now - 90 * MINUTE });
  }
  // One that is only suspect keeps the headline as it is.
  const lastRun = world.states.get(DOUBTED)?.lastRun ?? null;
  world.set(DOUBTED, {
    ...after(DOUBTED, ['pass', 'fail', 'check fails']),
    since: now - 90 * MINUTE,
    lastRun,
  });
  for (const phase of ['submit', 'queue', 'generate'] as const)
    world.flights.push({ runId: phase, target: DOUBTED, why: 'confirm', startedAt: now - MINUTE, phase });
  world.at.now = now;
  server = world.server();
  ({ url } = await server.listen(0, '127.0.0.1'));
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
});

/** Opens an address; whatever the browser complains about ends up in `complaints`. */
async function open(path: string, width = 1200): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser.newPage({ viewport: { width, height: 800 } });
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('requestfailed', (request) => complaints.push(request.url()));
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith('data:')) complaints.push(request.url());
  });
  await page.goto(`${url}${path}`, { waitUntil: 'networkidle' });
  return { page, complaints };
}

const RUN = () =>
  `/runs/${encodeURIComponent(world.runs.find(({ target }) => target === KLING)?.runId ?? '')}`;
const TARGET = `/targets/${encodeURIComponent(DOUBTED)}`;
const PAGES: [name: string, path: () => string][] = [
  ['the status page', () => '/'],
  ['the page of a run', RUN],
  ['the page of a target', () => TARGET],
  ['the documentation', () => '/docs/'],
];

it.each(PAGES)('renders %s without a complaint and without the internet', async (_name, path) => {
  const { page, complaints } = await open(path());

  expect(await page.locator('h1, h2').first().isVisible()).toBe(true);
  expect(complaints).toEqual([]);
  await page.close();
});

it.each([320, 360, 768])('needs no sideways scrolling at %i pixels', async (width) => {
  for (const path of ['/', RUN(), TARGET]) {
    const { page } = await open(path, width);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    await page.close();
  }
});

it('follows what happens without being loaded again, and keeps what did not change', async () => {
  const { page, complaints } = await open('/');
  await page.evaluate("document.querySelector('article img').mark = 'kept'");
  const before = await page.locator('h1').textContent();
  const incident = incidentOf(KLING, world.at.now);
  const reason = { code: 'timeout', text: 'no video after 600 s' };
  world.set(KLING, { health: 'down', incident, evidence: [], reason, since: world.at.now });

  await page.locator('.t-down .chip', { hasText: 'down' }).waitFor({ timeout: 15_000 });
  expect(before).toBe('All 4 providers are fine.');
  expect(await page.locator('h1').textContent()).toMatch(/^3 of 4 providers fine; kling is down since/);
  expect(await page.title()).toBe('✕ 1 down · reelwatch');
  expect(await page.evaluate("document.querySelector('article img').mark")).toBe('kept');
  expect(complaints).toEqual([]);
  world.set(KLING, { health: 'healthy', incident: null });
  await page.close();
});

it('tells distances in time', async () => {
  const { page } = await open('/');

  expect(await page.locator('.since').last().textContent()).toMatch(/since .* UTC, 1 h 3\d min/);
  await page.close();
});

it('leads from a bar to its run, by mouse and by keyboard', async () => {
  const { page } = await open('/');
  const bar = page.locator('.bars a').last();
  await bar.focus();
  await page.keyboard.press('Enter');
  await page.waitForURL('**/runs/**');

  expect(await page.locator('.chip').first().textContent()).toContain('pass');
  await page.close();
});

it('says so when the daemon cannot be reached, and takes it back when it can', async () => {
  const { page } = await open('/');
  await page.route('**/v1/**', (route) => route.abort());
  const link = page.locator('#link');
  await link.waitFor({ state: 'visible', timeout: 15_000 });
  expect(await link.textContent()).toMatch(/cannot be reached since \d\d:\d\d UTC/);

  await page.unroute('**/v1/**');
  await link.waitFor({ state: 'hidden', timeout: 30_000 });
  await page.close();
});

it('asks nothing while nobody looks', async () => {
  const { page } = await open('/');
  let asked = 0;
  page.on('request', () => (asked += 1));
  await page.evaluate(`
    Object.defineProperty(document, 'hidden', { value: true, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  `);
  await page.waitForTimeout(7_000);
  const hidden = asked;
  await page.evaluate(`
    Object.defineProperty(document, 'hidden', { value: false, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  `);
  await page.waitForRequest('**/v1/page');

  expect(hidden).toBe(0);
  await page.close();
});

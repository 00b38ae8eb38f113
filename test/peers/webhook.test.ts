import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, it, onTestFinished } from 'vitest';
import type { Clock } from '../../src/ports/clock.ts';
import type { Signer } from '../../src/ports/signer.ts';
import { webhook } from '../../src/routers/webhook.ts';
import { systemClock } from '../../src/system/clock.ts';
import { createHttp } from '../../src/system/http.ts';
import { signerOf } from '../../src/system/signing.ts';
import { noSignal } from '../alerts/doors.ts';
import { NO_TCP } from '../app/world.ts';
import { getJson, until } from '../e2e/process.ts';
import { createWorld } from '../web/world.ts';
import { example, put, routerIn } from './pages.ts';
import { planOf } from './plans.ts';
import { endAll, freePort } from './process.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const BASE = { 'kling/kling-3.0': 50, 'runway/gen4.5': 30, 'luma/ray-3.2': 20 };
const LATER = () => Date.now() + 60_000;

afterEach(endAll);

const signer = (fill: number, previous?: number): Signer =>
  signerOf(keyOf(fill), ...(previous === undefined ? [] : [keyOf(previous)]));
const keyOf = (fill: number): string => `whsk_${Buffer.alloc(32, fill).toString('base64')}`;

/** What the page's command makes of the keys that a daemon publishes. */
async function keysOf(daemon: Signer): Promise<string> {
  const server = createWorld().server(undefined, { signer: daemon });
  onTestFinished(() => server.close());
  const { url } = await server.listen(0, '127.0.0.1');
  const command = put(example('webhook', 'sh'), { 'localhost:8780': url });
  const { stdout } = await run('sh', ['-c', `${command}printf %s "$REELWATCH_KEYS"`], { timeout: 20_000 });
  return stdout;
}

const withSecret = { js: example('webhook', 'js'), yaml: routerIn('webhook') };

/** The page's router as it is with public keys. */
const withKeys = {
  js: put(example('webhook', 'js'), {
    "import { Webhook } from 'standardwebhooks';\n": '',
    'const webhook = new Webhook(process.env.REELWATCH_WEBHOOK_SECRET);\n': example('webhook', 'js', 1),
  }),
  yaml: routerIn('webhook', {}, 1),
};

/** The page's router as a process, and the daemon's side of it. */
async function start(
  given: { secret?: string; router?: typeof withSecret; keys?: string; signer?: Signer; clock?: Clock } = {},
) {
  const {
    secret,
    router: page = withSecret,
    keys = '',
    signer: own = signer(1),
    clock = systemClock,
  } = given;
  const port = await freePort();
  const code = put(page.js, { 'listen(8099,': `listen(${port},` });
  const env = {
    PATH: process.env['PATH'] ?? '',
    REELWATCH_WEBHOOK_SECRET: SECRET,
    REELWATCH_KEYS: keys,
  };
  const router = spawn(process.execPath, ['--input-type=module', '-e', code], {
    cwd: ROOT,
    env,
    stdio: 'inherit',
  });
  const http = createHttp({ clock: systemClock });
  onTestFinished(async () => {
    router.kill('SIGKILL');
    await http.close();
  });
  const url = `http://127.0.0.1:${port}/hooks/reelwatch`;
  await until(() => getJson(url));
  const { id: _, use: _use, ...written } = page.yaml;
  const options = { ...written, url, ...('secret' in written && { secret: secret ?? SECRET }) };
  const sink = webhook.create({
    options: webhook.options.parse(options),
    http,
    clock,
    tcp: NO_TCP,
    signer: own,
  });
  return {
    push: (epoch: number, generation: number, weights: number[], validUntil = LATER()) =>
      sink.push(planOf(weights, { epoch, generation }), validUntil, noSignal()),
    weights: () => getJson(url),
  };
}

it('takes a plan, says so, and goes by it', async () => {
  const { push, weights } = await start();
  expect(await weights()).toEqual(BASE);

  expect(await push(7, 412, [70, 0, 30])).toEqual({ is: 'applied', epoch: 7, generation: 412 });

  expect(await weights()).toEqual({ 'kling/m': 70, 'runway/m': 0, 'luma/m': 30 });
});

it.each([
  ['an older generation', 7, 411],
  ['an older epoch, whatever its generation', 6, 9_999],
])('refuses %s', async (_what, epoch, generation) => {
  const { push, weights } = await start();
  await push(7, 412, [70, 0, 30]);

  expect(await push(epoch, generation, [0, 100, 0])).toMatchObject({ is: 'stale' });
  expect(await weights()).toEqual({ 'kling/m': 70, 'runway/m': 0, 'luma/m': 30 });
  expect(await push(8, 1, [0, 100, 0])).toMatchObject({ is: 'applied' });
});

it('goes back to its own weights when the plan may no longer be trusted', async () => {
  const { push, weights } = await start();

  await push(7, 412, [70, 0, 30], Date.now() - 1);

  expect(await weights()).toEqual(BASE);
});

it('takes nothing that somebody else has signed', async () => {
  const { push, weights } = await start({ secret: `whsec_${Buffer.alloc(32, 8).toString('base64')}` });

  expect(await push(7, 412, [70, 0, 30])).toMatchObject({ is: 'retry', why: 'the router answered 401 {}' });
  expect(await weights()).toEqual(BASE);
});

it('needs no secret where it has the public keys', async () => {
  const { push, weights } = await start({ router: withKeys, keys: await keysOf(signer(1)) });

  expect(await push(7, 412, [70, 0, 30])).toEqual({ is: 'applied', epoch: 7, generation: 412 });
  expect(await push(7, 411, [0, 100, 0])).toMatchObject({ is: 'stale' });

  expect(await weights()).toEqual({ 'kling/m': 70, 'runway/m': 0, 'luma/m': 30 });
});

it.each([
  ['another key has signed', { signer: signer(2) }],
  ['was signed ten minutes ago', { clock: { ...systemClock, now: () => Date.now() - 10 * 60_000 } }],
])('takes nothing that %s, where it has the public keys', async (_what, given) => {
  const { push, weights } = await start({ router: withKeys, keys: await keysOf(signer(1)), ...given });

  expect(await push(7, 412, [70, 0, 30])).toMatchObject({ is: 'retry', why: 'the router answered 401 {}' });
  expect(await weights()).toEqual(BASE);
});

it.each([
  ['has the old key, and reelwatch both', signer(1), signer(2, 1)],
  ['has both keys, and reelwatch both', signer(2, 1), signer(2, 1)],
  ['has both keys, and reelwatch the new one', signer(2, 1), signer(2)],
])('goes on while it %s', async (_what, published, signing) => {
  const { push } = await start({ router: withKeys, keys: await keysOf(published), signer: signing });

  expect(await push(7, 412, [70, 0, 30])).toMatchObject({ is: 'applied' });
});

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, expect, it, onTestFinished } from 'vitest';
import { webhook } from '../../src/routers/webhook.ts';
import { systemClock } from '../../src/system/clock.ts';
import { createHttp } from '../../src/system/http.ts';
import { noSignal } from '../alerts/doors.ts';
import { NO_TCP } from '../app/world.ts';
import { getJson, until } from '../e2e/process.ts';
import { example, put, routerIn } from './pages.ts';
import { planOf } from './plans.ts';
import { endAll, freePort } from './process.ts';

const ROOT = join(import.meta.dirname, '../..');
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const BASE = { 'kling/kling-3.0': 50, 'runway/gen4.5': 30, 'luma/ray-3.2': 20 };
const LATER = () => Date.now() + 60_000;

afterEach(endAll);

/** The page's router as a process, and the daemon's side of it. */
async function start(secret = SECRET) {
  const port = await freePort();
  const code = put(example('webhook', 'js'), { 'listen(8099,': `listen(${port},` });
  const env = { PATH: process.env['PATH'] ?? '', REELWATCH_WEBHOOK_SECRET: SECRET };
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
  const { id: _, use: _use, ...options } = routerIn('webhook', { url, secret });
  const sink = webhook.create({
    options: webhook.options.parse(options),
    http,
    clock: systemClock,
    tcp: NO_TCP,
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
  const { push, weights } = await start(`whsec_${Buffer.alloc(32, 8).toString('base64')}`);

  expect(await push(7, 412, [70, 0, 30])).toMatchObject({ is: 'retry', why: 'the router answered 401 {}' });
  expect(await weights()).toEqual(BASE);
});

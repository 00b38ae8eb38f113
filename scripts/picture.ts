/** Makes docs/page.png: the demo's status page in the middle of an outage, as a browser shows it. */

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import chromium from '@sparticuz/chromium';
import { chromium as browser } from 'playwright-core';

const port = 18_780;
const origin = `http://127.0.0.1:${port}`;
const file = process.argv[2] ?? 'docs/page.png';
const path = process.argv[3] ?? '/';
const width = Number(process.argv[4] ?? 1100);
const TRIES_MAX = 120;

const data = mkdtempSync(join(tmpdir(), 'reelwatch-picture-'));
const demo = spawn(process.execPath, ['dist/main.js', 'demo', '--no-incident'], {
  env: { ...process.env, REELWATCH_PORT: String(port), REELWATCH_DATA_DIR: data },
  stdio: 'ignore',
});
try {
  await wait(75_000);
  await fetch(`${origin}/_sim/kling/faults`, { method: 'PUT', body: '{"kind":"bad_video","video":"black"}' });
  for (let tries = 0; tries < TRIES_MAX && !(await isDown()); tries++) await wait(1_000);
  await wait(10_000);
  const window = await browser.launch({
    executablePath: await chromium.executablePath(),
    args: chromium.args,
  });
  const page = await window.newPage({ viewport: { width, height: 900 }, deviceScaleFactor: 1 });
  await page.goto(`${origin}${path}`);
  await wait(1_500);
  await page.screenshot({ path: file, fullPage: true });
  await window.close();
} finally {
  demo.kill('SIGTERM');
  await new Promise((resolve) => demo.once('exit', resolve));
  rmSync(data, { recursive: true, force: true });
}

async function isDown(): Promise<boolean> {
  const status = (await (await fetch(`${origin}/v1/status`)).json()) as {
    targets: { id: string; incident: object | null }[];
  };
  return status.targets.some(({ id, incident }) => id.startsWith('kling/') && incident !== null);
}

/** Portkey's gateway takes our render: the process that its package ships, with fake providers behind it. */

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, expect, it } from 'vitest';
import type { Place, Shares } from '../../src/ports/render.ts';
import { portkey } from '../../src/routers/render/portkey.ts';
import { freePorts, until } from '../e2e/process.ts';
import { example, put } from './pages.ts';

const gateways: ChildProcess[] = [];
const fakes: HttpServer[] = [];
afterEach(() => {
  for (const child of gateways.splice(0)) child.kill('SIGKILL');
  for (const fake of fakes.splice(0)) fake.close();
});

async function startGateway(): Promise<string> {
  const file = fileURLToPath(import.meta.resolve('@portkey-ai/gateway/package.json'));
  const port = await freePorts();
  const script = join(dirname(file), 'build/start-server.js');
  const child = spawn(process.execPath, [script, `--port=${port}`, '--headless'], {
    env: { PATH: process.env['PATH'] ?? '', NODE_ENV: 'production' },
    stdio: 'ignore',
  });
  gateways.push(child);
  const url = `http://127.0.0.1:${port}`;
  await until(async () => ((await fetch(url)).ok ? url : null));
  return url;
}

/** A provider with OpenAI's API that answers with its own name. */
async function startProvider(
  name: string,
  isWell: () => boolean,
): Promise<{ url: string; jobs: () => number }> {
  let jobs = 0;
  const fake = createServer((request, response) => {
    request.resume().once('end', () => {
      jobs += 1;
      response.writeHead(isWell() ? 200 : 503, { 'content-type': 'application/json' });
      const message = { role: 'assistant', content: name };
      const choices = [{ index: 0, message, finish_reason: 'stop' }];
      response.end(
        JSON.stringify(isWell() ? { id: 'x', object: 'chat.completion', choices } : { error: {} }),
      );
    });
  });
  fakes.push(fake);
  await new Promise<void>((resolve) => fake.listen(0, '127.0.0.1', resolve));
  const address = fake.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}/v1`, jobs: () => jobs };
}

const sharesOf = (weights: Record<string, number>): Shares => ({
  route: 't2v.default',
  members: Object.entries(weights).map(([target, weight]) => ({
    target,
    weight,
    role: weight > 0 ? 'serve' : 'drain',
  })),
  fallback: Object.keys(weights),
});

/** The page's example as a program, with other addresses. */
async function runPage(reelwatch: string, gateway: string): Promise<string> {
  const code = put(example('portkey', 'js'), {
    'http://127.0.0.1:8780/v1/render/portkey/t2v.default': reelwatch,
    'http://127.0.0.1:8787': gateway,
  });
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code], {
    env: { PROVIDER_KEY: 'any' },
    timeout: 20_000,
  });
  return stdout;
}

async function order(gateway: string, config: string, path = '/v1/chat/completions'): Promise<string> {
  const answer = await fetch(`${gateway}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: 'Bearer any',
      // A header cannot hold the lines that make it readable.
      'x-portkey-config': JSON.stringify(JSON.parse(config)),
    },
    body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'a red ball' }] }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${answer.status} ${text}`);
  return (JSON.parse(text) as { choices: [{ message: { content: string } }] }).choices[0].message.content;
}

async function startReelwatch(config: string): Promise<string> {
  const fake = createServer((_request, response) => response.end(config));
  fakes.push(fake);
  await new Promise<void>((resolve) => fake.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(fake.address() as AddressInfo).port}/`;
}

it('is used as its page says, which also warns of what it loses', async () => {
  const a = await startProvider('a', () => true);
  const placeOf = (): Place => ({ provider: 'openai', model: 'm', region: null, address: a.url });
  const config = portkey.write(sharesOf({ 'p/a': 100 }), placeOf);
  const gateway = await startGateway();

  expect(JSON.parse(await runPage(await startReelwatch(config), gateway))).toMatchObject({
    choices: [{ message: { content: 'a' } }],
  });
  expect(a.jobs()).toBe(1);
  await expect(order(gateway, config, '/v1/videos')).rejects.toThrow('500');
  expect(a.jobs()).toBe(2);
});

it('is shared out by weight, goes nowhere without, and tries the next after a failure', async () => {
  let isAWell = true;
  const [a, b, c] = [
    await startProvider('a', () => isAWell),
    await startProvider('b', () => true),
    await startProvider('c', () => true),
  ];
  const places: Record<string, string> = { 'p/a': a.url, 'p/b': b.url, 'p/c': c.url };
  const placeOf = (target: string): Place => ({
    provider: 'openai',
    model: target,
    region: null,
    address: places[target] ?? null,
  });
  const gateway = await startGateway();

  const config = portkey.write(sharesOf({ 'p/a': 70, 'p/b': 30, 'p/c': 0 }), placeOf);
  const counts: Record<string, number> = {};
  for (let i = 0; i < 200; i++) {
    const name = await order(gateway, config);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  expect(counts['c']).toBeUndefined();
  expect(counts['a']).toBeGreaterThan(112);
  expect(counts['a']).toBeLessThan(168);

  isAWell = false;
  const before = { a: a.jobs(), b: b.jobs() };
  const only = portkey.write(sharesOf({ 'p/a': 100, 'p/b': 0, 'p/c': 0 }), placeOf);
  expect(await order(gateway, only)).toBe('b');
  expect([a.jobs() - before.a, b.jobs() - before.b]).toEqual([1, 1]);
});

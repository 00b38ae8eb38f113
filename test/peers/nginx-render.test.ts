/** nginx takes our upstream, and shares requests out by its weights. */

import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { createServer, type Server as HttpServer } from 'node:http';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, it, onTestFinished } from 'vitest';
import { nginx } from '../../src/routers/render/nginx.ts';
import { freePorts, until } from '../e2e/process.ts';
import { createWorld } from '../web/world.ts';
import { example, put } from './pages.ts';

const children: ChildProcess[] = [];
const fakes: HttpServer[] = [];
const directories: string[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGTERM');
  for (const fake of fakes.splice(0)) fake.close();
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

async function startFake(name: string): Promise<string> {
  const fake = createServer((_request, response) => response.end(name));
  fakes.push(fake);
  await new Promise<void>((resolve) => fake.listen(0, '127.0.0.1', resolve));
  const address = fake.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}`;
}

const newJob = async (url: string) => (await fetch(url, { method: 'POST' })).text();

/** nginx with the page's server. What it is to include may be written anew; `bin` has an `nginx` that means this one. */
async function startNginx(upstream: string): Promise<{ url: string; directory: string; bin: string }> {
  const directory = mkdtempSync(join(tmpdir(), 'reelwatch-nginx-'));
  directories.push(directory);
  for (const name of ['logs', 'bin']) mkdirSync(join(directory, name));
  const port = await freePorts();
  const page = put(example('nginx-render', 'nginx'), {
    '/etc/nginx/reelwatch': directory,
    'listen 8080': `listen 127.0.0.1:${port}`,
  });
  writeFileSync(join(directory, 't2v.conf'), upstream);
  writeFileSync(
    join(directory, 'nginx.conf'),
    `worker_processes 1; pid ${directory}/pid; error_log ${directory}/error.log;
events {}
http {
  access_log off;
  client_body_temp_path ${directory}/t1; proxy_temp_path ${directory}/t2; fastcgi_temp_path ${directory}/t3;
  uwsgi_temp_path ${directory}/t4; scgi_temp_path ${directory}/t5;
  ${page}
}
`,
  );
  const args = ['-p', directory, '-c', join(directory, 'nginx.conf'), '-e', join(directory, 'error.log')];
  const bin = join(directory, 'bin');
  const own = `#!/bin/sh\necho "$@" >> ${directory}/calls\nPATH=\${PATH#*:} exec nginx ${args.join(' ')} "$@"\n`;
  writeFileSync(join(bin, 'nginx'), own, { mode: 0o755 });
  const tested = spawnSync('nginx', [...args, '-t'], { encoding: 'utf8' });
  if (tested.error) throw new Error('nginx is missing: apt-get install nginx', { cause: tested.error });
  expect(tested.stderr).toContain('test is successful');
  children.push(spawn('nginx', [...args, '-g', 'daemon off;'], { stdio: 'ignore' }));
  const url = `http://127.0.0.1:${port}/v1/videos`;
  await until(async () => ((await fetch(url)).ok ? true : null));
  return { url, directory, bin };
}

it('is shared out exactly by weight, and not at all to what is down', async () => {
  const places: Record<string, string> = {};
  for (const name of ['a', 'b', 'c']) places[`p/${name}`] = await startFake(name);
  const upstream = nginx.write(
    {
      route: 't2v.default',
      members: [
        { target: 'p/a', weight: 75, role: 'serve' },
        { target: 'p/b', weight: 25, role: 'serve' },
        { target: 'p/c', weight: 0, role: 'drain' },
      ],
      fallback: [],
    },
    (target) => ({ provider: 'p', model: target, region: null, address: places[target] ?? null }),
  );
  const { url } = await startNginx(upstream);

  const counts: Record<string, number> = {};
  for (let i = 0; i < 200; i++) {
    const name = await newJob(url);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  expect(counts).toEqual({ a: 150, b: 50 });
});

it('is fetched, tested and loaded by the script of the page, and taken back where nginx refuses it', async () => {
  const world = createWorld();
  for (const setting of world.settings.targets) setting.address = await startFake(setting.target.id);
  const server = world.server(undefined, { renders: [nginx] });
  const reelwatch = await server.listen(0, '127.0.0.1');
  onTestFinished(() => server.close());
  const render = `${reelwatch.url}/v1/render/nginx/t2v.default`;
  const { url, directory, bin } = await startNginx(await (await fetch(render)).text());
  const script = put(example('nginx-render', 'sh'), {
    '/etc/nginx/reelwatch': directory,
    'http://127.0.0.1:8780/v1/render/nginx/t2v.default': render,
  });
  const env = { PATH: `${bin}:${process.env['PATH'] ?? ''}` };
  const run = () =>
    promisify(execFile)('sh', ['-c', script], { env }).then(
      () => 'done',
      ({ stderr }: { stderr: string }) => stderr,
    );
  const calls = () => readFileSync(join(directory, 'calls'), 'utf8').trim().split('\n');
  const served = async () => new Set(await Promise.all(Array.from({ length: 30 }, () => newJob(url))));
  const [kling = ''] = world.settings.routes[0]?.members.map(({ target }) => target) ?? [];
  expect(await run()).toBe('done');
  expect(await served()).toContain(kling);

  world.set(kling, { health: 'down' });
  const config = readFileSync(join(directory, 'nginx.conf'), 'utf8');
  writeFileSync(join(directory, 'nginx.conf'), config.replace('access_log off;', 'acces_log off;'));
  expect(await run()).toContain('unknown directive "acces_log"');
  expect(readFileSync(join(directory, 't2v.conf'), 'utf8')).not.toContain('down');
  writeFileSync(join(directory, 'nginx.conf'), config);
  expect(await run()).toBe('done');
  await until(async () => ((await served()).has(kling) ? null : true), 5_000);

  const before = calls();
  expect(before).toEqual(['-t', '-s reload', '-t', '-t', '-s reload']);
  expect(await run()).toBe('done');
  expect(calls()).toEqual(before);
});

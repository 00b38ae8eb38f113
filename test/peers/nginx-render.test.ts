/** nginx takes our upstream, and shares requests out by its weights. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createServer, type Server as HttpServer } from 'node:http';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { nginx } from '../../src/routers/render/nginx.ts';
import { freePorts, until } from '../e2e/process.ts';

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
  const directory = mkdtempSync(join(tmpdir(), 'reelwatch-nginx-'));
  directories.push(directory);
  mkdirSync(join(directory, 'logs'));
  const port = await freePorts();
  writeFileSync(join(directory, 'route.conf'), upstream);
  writeFileSync(
    join(directory, 'nginx.conf'),
    `daemon off; worker_processes 1; pid ${directory}/pid; error_log ${directory}/error.log;
events {}
http {
  access_log off;
  client_body_temp_path ${directory}/t1; proxy_temp_path ${directory}/t2; fastcgi_temp_path ${directory}/t3;
  uwsgi_temp_path ${directory}/t4; scgi_temp_path ${directory}/t5;
  include ${directory}/route.conf;
  server { listen 127.0.0.1:${port}; location / { proxy_pass http://t2v.default; } }
}
`,
  );
  const args = ['-p', directory, '-c', join(directory, 'nginx.conf'), '-e', join(directory, 'error.log')];
  const tested = spawnSync('nginx', [...args, '-t'], { encoding: 'utf8' });
  if (tested.error) throw new Error('nginx is missing: apt-get install nginx', { cause: tested.error });
  expect(tested.stderr).toContain('test is successful');
  children.push(spawn('nginx', args, { stdio: 'ignore' }));
  const url = `http://127.0.0.1:${port}/`;
  await until(async () => ((await fetch(url)).ok ? true : null));

  const counts: Record<string, number> = {};
  for (let i = 0; i < 200; i++) {
    const name = await (await fetch(url)).text();
    counts[name] = (counts[name] ?? 0) + 1;
  }
  expect(counts).toEqual({ a: 150, b: 50 });
});

/** A real nginx that runs the examples of docs/routers/nginx.md. */

import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { nginx } from '../../src/routers/nginx.ts';
import { systemClock } from '../../src/system/clock.ts';
import { NO_HTTP, NO_SIGNER, NO_TCP } from '../app/world.ts';
import { until } from '../e2e/process.ts';
import { example, put, routerIn } from './pages.ts';
import { serversOf } from './plans.ts';
import { folder, freePort, need, startPeer } from './process.ts';
import type { Backend } from './process.ts';

const SCRIPT = join(import.meta.dirname, '../../config/nginx/reelwatch.js');
const NJS_MODULE = '/usr/lib/nginx/modules/ngx_http_js_module.so';

export interface Nginx {
  port: number;
  dir: string;
  /** What reelwatch writes. */
  file: string;
  sink: ReturnType<typeof nginx.create>;
  said: () => string;
}

/** `servers`: an upstream that includes the file. `json`: njs chooses. The file holds `first` before anybody pushes. */
export async function startNginx(
  backends: readonly Backend[],
  write: 'servers' | 'json',
  first: string,
): Promise<Nginx> {
  need('nginx', 'nginx');
  if (write === 'json' && !existsSync(NJS_MODULE))
    throw new Error('njs is not installed: install it with `apt-get install libnginx-mod-http-js`');
  const dir = folder();
  const port = await freePort();
  const config = join(dir, 'nginx.conf');
  const file = join(dir, write === 'json' ? 't2v.json' : 't2v.servers');
  mkdirSync(join(dir, 'temp'));
  copyFileSync(SCRIPT, join(dir, 'reelwatch.js'));
  writeFileSync(file, first);
  writeFileSync(config, configOf({ dir, port, file }, backends, write === 'json'));
  const args = ['-p', dir, '-c', config, '-e', join(dir, 'error.log')];
  const checked = spawnSync('nginx', ['-t', ...args], { encoding: 'utf8' });
  if (checked.status !== 0) throw new Error(checked.stderr);
  const peer = startPeer('nginx', [...args, '-g', 'daemon off;']);
  await until(async () => {
    if (peer.isOver()) throw new Error(peer.said());
    return (await fetch(`http://127.0.0.1:${port}/v1/videos/none`).catch(() => null)) === null ? null : true;
  }, 10_000);
  const { id: _, ...page } = routerIn('nginx', {}, write === 'json' ? 1 : 0);
  expect(nginx.options.parse(page)).toMatchObject({ write });
  const options = nginx.options.parse({
    ...page,
    servers: serversOf((_, n) => `127.0.0.1:${backends[n]?.port ?? 0}`),
    files: { t2v: file },
    test: ['nginx', '-t', ...args],
    pidFile: join(dir, 'nginx.pid'),
  });
  const sink = nginx.create({ options, http: NO_HTTP, tcp: NO_TCP, signer: NO_SIGNER, clock: systemClock });
  return { port, dir, file, sink, said: peer.said };
}

/** The page's example among what a test needs beside it: no rights, no files outside its directory. */
function configOf(
  at: { dir: string; port: number; file: string },
  all: readonly Backend[],
  js: boolean,
): string {
  const places = Object.fromEntries(all.map(({ port }, n) => [`10.0.0.${n + 1}:8101`, `127.0.0.1:${port}`]));
  const page = put(example('nginx', 'nginx', js ? 1 : 0), {
    'listen 8080': `listen 127.0.0.1:${at.port}`,
    ...(js
      ? {
          'modules/ngx_http_js_module.so': NJS_MODULE,
          '/etc/nginx/reelwatch/reelwatch.js': join(at.dir, 'reelwatch.js'),
          '/var/lib/reelwatch/t2v.json': at.file,
        }
      : { '/etc/nginx/reelwatch/t2v.servers': at.file, ...places }),
  });
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${at.dir}/temp/${name};`,
  );
  const http = `http {\n  access_log off;\n  ${temporary.join('\n  ')}`;
  const main = `${process.getuid?.() === 0 ? 'user root;' : ''}\nworker_processes 2;\npid ${at.dir}/nginx.pid;\n`;
  if (js) return main + put(page, { 'http {': http });
  return `${main}events {}\n${http}\n${page}}\n`;
}

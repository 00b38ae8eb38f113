/** A real nginx with the configurations of docs/routers/nginx.md. */

import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nginx } from '../../src/routers/nginx.ts';
import { systemClock } from '../../src/system/clock.ts';
import { NO_HTTP, NO_TCP } from '../app/world.ts';
import { until } from '../e2e/process.ts';
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
  writeFileSync(config, configOf(dir, port, write, file));
  const args = ['-p', dir, '-c', config, '-e', join(dir, 'error.log')];
  const checked = spawnSync('nginx', ['-t', ...args], { encoding: 'utf8' });
  if (checked.status !== 0) throw new Error(checked.stderr);
  const peer = startPeer('nginx', [...args, '-g', 'daemon off;']);
  await until(async () => {
    if (peer.isOver()) throw new Error(peer.said());
    return (await fetch(`http://127.0.0.1:${port}/up`).catch(() => null)) === null ? null : true;
  }, 10_000);
  const options = nginx.options.parse({
    servers: serversOf((_, n) => `127.0.0.1:${backends[n]?.port ?? 0}`),
    files: { t2v: file },
    write,
    test: ['nginx', '-t', ...args],
    pidFile: join(dir, 'nginx.pid'),
  });
  const sink = nginx.create({ options, http: NO_HTTP, tcp: NO_TCP, clock: systemClock });
  return { port, dir, file, sink, said: peer.said };
}

function configOf(dir: string, port: number, write: 'servers' | 'json', file: string): string {
  const js = write === 'json';
  return `${process.getuid?.() === 0 ? 'user root;' : ''}
${js ? `load_module ${NJS_MODULE};` : ''}
worker_processes 2;
pid ${dir}/nginx.pid;
events { worker_connections 512; }
http {
  access_log off;
  client_body_temp_path ${dir}/temp/body; proxy_temp_path ${dir}/temp/proxy; fastcgi_temp_path ${dir}/temp/fastcgi;
  uwsgi_temp_path ${dir}/temp/uwsgi; scgi_temp_path ${dir}/temp/scgi;
  ${
    js
      ? `js_import reelwatch from ${dir}/reelwatch.js;
  js_var $reelwatch_file ${file};
  js_set $reelwatch_server reelwatch.server;`
      : `upstream t2v { include ${file}; keepalive 32; }`
  }
  server {
    listen 127.0.0.1:${port};
    location = /up { return 204; }
    location / {
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_pass http://${js ? '$reelwatch_server' : 't2v'};
    }
  }
}
`;
}

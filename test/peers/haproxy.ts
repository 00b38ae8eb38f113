/** A real HAProxy that runs the examples of docs/routers/haproxy-socket.md and haproxy-agent.md. */

import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/system/clock.ts';
import { createTcp } from '../../src/system/tcp.ts';
import { noSignal } from '../alerts/doors.ts';
import { until } from '../e2e/process.ts';
import { example, put } from './pages.ts';
import { folder, freePort, need, startPeer } from './process.ts';
import type { Peer } from './process.ts';

export const tcp = createTcp({ clock: systemClock });

export interface Haproxy {
  port: number;
  socket: string;
  tcpSocket: string;
  /** Runs commands of the runtime API. */
  ask: (commands: string) => Promise<string>;
  /** Server -> weight, as HAProxy has it now. */
  weights: () => Promise<Record<string, number>>;
  /** Replaces the process; running connections go on in the old one. */
  reload: (options: { keepState: boolean }) => Promise<void>;
}

interface Agent {
  /** With agent checks, asked there. */
  agentPort?: number;
  agentInterMs?: number;
}

export async function startHaproxy(
  backends: readonly { name: string; port: number }[],
  options: Agent = {},
): Promise<Haproxy> {
  need('haproxy', 'haproxy');
  const dir = folder();
  const [port, admin] = [await freePort(), await freePort()];
  const socket = join(dir, 'admin.sock');
  const file = join(dir, 'haproxy.cfg');
  writeFileSync(file, configOf(backends, { dir, socket, port, admin, ...options }));
  const checked = spawnSync('haproxy', ['-c', '-f', file], { encoding: 'utf8' });
  if (checked.status !== 0) throw new Error(checked.stderr);
  const ask = (commands: string) =>
    tcp.ask({ path: socket }, `${commands}\n`, { charactersMax: 100_000, timeMsMax: 3_000 }, noSignal());
  const up = (peer: Peer) =>
    until(async () => {
      if (peer.isOver()) throw new Error(peer.said());
      const info = existsSync(socket) ? await ask('show info') : '';
      return info.includes(`Pid: ${peer.pid}\n`) ? true : null;
    }, 10_000);
  let peer = startPeer('haproxy', ['-db', '-f', file]);
  await up(peer);
  return {
    port,
    socket,
    tcpSocket: `127.0.0.1:${admin}`,
    ask,
    weights: async () => weightsIn(await ask('show servers state t2v')),
    reload: async ({ keepState }) => {
      if (keepState) writeFileSync(join(dir, 'state'), await ask('show servers state'));
      const old = peer;
      peer = startPeer('haproxy', ['-db', '-f', file, '-sf', String(old.pid)]);
      await up(peer);
    },
  };
}

/** The page's configuration; with an agent its backend is that of the other page. */
function configOf(
  backends: readonly { name: string; port: number }[],
  at: Agent & { dir: string; socket: string; port: number; admin: number },
): string {
  const page = put(example('haproxy-socket', 'haproxy'), {
    '/run/haproxy/reelwatch.sock': at.socket,
    'user reelwatch': `user ${userInfo().username}`,
    '# stats socket ipv4@127.0.0.1:9999': `stats socket ipv4@127.0.0.1:${at.admin}`,
    '/var/lib/haproxy': at.dir,
    'bind :8080': `bind 127.0.0.1:${at.port}`,
  });
  const own = page.indexOf('\nbackend t2v\n') + 1;
  const asked = () =>
    page.slice(0, own) +
    put(example('haproxy-agent', 'haproxy'), {
      'agent-port 9701': `agent-port ${at.agentPort}`,
      'agent-inter 2s': `agent-inter ${at.agentInterMs ?? 500}ms`,
    });
  return (at.agentPort === undefined ? page : asked())
    .split('\n')
    .flatMap((line) => {
      const [, name] = /^ *server (\S+) /.exec(line) ?? [];
      const place = backends.find((one) => one.name === name);
      if (name === undefined) return [line];
      return place === undefined ? [] : [line.replace(/10\.0\.0\.\d:\d+/, `127.0.0.1:${place.port}`)];
    })
    .join('\n');
}

/** Read by position, as the manual of 2.6 has it: not with the eyes of the adapter. */
function weightsIn(state: string): Record<string, number> {
  const rows = state.split('\n').filter((line) => /^\d+ t2v /.test(line));
  return Object.fromEntries(
    rows.map((row) => row.split(' ')).map((fields) => [fields[3] ?? '', Number(fields[7])]),
  );
}

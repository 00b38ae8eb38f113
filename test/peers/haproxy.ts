/** A real HAProxy with the configuration of docs/routers/haproxy-socket.md and haproxy-agent.md. */

import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../src/system/clock.ts';
import { createTcp } from '../../src/system/tcp.ts';
import { noSignal } from '../alerts/doors.ts';
import { until } from '../e2e/process.ts';
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

export async function startHaproxy(
  backends: readonly { name: string; port: number }[],
  options: { agentPort?: number; agentInterMs?: number; server?: string } = {},
): Promise<Haproxy> {
  need('haproxy', 'haproxy');
  const dir = folder();
  const [port, admin] = [await freePort(), await freePort()];
  const socket = join(dir, 'admin.sock');
  const file = join(dir, 'haproxy.cfg');
  const agent =
    options.agentPort === undefined
      ? ''
      : `agent-check agent-addr 127.0.0.1 agent-port ${options.agentPort} agent-inter ${options.agentInterMs ?? 500}ms`;
  const servers = backends.map(
    ({ name, port }) =>
      `    server ${name} 127.0.0.1:${port}${agent === '' ? '' : ` agent-send "t2v/${name}\\n"`}`,
  );
  writeFileSync(
    file,
    `global
    stats socket ${socket} mode 600 level admin
    stats socket ipv4@127.0.0.1:${admin} level admin
    server-state-base ${dir}
    server-state-file state
defaults
    mode http
    timeout connect 2s
    timeout client 30s
    timeout server 30s
    load-server-state-from-file global
frontend api
    bind 127.0.0.1:${port}
    default_backend t2v
backend t2v
    balance roundrobin
    stick-table type string len 64 size 100k expire 2h
    stick store-response res.hdr(x-job-id) if { res.hdr(x-job-id) -m found }
    stick match path,field(4,/) if { method GET }
    default-server weight 100 ${agent}
${servers.join('\n')}
`,
  );
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

/** Read by position, as the manual of 2.6 has it: not with the eyes of the adapter. */
function weightsIn(state: string): Record<string, number> {
  const rows = state.split('\n').filter((line) => /^\d+ t2v /.test(line));
  return Object.fromEntries(
    rows.map((row) => row.split(' ')).map((fields) => [fields[3] ?? '', Number(fields[7])]),
  );
}

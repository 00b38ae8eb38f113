/**
 * What the status API bears, beside nginx that serves the same bytes from a file: polls with and without If-None-Match,
 * by wrk from a process of its own, server and load on one core each; then 1,000 long polls and 1,000 listeners woken by
 * one change. Linux only, with nginx and wrk: `apt-get install nginx wrk`. Shares of a core are counted from /proc, so
 * that what else runs on the machine weighs less.
 * `npm run bench:status -- --seconds 5 --rounds 3 --clients 1000`
 */

import { type ChildProcess, fork, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { freePorts, until } from '../test/e2e/process.ts';

/** The clock ticks that /proc counts processor time in: USER_HZ is 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
const CONNECTIONS = 32;
const RATIO_MIN = 0.5;
const WAKE_P99_MS_MAX = 100;
const LOOP_P99_MS_MAX = 20;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    clients: { type: 'string', default: '1000' },
  },
});
const [seconds, rounds, clients] = [values.seconds, values.rounds, values.clients].map(Number) as [
  number,
  number,
  number,
];
if (![seconds, rounds, clients].every((number) => Number.isInteger(number) && number > 0)) {
  console.error('Expected --seconds N, --rounds N and --clients N.');
  process.exit(2);
}
for (const [program, flag] of [
  ['wrk', '-v'],
  ['nginx', '-v'],
  ['taskset', '-V'],
] as const)
  if (spawnSync(program, [flag]).error) {
    console.error(`${program} is missing: apt-get install nginx wrk util-linux`);
    process.exit(1);
  }

const directory = mkdtempSync(join(tmpdir(), 'reelwatch-bench-'));
const children: ChildProcess[] = [];
try {
  await measure();
} finally {
  for (const child of children) child.kill('SIGTERM');
  rmSync(directory, { recursive: true, force: true });
}

async function measure(): Promise<void> {
  const server = startOn(0, 'bench-status-server.ts');
  const { port } = (await answer(server)) as { port: number };
  const url = `http://127.0.0.1:${port}/v1/status`;
  const first = await fetch(url, { headers: { 'accept-encoding': 'identity' } });
  const body = await first.text();
  const nginx = await startNginx(body);
  const etag = (await fetch(nginx.url)).headers.get('etag') ?? '';
  console.log(`Node ${process.version}, a document of ${body.length} bytes, ${CONNECTIONS} connections`);
  await loop(server);
  const ratios = [
    ratioOf('304', [url, server.pid ?? 0, first.headers.get('etag') ?? ''], [nginx.url, nginx.pid, etag]),
    ratioOf('200', [url, server.pid ?? 0, null], [nginx.url, nginx.pid, null]),
  ];
  console.log(`event loop p99 while polled ${(await loop(server)).toFixed(1)} ms (it is saturated)`);
  const load = startOn(1, 'bench-status-load.ts');
  const polls = await wake(server, load, port, 'poll');
  const listeners = await wake(server, load, port, 'listen');
  verdict('304s per core beside nginx', ratios[0] ?? 0, RATIO_MIN, 'at least');
  for (const { p99, loopMs } of [polls, listeners]) {
    verdict('p99 of waking, ms', p99, WAKE_P99_MS_MAX, 'at most');
    verdict('event loop p99 while waking, ms', loopMs, LOOP_P99_MS_MAX, 'at most');
  }
}

function verdict(what: string, value: number, aim: number, side: 'at least' | 'at most'): void {
  const isReached = side === 'at least' ? value >= aim : value <= aim;
  console.log(`aim: ${what} ${side} ${aim}: ${value.toFixed(2)}, ${isReached ? 'reached' : 'missed'}`);
}

/** Ours and nginx in turns, so that both meet the same neighbours. */
function ratioOf(
  name: string,
  ours: [url: string, pid: number, tag: string | null],
  theirs: [url: string, pid: number, tag: string | null],
): number {
  poll(ours);
  const pairs = Array.from({ length: rounds }, () => ({ ours: poll(ours), theirs: poll(theirs) }));
  const median = (numbers: number[]) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
  const perCore = {
    ours: median(pairs.map((pair) => pair.ours.perCpuSecond)),
    theirs: median(pairs.map((pair) => pair.theirs.perCpuSecond)),
  };
  const rate = median(pairs.map((pair) => pair.ours.perSecond));
  const rateTheirs = median(pairs.map((pair) => pair.theirs.perSecond));
  const ratio = perCore.ours / perCore.theirs;
  console.log(
    `${name}: reelwatch ${round(perCore.ours)} per core second (${round(rate)}/s), ` +
      `nginx ${round(perCore.theirs)} (${round(rateTheirs)}/s), ratio ${ratio.toFixed(2)}`,
  );
  return ratio;
}

function poll([url, pid, tag]: [url: string, pid: number, tag: string | null]) {
  const header = tag === null ? [] : ['-H', `If-None-Match: ${tag}`];
  const before = cpuSecondsOf(pid);
  const args = ['-c', '1', 'wrk', '-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, ...header, url];
  const { stdout } = spawnSync('taskset', args, { encoding: 'utf8' });
  const count = Number(/(\d+) requests in/.exec(stdout)?.[1]);
  if (!(count > 0) || /Non-2xx or 3xx/.test(stdout)) throw new Error(`wrk said:\n${stdout}`);
  return {
    perCpuSecond: count / (cpuSecondsOf(pid) - before),
    perSecond: Number(/Requests\/sec:\s+(\S+)/.exec(stdout)?.[1]),
  };
}

/** How long after one change each of the clients has heard of it, and how late the server's loop ran meanwhile. */
async function wake(server: ChildProcess, load: ChildProcess, port: number, kind: 'poll' | 'listen') {
  const all: number[] = [];
  await loop(server);
  for (let n = 0; n < rounds; n++) {
    const { headers } = await fetch(`http://127.0.0.1:${port}/v1/weights/t2v.default`);
    const opened = answer(load);
    load.send({ kind, port, index: headers.get('reelwatch-index'), count: clients });
    await opened;
    // What was written must have been read, too.
    await wait(1_000);
    const changed = answer(server);
    server.send('change');
    const { changedAt } = (await changed) as { changedAt: string };
    const heardAt = await until(async () => {
      const told = answer(load);
      load.send('heard');
      const { heardAt } = (await told) as { heardAt: string[] };
      return heardAt.length === clients ? heardAt : null;
    });
    all.push(...heardAt.map((at) => Number(BigInt(at) - BigInt(changedAt)) / 1e6));
  }
  all.sort((a, b) => a - b);
  const at = (share: number) => all[Math.min(all.length - 1, Math.floor(share * all.length))] ?? NaN;
  const loopMs = await loop(server);
  const name = kind === 'poll' ? 'long polls' : 'listeners';
  console.log(
    `${clients} ${name} woken: p50 ${at(0.5).toFixed(0)} ms, p99 ${at(0.99).toFixed(0)} ms, last ${at(1).toFixed(0)} ms, ` +
      `event loop p99 ${loopMs.toFixed(1)} ms`,
  );
  return { p99: at(0.99), loopMs };
}

async function loop(server: ChildProcess): Promise<number> {
  const told = answer(server);
  server.send('loop');
  return ((await told) as { p99Ms: number }).p99Ms;
}

async function answer(child: ChildProcess): Promise<unknown> {
  const [message] = (await once(child, 'message')) as [unknown];
  return message;
}

function startOn(core: number, script: string): ChildProcess {
  const child = fork(join(import.meta.dirname, script), { stdio: 'inherit' });
  spawnSync('taskset', ['-acp', String(core), String(child.pid)]);
  child.once('exit', (code) => {
    if (code !== null && code !== 0) throw new Error(`${script} ended with ${code}`);
  });
  children.push(child);
  return child;
}

async function startNginx(body: string): Promise<{ url: string; pid: number }> {
  mkdirSync(join(directory, 'v1'));
  writeFileSync(join(directory, 'v1/status'), body);
  const port = await freePorts();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${directory}/${name};`,
  );
  writeFileSync(
    join(directory, 'nginx.conf'),
    `daemon off; master_process off; worker_processes 1; pid ${directory}/pid; error_log ${directory}/error.log;
user ${process.getuid?.() === 0 ? 'root' : 'nobody'};
events { worker_connections 1024; }
http { access_log off; default_type application/json; ${temporary.join(' ')}
  open_file_cache max=10; sendfile on; tcp_nopush on;
  server { listen 127.0.0.1:${port}; root ${directory}; add_header Cache-Control "private, max-age=5"; } }
`,
  );
  const args = ['-p', directory, '-c', join(directory, 'nginx.conf'), '-e', join(directory, 'error.log')];
  const child = spawn('taskset', ['-c', '0', 'nginx', ...args], { stdio: 'inherit' });
  children.push(child);
  const url = `http://127.0.0.1:${port}/v1/status`;
  await until(async () => ((await fetch(url)).ok ? true : null));
  return { url, pid: child.pid ?? 0 };
}

/** Processor time of a process (proc(5): utime, stime). */
function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function round(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/**
 * What the status API bears: polls with and without If-None-Match, by wrk from a process of its own, beside a bare
 * `node:http` server that answers the same bytes and nginx that serves them from a file; then 1,000 long polls and 1,000
 * listeners woken by one change, beside a bare TCP server that writes the same bytes to as many. Servers take turns on
 * one core, clients have the other. Processor time is counted from /proc, and figures are medians of rounds, so that what
 * else runs on the machine weighs less. The server has the daemon's own flags, the bare ones have Node's. Linux only, with
 * nginx and wrk: `apt-get install nginx wrk`.
 * `npm run bench:status -- --seconds 4 --rounds 5 --clients 1000 --only polls|wakes`
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
const RATIO_MIN = 0.85;
const WAKE_P99_MS_MAX = 100;
const LOOP_P99_MS_MAX = 20;
/** After this, a thousand new connections are quiet even on a busy machine. */
const SETTLE_MS = 2_000;

/** As long as the ones that reelwatch sends. */
const EVENT =
  '52\r\nid: 7.1234\nevent: changed\ndata: {"index":"7.1234","epoch":7,"generation":1234}\n\n\r\n';

/** Each request with a number of its own. */
const VARY = `local n = 0
request = function() n = n + 1; wrk.headers["X-Number"] = n; return wrk.format() end`;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '5' },
    clients: { type: 'string', default: '1000' },
    only: { type: 'string' },
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
  const whole = { headers: first.headers, body: await first.text() };
  console.log(
    `Node ${process.version}, a document of ${whole.body.length} bytes, ${CONNECTIONS} connections`,
  );
  if (values.only !== 'wakes') await measurePolls({ url, pid: server.pid ?? 0 }, whole);
  if (values.only !== 'polls') await measureWakes({ server, port }, whole);
}

interface Whole {
  headers: Headers;
  body: string;
}

async function measurePolls(own: { url: string; pid: number }, whole: Whole): Promise<void> {
  const tag = whole.headers.get('etag') ?? '';
  const same = await fetch(own.url, { headers: { 'if-none-match': tag } });
  const nginx = await startNginx(whole, same.headers);
  const theirs = (await fetch(nginx.url)).headers.get('etag') ?? '';
  const servers: Record<string, Polled> = {
    reelwatch: { ...own, tag },
    'bare node:http': { ...(await startBare(whole, same.headers, tag)), tag },
    nginx: { ...nginx, tag: theirs },
  };
  const ratio = compare('304', servers);
  compare('304, no two requests alike', servers, true);
  for (const one of Object.values(servers)) one.tag = null;
  compare('200', servers);
  verdict('304s per core beside bare node:http', ratio, RATIO_MIN, 'at least');
}

async function measureWakes({ server, port }: { server: ChildProcess; port: number }, whole: Whole) {
  const floor = startOn(0, 'bench-status-floor.ts');
  const { port: floorPort } = (await answer(floor)) as { port: number };
  const load = startOn(1, 'bench-status-load.ts');
  const head = [...whole.headers].map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const said = { poll: `HTTP/1.1 200 OK\r\n${head}\r\n${whole.body}`, listen: EVENT };
  const greeting = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\nretry: 3000\n\n';
  const indexOf = async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/v1/status`);
    await answer.arrayBuffer();
    return answer.headers.get('reelwatch-index') ?? '';
  };
  for (const kind of ['poll', 'listen'] as const) {
    await told(floor, { first: kind === 'poll' ? '' : greeting, change: said[kind] });
    const below = { server: floor, port: floorPort, indexOf: async () => '7.1' };
    await wake(kind, load, { server, port, indexOf }, below);
  }
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;
}

function verdict(what: string, value: number, aim: number, side: 'at least' | 'at most'): void {
  const isReached = side === 'at least' ? value >= aim : value <= aim;
  console.log(`aim: ${what} ${side} ${aim}: ${value.toFixed(2)}, ${isReached ? 'reached' : 'missed'}`);
}

interface Polled {
  url: string;
  pid: number;
  /** What `If-None-Match` says; null for none. */
  tag: string | null;
}

/** All servers in turns, so that they meet the same neighbours. @returns the first beside the second */
function compare(name: string, servers: Readonly<Record<string, Polled>>, isVaried = false): number {
  const all = Object.entries(servers);
  for (const [, one] of all) poll(one, isVaried);
  const polled = Array.from({ length: rounds }, () => all.map(([, one]) => poll(one, isVaried)));
  const [first = NaN, second = NaN, ...others] = all.map((_server, n) =>
    median(polled.map((round) => round[n]?.perCpuSecond ?? NaN)),
  );
  const cells = all.map(([server], n) => {
    const perSecond = median(polled.map((round) => round[n]?.perSecond ?? NaN));
    const perCore = [first, second, ...others][n] ?? NaN;
    const beside = n === 0 ? '' : `, ratio ${(first / perCore).toFixed(2)}`;
    return `${server} ${round(perCore)} per core second (${round(perSecond)}/s)${beside}`;
  });
  console.log(`${name}: ${cells.join('; ')}`);
  return first / second;
}

function poll({ url, pid, tag }: Polled, isVaried: boolean) {
  const header = tag === null ? [] : ['-H', `If-None-Match: ${tag}`];
  const script = join(directory, 'vary.lua');
  writeFileSync(script, VARY);
  const before = cpuSecondsOf(pid);
  const more = [...header, ...(isVaried ? ['-s', script] : [])];
  const args = ['-c', '1', 'wrk', '-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, ...more, url];
  const { stdout } = spawnSync('taskset', args, { encoding: 'utf8' });
  const count = Number(/(\d+) requests in/.exec(stdout)?.[1]);
  if (!(count > 0) || /Non-2xx or 3xx/.test(stdout)) throw new Error(`wrk said:\n${stdout}`);
  return {
    perCpuSecond: count / (cpuSecondsOf(pid) - before),
    perSecond: Number(/Requests\/sec:\s+(\S+)/.exec(stdout)?.[1]),
  };
}

interface Place {
  server: ChildProcess;
  port: number;
  /** What its clients know before the change. */
  indexOf: () => Promise<string>;
}
interface Wake {
  p50: number;
  p99: number;
  /** Processor time of the server from the change to the last client's word. */
  cpuMs: number;
  loopMs: number;
}

/** How long after one change each of the clients has heard of it: ours and the floor in turns. */
async function wake(kind: 'poll' | 'listen', load: ChildProcess, ours: Place, floor: Place): Promise<void> {
  // The first round warms both up.
  const rounds_ = [];
  for (let n = 0; n <= rounds; n++)
    rounds_.push({ ours: await wakeOnce(kind, load, ours), floor: await wakeOnce(kind, load, floor) });
  const counted = rounds_.slice(1);
  const all = (side: 'ours' | 'floor', what: keyof Wake) => counted.map((round) => round[side][what]);
  const line = (side: 'ours' | 'floor') =>
    `p50 ${median(all(side, 'p50')).toFixed(0)} ms, p99 ${median(all(side, 'p99')).toFixed(0)} ms ` +
    `(worst of ${rounds} ${Math.max(...all(side, 'p99')).toFixed(0)}), ${median(all(side, 'cpuMs')).toFixed(0)} ms of processor`;
  const name = kind === 'poll' ? 'long polls' : 'listeners';
  const times = median(counted.map((round) => round.ours.p99 / round.floor.p99));
  const loopMs = median(all('ours', 'loopMs'));
  console.log(
    `${clients} ${name} woken by reelwatch: ${line('ours')}, event loop p99 ${loopMs.toFixed(1)} ms`,
  );
  console.log(`${clients} ${name} woken by bare TCP:  ${line('floor')}; p99 ${times.toFixed(1)} times this`);
  verdict(`p99 of waking ${name}, ms`, median(all('ours', 'p99')), WAKE_P99_MS_MAX, 'at most');
  verdict(`event loop p99 while ${name} come and are woken, ms`, loopMs, LOOP_P99_MS_MAX, 'at most');
}

async function wakeOnce(
  kind: 'poll' | 'listen',
  load: ChildProcess,
  { server, port, indexOf }: Place,
): Promise<Wake> {
  await told(server, 'cost');
  await told(load, { kind, port, index: await indexOf(), count: clients });
  // What was written must have been read, too.
  await wait(SETTLE_MS);
  const { changedAt } = (await told(server, 'change')) as { changedAt: string };
  const heardAt = await until(async () => {
    const { heardAt } = (await told(load, 'heard')) as { heardAt: string[] };
    return heardAt.length === clients ? heardAt : null;
  });
  const { p99Ms, cpuMs } = (await told(server, 'cost')) as { p99Ms: number; cpuMs: number };
  const tookMs = heardAt.map((at) => Number(BigInt(at) - BigInt(changedAt)) / 1e6).toSorted((a, b) => a - b);
  const at = (share: number) => tookMs[Math.min(tookMs.length - 1, Math.floor(share * tookMs.length))] ?? NaN;
  return { p50: at(0.5), p99: at(0.99), cpuMs, loopMs: p99Ms };
}

async function told(child: ChildProcess, message: object | string): Promise<unknown> {
  const told = answer(child);
  child.send(message);
  return told;
}

async function answer(child: ChildProcess): Promise<unknown> {
  const [message] = (await once(child, 'message')) as [unknown];
  return message;
}

function startOn(core: number, script: string): ChildProcess {
  const child = fork(join(import.meta.dirname, script), { stdio: 'inherit', execArgv: [] });
  spawnSync('taskset', ['-acp', String(core), String(child.pid)]);
  child.once('exit', (code) => {
    if (code !== null && code !== 0) throw new Error(`${script} ended with ${code}`);
  });
  children.push(child);
  return child;
}

/** The headers that nginx would not send of its own accord, each with the same answers as ours. */
function headersOf(whole: Headers, same: Headers): { maps: string; adds: string } {
  const own = ['connection', 'content-length', 'content-type', 'date', 'etag', 'keep-alive'];
  const added = [...whole].filter(([name]) => !own.includes(name));
  const variable = (name: string) => `$sent_${name.replaceAll('-', '_')}`;
  return {
    maps: added
      .map(
        ([name, value]) =>
          `map $status ${variable(name)} { 200 "${value}"; 304 "${same.has(name) ? value : ''}"; }`,
      )
      .join('\n  '),
    adds: added.map(([name]) => `add_header ${name} ${variable(name)};`).join(' '),
  };
}

/** The same bytes: `date`, `connection` and `keep-alive` are set by Node for both. */
async function startBare({ headers, body }: Whole, same: Headers, tag: string) {
  const child = startOn(0, 'bench-status-bare.ts');
  const { port } = (await answer(child)) as { port: number };
  const own = ['date', 'connection', 'keep-alive'];
  const flat = (all: Headers) => [...all].filter(([name]) => !own.includes(name)).flat();
  await told(child, {
    whole: { status: 200, headers: flat(headers), body },
    same: { status: 304, headers: flat(same), body: '' },
    tag,
  });
  return { url: `http://127.0.0.1:${port}/v1/status`, pid: child.pid ?? 0 };
}

async function startNginx({ headers, body }: Whole, same: Headers): Promise<{ url: string; pid: number }> {
  mkdirSync(join(directory, 'v1'));
  writeFileSync(join(directory, 'v1/status'), body);
  const port = await freePorts();
  const { maps, adds } = headersOf(headers, same);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${directory}/${name};`,
  );
  writeFileSync(
    join(directory, 'nginx.conf'),
    `daemon off; master_process off; worker_processes 1; pid ${directory}/pid; error_log ${directory}/error.log;
user ${process.getuid?.() === 0 ? 'root' : 'nobody'};
events { worker_connections 1024; }
http { map_hash_bucket_size 1024; ${maps}
  access_log off; default_type application/json; ${temporary.join(' ')}
  open_file_cache max=10; sendfile on; tcp_nopush on;
  server { listen 127.0.0.1:${port}; root ${directory}; ${adds} } }
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

/**
 * How the daemon bears many targets: started as people start it, against a small provider in this process, with a check
 * of each target every minute and canaries as the budget allows. Linux only: it reads /proc.
 * `npm run bench:scale -- --targets 500,2000,5000 --seconds 60`
 */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { freePorts, killAll, start, until } from '../test/e2e/process.ts';

const READY_MS_MAX = 3_000;
const LOOP_P99_MS_MAX = 50;
const ANSWER_P99_MS_MAX = 50;
const ANSWER_TARGETS = 2_000;
const RSS_MB_MAX = 250;
/** Idle processor time per target at the largest size beside that at the smallest. */
const CPU_RATIO_MAX = 1.5;
/** The clock ticks that /proc counts processor time in: USER_HZ is 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
const START_MS_MAX = 60_000;
const ANSWER_MS_MAX = 20_000;
const JOB_MS = 20_000;
const REQUESTS = 40;
const REQUEST_EVERY_MS = 100;
const PROVIDERS = 20;
const ROUTES_MAX = 100;
const MEMBERS_MAX = 50;
const VIDEO = 'src/simulator/videos/good-854x480x1.mp4';

const { values } = parseArgs({
  options: {
    targets: { type: 'string', default: '500,2000,5000' },
    seconds: { type: 'string', default: '60' },
    warmup: { type: 'string', default: '15' },
    flags: { type: 'string', default: '' },
    json: { type: 'boolean', default: false },
  },
});
const [seconds, warmup] = [Number(values.seconds), Number(values.warmup)] as const;
const sizes = values.targets.split(',').map(Number);
if (![seconds, warmup, ...sizes].every((number) => Number.isFinite(number) && number > 0)) {
  console.error('Expected --targets N,N --seconds N and --warmup N.');
  process.exit(2);
}

interface Figures {
  readyMs: number;
  loopP99Ms: number;
  statusMs: { p50: number; p99: number };
  metricsMs: { p50: number; p99: number };
  rssMb: number;
  cpuSecondsPerMinute: number;
  checks: number;
  canaries: number;
}

const directory = mkdtempSync(join(tmpdir(), 'reelwatch-bench-'));
try {
  const provider = await startProvider();
  const all = new Map<number, Figures>();
  for (const count of sizes) {
    const figures = await measure(count, provider.origin).catch((error: unknown) => {
      console.error(`${count} targets: ${error instanceof Error ? error.message : String(error)}`);
      process.exitCode = 1;
      return null;
    });
    killAll();
    if (figures !== null) all.set(count, figures);
    if (figures !== null && !values.json) line(count, figures);
  }
  provider.close();
  if (values.json) console.log(JSON.stringify(Object.fromEntries(all), null, 2));
  else report(all);
} finally {
  killAll();
  rmSync(directory, { recursive: true, force: true });
}

/** An API as the `http` adapter is told of it below: orders are done after a while, every model is known. */
async function startProvider(): Promise<{ origin: string; close: () => void }> {
  const video = readFileSync(VIDEO);
  const jobs = new Map<string, number>();
  const server = createServer((request, response) => answer(request, response));
  const send = (response: ServerResponse, body: unknown) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  let ordered = 0;
  function answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? '';
    request.resume();
    if (path.endsWith('/video')) response.writeHead(200, { 'content-type': 'video/mp4' }).end(video);
    else if (path.endsWith('/models')) send(response, { ok: true });
    else if (request.method === 'POST') {
      ordered += 1;
      jobs.set(String(ordered), Date.now());
      send(response, { id: String(ordered) });
    } else {
      const id = path.slice(path.lastIndexOf('/') + 1);
      const isDone = Date.now() - (jobs.get(id) ?? 0) >= JOB_MS;
      send(response, { status: isDone ? 'done' : 'running', url: `${origin}/video` });
    }
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { origin, close };
}

async function measure(count: number, origin: string): Promise<Figures> {
  const port = await freePorts();
  const url = `http://127.0.0.1:${port}`;
  const dir = mkdtempSync(join(directory, 'data-'));
  const file = join(dir, 'reelwatch.yaml');
  // JSON is YAML, too.
  writeFileSync(file, JSON.stringify(configOf(origin, port, dir, count)));
  const startedAt = performance.now();
  const flags = values.flags.split(' ').filter(Boolean);
  const daemon = start(['run', '-c', file], {}, flags);
  await until(async () => (await get(`${url}/readyz`)).status === 200 || null, START_MS_MAX);
  await daemon.says(/reelwatch is up/, START_MS_MAX);
  const readyMs = performance.now() - startedAt;
  await wait(warmup * 1000);
  // The histogram of the event loop begins anew with each scrape.
  const before = await scrape(url);
  const cpuBefore = cpuSecondsOf(daemon.pid);
  const windowAt = performance.now();
  await wait(seconds * 1000);
  const minutes = (performance.now() - windowAt) / 60_000;
  const cpuSecondsPerMinute = (cpuSecondsOf(daemon.pid) - cpuBefore) / minutes;
  const after = await scrape(url);
  const statusMs = await timesOf(`${url}/v1/status`);
  const metricsMs = await timesOf(`${url}/metrics`);
  const rssMb = memoryMbOf(daemon.pid);
  daemon.kill('SIGTERM');
  await daemon.end();
  return {
    readyMs,
    loopP99Ms: after.loopP99Ms,
    statusMs,
    metricsMs,
    rssMb,
    cpuSecondsPerMinute,
    checks: after.checks - before.checks,
    canaries: after.canaries - before.canaries,
  };
}

function configOf(origin: string, port: number, dir: string, count: number) {
  const providers = Array.from({ length: PROVIDERS }, (_, n) => ({
    id: `p${n}`,
    use: 'http',
    apiKey: 'bench-key',
    baseUrl: origin,
    pollEvery: '5s',
    submit: { path: '/jobs', body: { prompt: '{prompt}' }, job: { id: '$.id' } },
    poll: {
      path: '/jobs/{job.id}',
      status: '$.status',
      words: { generate: ['running'], done: ['done'], failed: ['failed'] },
    },
    video: { url: '$.url' },
    check: { path: '/models' },
    models: { m: { seconds: [1], sizes: { '480p': { '16:9': [854, 480] } }, price: { '480p': 0.1 } } },
  }));
  const targets = Array.from({ length: count }, (_, n) => ({
    provider: `p${n % PROVIDERS}`,
    model: 'm',
    name: `m${n}`,
  }));
  const routeCount = Math.max(1, Math.min(ROUTES_MAX, Math.floor(count / 5)));
  const ids = targets.map(({ provider, name }) => `${provider}/${name}`);
  const routes = Array.from({ length: routeCount }, (_, n) => ({
    id: `r${n}`,
    mode: 'enforce',
    targets: ids
      .filter((_id, k) => k % routeCount === n)
      .slice(0, MEMBERS_MAX)
      .map((target) => ({ target })),
  }));
  return {
    server: { port },
    data: { dir },
    budget: { perDay: `$${count}` },
    probe: { checkEvery: '1m', downloads: { privateAddresses: true }, controls: [] },
    providers,
    targets,
    routes,
    alerts: [{ id: 'log' }],
  };
}

async function get(url: string): Promise<Response> {
  return fetch(url, { signal: AbortSignal.timeout(ANSWER_MS_MAX) });
}

async function scrape(url: string): Promise<{ loopP99Ms: number; checks: number; canaries: number }> {
  const text = await (await get(`${url}/metrics`)).text();
  const sum = (name: string) =>
    [...text.matchAll(new RegExp(`^${name}\\{[^}]*\\} (\\S+)$`, 'gm'))].reduce(
      (total, [, value]) => total + Number(value),
      0,
    );
  const p99 = /^reelwatch_event_loop_lag_seconds\{quantile="0.99"\} (\S+)$/m.exec(text)?.[1];
  return {
    loopP99Ms: Number(p99) * 1000,
    checks: sum('reelwatch_checks_total'),
    canaries: sum('reelwatch_runs_total'),
  };
}

async function timesOf(url: string): Promise<{ p50: number; p99: number }> {
  const times: number[] = [];
  for (let n = 0; n < REQUESTS; n++) {
    const askedAt = performance.now();
    await (await get(url)).arrayBuffer();
    times.push(performance.now() - askedAt);
    await wait(REQUEST_EVERY_MS);
  }
  times.sort((a, b) => a - b);
  const at = (q: number) => times[Math.ceil(q * times.length) - 1] ?? NaN;
  return { p50: at(0.5), p99: at(0.99) };
}

function memoryMbOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
}

/** Of the process without its decoders (proc(5): utime, stime). */
function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function line(count: number, one: Figures): void {
  const ms = ({ p50, p99 }: { p50: number; p99: number }) => `${p50.toFixed(1)} / ${p99.toFixed(1)} ms`;
  console.log(`${count} targets, ${seconds} s after ${warmup} s of warming up`);
  console.log(`  start to ready              ${(one.readyMs / 1000).toFixed(2)} s`);
  console.log(`  event loop p99, running     ${one.loopP99Ms.toFixed(1)} ms`);
  console.log(`  GET /v1/status p50 / p99    ${ms(one.statusMs)}`);
  console.log(`  GET /metrics p50 / p99      ${ms(one.metricsMs)}`);
  console.log(`  RSS                         ${one.rssMb.toFixed(0)} MB`);
  console.log(`  processor time              ${one.cpuSecondsPerMinute.toFixed(2)} s per minute`);
  console.log(`  checks, canaries            ${one.checks}, ${one.canaries}`);
}

function report(all: ReadonlyMap<number, Figures>): void {
  for (const [count, one] of all) {
    aim(`${count}: ready`, one.readyMs, READY_MS_MAX, 'ms');
    aim(`${count}: event loop p99`, one.loopP99Ms, LOOP_P99_MS_MAX, 'ms');
    if (count <= ANSWER_TARGETS) {
      aim(`${count}: /v1/status p99`, one.statusMs.p99, ANSWER_P99_MS_MAX, 'ms');
      aim(`${count}: /metrics p99`, one.metricsMs.p99, ANSWER_P99_MS_MAX, 'ms');
    }
    aim(`${count}: RSS`, one.rssMb, RSS_MB_MAX, 'MB');
  }
  const [smallest, largest] = [Math.min(...all.keys()), Math.max(...all.keys())];
  const [small, large] = [all.get(smallest), all.get(largest)];
  if (small === undefined || large === undefined || smallest === largest) return;
  const ratio = large.cpuSecondsPerMinute / largest / (small.cpuSecondsPerMinute / smallest);
  aim(`processor time per target, ${largest} beside ${smallest}`, ratio, CPU_RATIO_MAX, 'times');
}

function aim(what: string, value: number, most: number, unit: string): void {
  const verdict = value <= most ? 'reached' : 'MISSED';
  console.log(`${verdict}  ${what} ${value.toFixed(1)} ${unit}, aim at most ${most}`);
}

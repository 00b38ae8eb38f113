/**
 * How many outcomes of users' jobs a second the daemon takes in, sent by this process to one of its own, and what that
 * does to the rest of it: delays of its event loop, its other answers, its canaries. Where other processes want the
 * processors too, the daemon's own processor time says more than the clock: it is told beside, and so is the sender's.
 * `npm run bench:outcomes -- --seconds 20 --rate 50000 --lines 1000`; a rate of 0 sends as fast as it is answered.
 */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Client } from 'undici';
import { freePorts, getJson, killAll, type Running, start } from '../test/e2e/process.ts';

const PER_SECOND_MIN = 50_000;
const LAG_MS_MAX = 20;
const CONNECTIONS = 4;
const USERS = 2_000;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' },
    rate: { type: 'string', default: '0' },
    lines: { type: 'string', default: '1000' },
    json: { type: 'boolean', default: false },
  },
});
const [seconds = 0, rate = 0, lines = 0] = [values.seconds, values.rate, values.lines].map(Number);
if (!(seconds > 0 && rate >= 0 && lines > 0)) {
  console.error('Expected --seconds N, --rate N and --lines N.');
  process.exit(2);
}

/**
 * Says every second how late the daemon's timers were since it last said so (a timer's own millisecond is in it), and how
 * much of that was its own work: processor time of its thread from one timer to the next, which no neighbour adds to.
 */
const LAG = `data:text/javascript,${encodeURIComponent(`
  import { createHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
  const lag = monitorEventLoopDelay({ resolution: 1 });
  lag.enable();
  const own = createHistogram();
  let last = process.threadCpuUsage();
  setInterval(() => {
    const now = process.threadCpuUsage();
    own.record(Math.max(1, Math.round(now.user + now.system - last.user - last.system)));
    last = now;
  }, 1).unref();
  setInterval(() => {
    process.stderr.write('LAG ' + (lag.percentile(50) / 1e6) + ' ' + (lag.percentile(99) / 1e6) + ' ' + (lag.max / 1e6) + ' ' + (own.percentile(99) / 1e3) + '\\n');
    lag.reset();
    own.reset();
  }, 1000).unref();
`)}`;

const MODELS = ['kling-3.0', 'kling-3.0-turbo', 'kling-2.6', 'kling-2.5-turbo'];

interface Phase {
  accepted: number;
  refused: number;
  busy: number;
  seconds: number;
  /** Worst of the seconds' own percentiles but one in a hundred, and the median. */
  lagP50Ms: number;
  lagP99Ms: number;
  lagMaxMs: number;
  /** The same without what other processes took. */
  ownP99Ms: number;
  statusP99Ms: number;
  canaries: number;
  /** Processor time in seconds: the daemon's, and this process's own. */
  daemonCpuS: number;
  senderCpuS: number;
}

/** A body whose jobs get new ids in place, so that making it costs next to nothing. */
interface Form {
  body: Buffer;
  idsAt: number[];
}

const ID_DIGITS = 9;
const TOKEN = 'token-of-the-benchmark';
/** USER_HZ: what /proc/PID/stat counts in on every Linux that Node runs on (proc_pid_stat(5), checked 2026-11-22). */
const TICKS_PER_SECOND = 100;

const directory = mkdtempSync(join(tmpdir(), 'reelwatch-bench-'));
try {
  const simulator = start(['simulator', '--port', '0', '--speed', '20']);
  const [, origin = ''] = await simulator.says(/on (http:\S+)/);
  const port = await freePorts();
  const file = join(directory, 'reelwatch.yaml');
  writeFileSync(file, JSON.stringify(configOf(origin, port)));
  const daemon = start(['run', '-c', file], {}, ['--import', LAG]);
  await daemon.says(/reelwatch is up/);
  await wait(10_000);
  const url = `http://127.0.0.1:${port}`;
  const idle = await measure(daemon, url, false);
  const busy = await measure(daemon, url, true);
  report(idle, busy);
} finally {
  killAll();
  rmSync(directory, { recursive: true, force: true });
}

async function measure(daemon: Running, url: string, isLoaded: boolean): Promise<Phase> {
  const lagsBefore = lagsOf(daemon).length;
  const before = await canariesOf(url);
  const cpuBefore = daemonCpuS(daemon.pid);
  const ownBefore = process.cpuUsage();
  const startedAt = performance.now();
  const endAt = startedAt + seconds * 1000;
  const statusMs: number[] = [];
  const asking = askStatus(url, endAt, statusMs);
  const sums = { accepted: 0, refused: 0, busy: 0 };
  const senders = Array.from({ length: isLoaded ? CONNECTIONS : 0 }, (_, n) => send(url, endAt, n, sums));
  await Promise.all([asking, ...senders]);
  const took = (performance.now() - startedAt) / 1000;
  const own = process.cpuUsage(ownBefore);
  const lags = lagsOf(daemon).slice(lagsBefore + 1);
  return {
    ...sums,
    seconds: took,
    lagP50Ms: quantile(
      lags.map(([p50 = 0]) => p50),
      0.5,
    ),
    lagP99Ms: quantile(
      lags.map(([, p99 = 0]) => p99),
      0.5,
    ),
    lagMaxMs: Math.max(...lags.map(([, , max = 0]) => max)),
    ownP99Ms: quantile(
      lags.map(([, , , own = 0]) => own),
      0.5,
    ),
    statusP99Ms: quantile(statusMs, 0.99),
    canaries: (await canariesOf(url)) - before,
    daemonCpuS: daemonCpuS(daemon.pid) - cpuBefore,
    senderCpuS: (own.user + own.system) / 1e6,
  };
}

function daemonCpuS(pid: number): number {
  // The name before the last bracket may hold spaces; utime and stime are the 12th and 13th fields after it.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

async function send(
  url: string,
  endAt: number,
  sender: number,
  sums: { accepted: number; refused: number; busy: number },
): Promise<void> {
  const paceMs = rate === 0 ? 0 : (lines * CONNECTIONS * 1000) / rate;
  const client = new Client(url, { pipelining: 1 });
  const form = formOf();
  for (let n = 0, dueAt = performance.now(); performance.now() < endAt; n++) {
    if (paceMs > 0) {
      dueAt += paceMs;
      await wait(Math.max(0, dueAt - performance.now()));
    }
    fillIn(form, n * CONNECTIONS + sender);
    const answer = await client.request({
      method: 'POST',
      path: '/v1/outcomes',
      headers: { 'content-type': 'application/x-ndjson', authorization: `Bearer ${TOKEN}` },
      body: form.body,
    });
    if (answer.statusCode === 429) {
      sums.busy += 1;
      await answer.body.dump();
      await wait(100);
      continue;
    }
    const { accepted, refused_count } = (await answer.body.json()) as {
      accepted: number;
      refused_count: number;
    };
    sums.accepted += accepted;
    sums.refused += refused_count;
  }
  await client.close();
}

/** One in fifty fails; made once, because this process must not be what is measured. */
function formOf(): Form {
  const blank = '#'.repeat(ID_DIGITS);
  const text = Array.from({ length: lines }, (_, n) => {
    const how = n % 50 === 7 ? '"outcome":"failed","cause":"overloaded"' : '"outcome":"ok"';
    const more = `"latency_ms":${40_000 + ((n * 97) % 20_000)},"job":"${blank}-${n}","reporter":"user-${(n * 31) % USERS}"`;
    return `{"target":"kling/${MODELS[n % MODELS.length]}",${how},${more}}\n`;
  }).join('');
  const idsAt = [...text.matchAll(new RegExp(blank, 'g'))].map(({ index }) => index);
  return { body: Buffer.from(text), idsAt };
}

function fillIn({ body, idsAt }: Form, batch: number): void {
  const id = String(batch).padStart(ID_DIGITS, '0');
  for (const at of idsAt) body.write(id, at, 'latin1');
}

async function askStatus(url: string, endAt: number, tookMs: number[]): Promise<void> {
  while (performance.now() < endAt) {
    const at = performance.now();
    await getJson(`${url}/v1/status`);
    tookMs.push(performance.now() - at);
    await wait(50);
  }
}

async function canariesOf(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const passes = [...text.matchAll(/^reelwatch_runs_total\{.*verdict="pass".*\} (\d+)/gm)];
  return passes.reduce((sum, [, count]) => sum + Number(count), 0);
}

function lagsOf(daemon: Running): number[][] {
  return [...daemon.err().matchAll(/^LAG (\S+) (\S+) (\S+) (\S+)$/gm)].map(([, ...numbers]) =>
    numbers.map(Number),
  );
}

function quantile(all: readonly number[], q: number): number {
  const sorted = all.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? 0;
}

function configOf(origin: string, port: number) {
  return {
    server: { port, tokens: [{ name: 'bench', token: TOKEN, scopes: ['report'] }] },
    data: { dir: join(directory, 'data') },
    budget: { perDay: '$100000' },
    probe: {
      every: '10s',
      checkEvery: '5s',
      tick: '* * * * * *',
      concurrency: 6,
      downloads: { privateAddresses: true },
      controls: [],
    },
    providers: [
      { id: 'kling', apiKey: 'bench-key', baseUrl: `${origin}/kling`, pollEvery: '1s', concurrency: 4 },
    ],
    targets: MODELS.map((model) => ({ provider: 'kling', model })),
    routes: [{ id: 't2v', targets: MODELS.map((model) => ({ target: `kling/${model}` })) }],
  };
}

function report(idle: Phase, busy: Phase): void {
  const perSecond = busy.accepted / busy.seconds;
  if (values.json) console.log(JSON.stringify({ node: process.version, perSecond, idle, busy }, null, 2));
  else {
    const line = (name: string, phase: Phase) =>
      `${name.padEnd(6)} event loop p50 ${phase.lagP50Ms.toFixed(1)} ms, p99 ${phase.lagP99Ms.toFixed(1)} ms, worst ${phase.lagMaxMs.toFixed(0)} ms; /v1/status p99 ${phase.statusP99Ms.toFixed(0)} ms; ${phase.canaries} good canaries in ${phase.seconds.toFixed(0)} s`;
    console.log(line('idle', idle));
    console.log(line('busy', busy));
    const total = busy.daemonCpuS + busy.senderCpuS;
    console.log(
      `processor time while busy: daemon ${busy.daemonCpuS.toFixed(1)} s, ${((busy.daemonCpuS / busy.accepted) * 1e6).toFixed(1)} µs an outcome, ${Math.round(busy.accepted / busy.daemonCpuS)} a second of it; sender ${busy.senderCpuS.toFixed(1)} s, ${Math.round((100 * busy.senderCpuS) / total)} % of both; load average ${loadavg()[0]?.toFixed(1)}`,
    );
    console.log(
      `${Math.round(perSecond)} outcomes accepted a second in batches of ${lines}; ${busy.refused} refused, ${busy.busy} batches sent back with 429`,
    );
    console.log(
      `of the event loop's p99 the daemon's own work is ${busy.ownP99Ms.toFixed(1)} ms while busy, ${idle.ownP99Ms.toFixed(1)} ms idle`,
    );
  }
  if (busy.refused > 0 || busy.ownP99Ms > LAG_MS_MAX || (rate === 0 && perSecond < PER_SECOND_MIN))
    process.exitCode = 1;
}

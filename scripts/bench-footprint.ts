/**
 * What the daemon costs while it watches: memory and processor time of an idle daemon, started as people start it,
 * against simulated providers in a process of their own. Linux only: it reads /proc.
 * `npm run bench:footprint -- --seconds 60 --targets 12,40`
 */

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { freePorts, getJson, killAll, start } from '../test/e2e/process.ts';

const RSS_MB_MAX = 112;
/** The clock ticks that /proc counts processor time in: USER_HZ is 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    warmup: { type: 'string', default: '75' },
    targets: { type: 'string', default: '12,40' },
    json: { type: 'boolean', default: false },
  },
});
const seconds = Number(values.seconds);
const warmup = Number(values.warmup);
const counts = values.targets.split(',').map(Number);
if (![seconds, warmup, ...counts].every((number) => Number.isFinite(number) && number > 0)) {
  console.error('Expected --seconds N, --warmup N and --targets N,N.');
  process.exit(2);
}

const MODELS: Record<string, string[]> = {
  runway: ['gen4.5', 'wan3', 'veo3.1', 'veo3.1_fast', 'seedance2_5', 'grok_imagine_1_5'],
  kling: ['kling-3.0', 'kling-3.0-turbo', 'kling-2.6', 'kling-2.5-turbo'],
  fal: ['fal-ai/pika/v2.2/text-to-video', 'alibaba/wan-3.0-prime/text-to-video'],
};

/** Two paces: as in production, and as brisk as nobody would pay for. */
const PACES = {
  production: { every: '30m', checkEvery: '1m', tick: '*/10 * * * * *' },
  brisk: { every: '20s', checkEvery: '5s', tick: '* * * * * *' },
};

/** Measured on 2 cores on 2026-11-21, idle; Prometheus 2.42 with 100 targets, all three processes together. */
const PEERS: [name: string, rss: string, cpu: string][] = [
  ['Uptime Kuma 2.5.3', '171-199', '3.5'],
  ['Prometheus + blackbox + Alertmanager', '111-142', '0.72'],
];

type Pace = (typeof PACES)['production'];

interface Figures {
  rssMb: number;
  pssMb: number | null;
  anonMb: number;
  heapMb: number | null;
  cpuSecondsPerMinute: number;
  canaries: number;
}

const directory = mkdtempSync(join(tmpdir(), 'reelwatch-bench-'));
try {
  const floorMb = await floor();
  const figures = new Map<string, Figures>();
  for (const count of counts)
    for (const [pace, given] of Object.entries(PACES))
      figures.set(nameOf(count, pace), await measure(given, count));
  if (values.json)
    console.log(JSON.stringify({ node: process.version, floorMb, ...Object.fromEntries(figures) }, null, 2));
  else report(floorMb, figures);
} finally {
  killAll();
  rmSync(directory, { recursive: true, force: true });
}

function nameOf(count: number, pace: string): string {
  return `${count} targets, ${pace} pace`;
}

async function measure(pace: Pace, count: number): Promise<Figures> {
  const simulator = start(['simulator', '--port', '0', '--speed', '20']);
  const [, origin = ''] = await simulator.says(/on (http:\S+)/);
  const port = await freePorts();
  const url = `http://127.0.0.1:${port}`;
  const dir = mkdtempSync(join(directory, 'data-'));
  const file = join(dir, 'reelwatch.yaml');
  // JSON is YAML, too.
  writeFileSync(file, JSON.stringify(configOf(origin, port, dir, pace, count)));
  const daemon = start(['run', '-c', file]);
  await daemon.says(/reelwatch is up/);
  await wait(warmup * 1000);
  const canariesBefore = await countCanaries(url);
  const before = cpuSecondsOf(daemon.pid);
  const startedAt = performance.now();
  await wait(seconds * 1000);
  const minutes = (performance.now() - startedAt) / 60_000;
  const cpuSecondsPerMinute = (cpuSecondsOf(daemon.pid) - before) / minutes;
  const memory = memoryOf(daemon.pid);
  // Asked for last, because the answers themselves take memory and time.
  const heapMb = await heapOf(url);
  const canaries = (await countCanaries(url)) - canariesBefore;
  daemon.kill('SIGTERM');
  await daemon.end();
  simulator.kill('SIGTERM');
  await simulator.end();
  return { ...memory, heapMb, cpuSecondsPerMinute, canaries };
}

function configOf(origin: string, port: number, dir: string, pace: Pace, count: number) {
  const provider = (id: string) => ({
    id,
    apiKey: 'bench-key',
    baseUrl: `${origin}/${id}`,
    ...(id === 'fal' ? { platformUrl: `${origin}/fal-platform` } : {}),
    pollEvery: '1s',
    concurrency: 4,
  });
  const known = Object.entries(MODELS).flatMap(([provider, models]) =>
    models.map((model) => ({ provider, model })),
  );
  const targets = Array.from({ length: count }, (_, n) => {
    const { provider, model } = known[n % known.length] ?? { provider: '', model: '' };
    return { provider, model, name: `${model.replaceAll('/', '-')}-${n}` };
  });
  const members = targets.map(({ provider, name }) => ({ target: `${provider}/${name}` }));
  return {
    server: { port },
    data: { dir },
    budget: { perDay: '$100000' },
    probe: { ...pace, concurrency: 6, downloads: { privateAddresses: true }, controls: [] },
    providers: Object.keys(MODELS).map(provider),
    targets,
    routes: [{ id: 't2v', mode: 'enforce', targets: members }],
    alerts: [{ id: 'slack', url: `${origin}/inbox/hook` }, { id: 'log' }],
    routers: [
      { id: 'gateway', use: 'webhook', url: `${origin}/router/hook`, secret: `whsec_${'YmVu'.repeat(10)}` },
    ],
  };
}

/** A Node that does nothing at all: nobody can stay below it. */
async function floor(): Promise<number> {
  const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 20_000)'], { stdio: 'ignore' });
  await wait(2_000);
  const { rssMb } = memoryOf(child.pid ?? 0);
  child.kill('SIGKILL');
  return rssMb;
}

function memoryOf(pid: number): Pick<Figures, 'rssMb' | 'pssMb' | 'anonMb'> {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kbOf = (text: string, name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]);
  return {
    rssMb: kbOf(status, 'VmRSS') / 1024,
    anonMb: kbOf(status, 'RssAnon') / 1024,
    pssMb: pssOf(pid, kbOf),
  };
}

/** Shared pages counted in part; null where the kernel does not say. */
function pssOf(pid: number, kbOf: (text: string, name: string) => number): number | null {
  try {
    return kbOf(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'), 'Pss') / 1024;
  } catch {
    return null;
  }
}

/** Of the process and of the decoders that it has waited for (proc(5): utime, stime, cutime, cstime). */
function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0);
  return ticks / TICKS_PER_SECOND;
}

async function heapOf(url: string): Promise<number | null> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const bytes = /^\w*nodejs_heap_size_used_bytes(?:\{[^}]*\})? (\S+)$/m.exec(text)?.[1];
  return bytes === undefined ? null : Number(bytes) / 2 ** 20;
}

async function countCanaries(url: string): Promise<number> {
  let ended = 0;
  for (let path: string | null = '/v1/runs?limit=200'; path !== null;) {
    const page: { runs: { ended_at: string | null }[]; next: string | null } = await getJson(`${url}${path}`);
    ended += page.runs.filter(({ ended_at }) => ended_at !== null).length;
    path = page.next;
  }
  return ended;
}

function report(floorMb: number, figures: ReadonlyMap<string, Figures>): void {
  const mb = (value: number | null) => (value === null ? '?' : value.toFixed(1)).padStart(6);
  const line = (name: string, cells: string[]) => console.log(`  ${name.padEnd(42)}${cells.join('  ')}`);
  console.log(`Node ${process.version}, ${seconds} s after ${warmup} s of warming up, in MB`);
  line('', ['   RSS', '   PSS', '  anon', '  heap', 'CPU-s/min', 'canaries']);
  line('node -e "setTimeout(…)"', [mb(floorMb)]);
  for (const [name, one] of figures) {
    const memory = [one.rssMb, one.pssMb, one.anonMb, one.heapMb].map(mb);
    line(name, [...memory, one.cpuSecondsPerMinute.toFixed(2).padStart(9), String(one.canaries).padStart(8)]);
  }
  for (const [name, rss, cpu] of PEERS) line(name, [rss, `${' '.repeat(17)}${cpu.padStart(14)}`]);
  const missedMb = (figures.get(nameOf(12, 'production'))?.rssMb ?? 0) - RSS_MB_MAX;
  const verdict = missedMb > 0 ? `missed by ${missedMb.toFixed(1)} MB` : 'reached';
  console.log(`aim: RSS with 12 targets at the production pace at most ${RSS_MB_MAX} MB, ${verdict}`);
}

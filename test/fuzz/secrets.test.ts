import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { slack } from '../../src/alerts/slack.ts';
import { createApp } from '../../src/app/app.ts';
import { DEFAULT_CANARY } from '../../src/canary/canary.ts';
import { secretValues } from '../../src/config/secrets.ts';
import { MINUTE } from '../../src/core/base.ts';
import type { Settings, TargetSetting } from '../../src/ports/settings.ts';
import { createStreams } from '../../src/simulator/random.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { openStore } from '../../src/store/store.ts';
import { createHttp } from '../../src/system/http.ts';
import { createLog } from '../../src/system/log.ts';
import { createScratch } from '../../src/system/scratch.ts';
import { createMetrics } from '../../src/web/metrics.ts';
import { createServer } from '../../src/web/server.ts';
import { aSettings } from '../app/world.ts';
import { createVirtualTime, type VirtualTime } from '../sim/clock.ts';
import { ENCODINGS, revealed } from './encodings.ts';
import { API, ASSETS, SUBJECTS, type FuzzSubject } from './subjects.ts';
import { proofsOf } from './wire.ts';

// One daemon with every adapter, the real door, store, pages and log. Its providers repeat every secret that they were
// sent, or could know, in every text of every answer, in every encoding; then all that leaves the process is searched.

const START = Date.parse('2026-12-01T00:00:00Z');
const MINUTES = 8;
/** Tokens and signatures that are searched for; every call makes one. */
const PROOFS_MAX = 200;
const HOOK = 'https://hooks.slack.test/services/T000/B000/hook-0123456789-abcdef';
const WRITERS = Object.values(ENCODINGS);

/** What the operator has configured as secret for this adapter. */
const configuredOf = ({ definition, options }: FuzzSubject) =>
  secretValues(definition.options, definition.options.parse({ ...options, pollEvery: '45s' }));

/** Secrets that stand in the searched texts as such: a key file counts by its key. */
const wantedOf = (subject: FuzzSubject) => subject.secrets.filter((secret) => secret.length < 200);

it('lets no secret out that providers repeat, however it is written', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'reelwatch-secrets-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const draw = createStreams(5)('secrets');
  const wanted = new Set<string>(SUBJECTS.flatMap(wantedOf));
  const left: string[] = [];
  const echoes = new Set<string>();

  /** All secrets of the subjects and of this request, each in one way that is drawn. */
  const everySecret = (proofs: readonly string[]) =>
    [...new Set([...SUBJECTS.flatMap(wantedOf), ...proofs])].map((secret) => {
      const n = Math.floor(draw() * WRITERS.length);
      echoes.add(`${n}`);
      return WRITERS[n]?.(secret) ?? '';
    });

  /** An answer that says more than it should: in place of the truth, around it, or in its texts. */
  const spoil = async (truth: Response, proofs: readonly string[]): Promise<Response> => {
    const secrets = everySecret(proofs).join(' ');
    const filler = draw() < 0.3 ? 'x'.repeat(70_000) : '';
    const kind = draw();
    const headers = { 'content-type': 'application/json', 'x-echo': 'see body' };
    const error = `{"filler":"${filler}","error":{"message":"no: ${secrets}","code":"${secrets.slice(0, 60)}"}}`;
    if (kind < 0.15)
      return new Response(error, {
        status: [400, 401, 403, 429, 500][Math.floor(draw() * 5)] ?? 500,
        headers,
      });
    if (kind < 0.2) return new Response(`<p>${secrets}</p>${filler}`, { status: 502 });
    if (kind < 0.25) return new Response(error.slice(0, -1), { headers });
    if (kind < 0.3) return new Response(error, { headers });
    const text = await truth.text();
    if (kind < 0.6 || !/^\s*[[{]/.test(text)) return new Response(text, truth);
    // Every text of the truth may carry it: ids, statuses, messages, addresses.
    const one = everySecret(proofs)[Math.floor(draw() * 8)] ?? '';
    const share = draw();
    const carried = text.replaceAll(/:"((?:[^"\\]|\\.)*)"/g, (whole, value: string) =>
      draw() < share ? `:"${value}${draw() < 0.5 ? '' : '-'}${one}"` : whole,
    );
    return new Response(carried, { status: truth.status, headers });
  };

  const time = createVirtualTime(START, { settle: settled });
  const daemon = time.owner();
  const simulator = createSimulator({ now: time.now, seed: 7, origin: API, revived: true, speed: 10 });
  const fetch = async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    const body = await request.arrayBuffer();
    if (request.url.startsWith(new URL(HOOK).origin)) {
      left.push(Buffer.from(body).toString());
      return new Response('ok');
    }
    const proofs = proofsOf(
      Object.fromEntries([...request.headers].filter(([name]) => name !== 'idempotency-key')),
    ).map((proof) => proof.replace(/^.*[\s=](?=\S)/, ''));
    if (url.hostname.startsWith('login'))
      proofs.push(new URLSearchParams(Buffer.from(body).toString()).get('assertion') ?? '');
    const known = proofs.filter((proof) => proof.length >= 20);
    if (url.origin !== ASSETS && wanted.size < PROOFS_MAX) for (const proof of known) wanted.add(proof);
    const mount = url.pathname.startsWith('/api/v1/') ? '/openrouter' : '';
    const init = { method: request.method, headers: request.headers, ...(body.byteLength > 0 && { body }) };
    const truth = await simulator.handle(new Request(`${API}${mount}${url.pathname}${url.search}`, init));
    return spoil(truth, known);
  };

  const secrets = SUBJECTS.flatMap(configuredOf);
  const http = createHttp({ clock: daemon.clock, secrets: [...secrets, HOOK], fetch: counted(fetch) });
  const log = createLog({
    level: 'debug',
    secrets: [...secrets, HOOK],
    destination: { write: (line) => void left.push(line) },
  });
  const settings: Settings = {
    ...aSettings(),
    targets: SUBJECTS.map((subject, n) => targetOf(subject, n, http, time.now)),
    limits: Object.fromEntries(
      SUBJECTS.map((_, n) => [`p${n}`, { budgetUsd: 1e6, plannedUsdPerDay: 1e5, concurrencyMax: 3 }]),
    ),
    totalBudgetUsd: 1e6,
    concurrencyMax: 200,
    channels: [
      {
        id: 'slack',
        channel: slack.create({ options: slack.options.parse({ url: HOOK }), http } as never),
      },
    ],
  };
  const store = await openStore(openSqlite(':memory:'));
  const metrics = createMetrics({ settings, clock: daemon.clock, version: 'test' });
  const scratch = createScratch(folder);
  const app = await createApp({
    settings,
    store,
    clock: daemon.clock,
    cron: daemon.cron,
    http,
    media: { inspect: () => Promise.resolve({ is: 'unreadable', why: 'no MP4' }) },
    scratch: { ...scratch, save: counted(scratch.save), remove: counted(scratch.remove) },
    log,
    observe: () => metrics,
    fatal: (error) => {
      throw error;
    },
  });
  await app.start();
  await time.advanceTo(START + MINUTES * MINUTE);

  const server = createServer({
    view: app.view,
    store,
    settings,
    clock: daemon.clock,
    metrics,
    outcomes: app.outcomes,
    hands: app.hands,
    log,
    version: 'test',
    tokens: [],
    hosts: ['localhost'],
  });
  const ids = settings.targets.map(({ target }) => target.id);
  const runs = await store.runs({ targets: ids, limit: 50 });
  const records = await Promise.all(runs.map(({ runId }) => store.run(runId)));
  const pages = [
    '/',
    '/metrics',
    '/v1/status',
    '/v1/runs?limit=200',
    '/v1/outbox/dead',
    ...ids.flatMap((id) => [`/targets/${id}`, `/v1/explain/${id}`]),
    ...runs.slice(0, 200).map(({ runId }) => `/runs/${encodeURIComponent(runId)}`),
  ];
  let read = 0;
  for (const page of pages) {
    const { statusCode, body } = await meanwhile(
      time,
      server.inject({ url: page, headers: { host: 'localhost' } }),
    );
    read += statusCode === 200 ? 1 : 0;
    left.push(body);
  }
  for (const id of ids) left.push(JSON.stringify(await store.events(id)));
  left.push(
    JSON.stringify([runs, await store.peek(), await store.deadEntries(1_000), await store.openRuns()]),
  );
  const stopping = app.stop();
  await time.advanceTo(time.now() + 10_000);
  await stopping;
  await server.close();
  await store.close();

  expect(echoes.size).toBe(WRITERS.length);
  expect([runs.length > 60, read > 100, left.length > 400]).toEqual([true, true, true]);
  expect(records.some((run) => run?.trace?.failure?.message.includes('***'))).toBe(true);
  const leaks = left.flatMap((text) =>
    revealed(text, [...wanted]).map((secret) => `${secret} in ${around(text, secret)}`),
  );
  expect(leaks.slice(0, 20)).toEqual([]);
}, 240_000);

/** Long answers are written in parts, and between these the clock of the daemon goes on. */
async function meanwhile<T>(time: VirtualTime, answer: PromiseLike<T>): Promise<T> {
  const state = { isOver: false };
  const given = Promise.resolve(answer).finally(() => {
    state.isOver = true;
  });
  while (!state.isOver) await time.advanceTo(time.now() + 1);
  return given;
}

function around(text: string, secret: string): string {
  const at = text.toLowerCase().indexOf(secret.toLowerCase().slice(0, 12));
  return text.slice(Math.max(0, at - 80), at + 160);
}

const calls = { pending: 0 };
function counted<A extends unknown[], R>(call: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
  return async (...args) => {
    calls.pending += 1;
    try {
      return await call(...args);
    } finally {
      calls.pending -= 1;
    }
  };
}

/** Real files and signatures take real time, in which the virtual one stands still. */
async function settled(): Promise<void> {
  do await new Promise((resolve) => setImmediate(resolve));
  while (calls.pending > 0);
}

function targetOf(
  subject: FuzzSubject,
  n: number,
  http: ReturnType<typeof createHttp>,
  now: () => number,
): TargetSetting {
  const { definition, options, model } = subject;
  return {
    target: { id: `p${n}/${model.replaceAll('/', '-')}`, provider: `p${n}`, model, region: null },
    provider: definition.create({
      options: definition.options.parse({ ...options, pollEvery: '5s' }),
      http,
      models: definition.models,
      now,
    }),
    canary: DEFAULT_CANARY,
    schedule: { everyMs: 2 * MINUTE },
    priceUsd: 0.1,
    canariesPerDay: 720,
    checkEveryMs: MINUTE,
    links: { dashboard: null, runbook: null },
  };
}

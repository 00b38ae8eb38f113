import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { freePorts, getJson, killAll, run, type Running, start, until } from './process.ts';

/** As it stands in config/demo.yaml. */
const SECRET = 'whsec_cmVlbHdhdGNoLWRlbW8tc2VjcmV0LW9mLTMyLWJ5dGVz';
const KLING = 'kling/kling-3.0';
const SORA = 'openai/sora-2';
/** As config/demo.yaml names them, in the order of the status document. */
const TARGETS = (parse(readFileSync('config/demo.yaml', 'utf8')) as { targets: Configured[] }).targets
  .map(({ provider, model, name = model }) => `${provider}/${name}`)
  .toSorted();

interface Configured {
  provider: string;
  model: string;
  name?: string;
}

interface Target {
  id: string;
  state: string;
  weight: number;
  last_run: { id: string; verdict: string; frame_url: string | null } | null;
}
interface Message {
  payload: { text: string };
}
interface Push {
  status: number;
  headers: Record<string, string>;
  body: string;
}
interface Run {
  id: string;
  ended_at: string | null;
  job_id: string | null;
  verdict: { is: string } | null;
}
interface Submit {
  jobId: string;
  key: string | null;
}

let directory: string;
let env: Record<string, string>;
let url: string;
let demo: Running;

const get = <T>(path: string) => getJson<T>(`${url}${path}`);
const targets = async () => (await get<{ targets: Target[] }>('/v1/status')).targets;
const klingNow = async () => (await targets()).find(({ id }) => id === KLING);
const messages = async (about: RegExp) =>
  (await get<{ messages: Message[] }>('/inbox.json')).messages
    .map(({ payload }) => payload.text)
    .filter((text) => about.test(text));
const klingSubmits = async () =>
  (await get<{ kling: { submits: Submit[] } }>('/_sim/counters')).kling.submits;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'reelwatch-demo-'));
  const port = await freePorts();
  url = `http://127.0.0.1:${port}`;
  env = { REELWATCH_PORT: String(port), REELWATCH_DATA_DIR: directory };
  // The scripted incident would come in the middle of ours.
  demo = start(['demo', '--no-incident'], env);
});
afterAll(() => {
  killAll();
  rmSync(directory, { recursive: true, force: true });
});

it('shows a newcomer every target with a decoded video behind it within a minute', async () => {
  const shown = await until(async () => {
    const all = await targets();
    const isThere = ({ id, last_run }: Target) => id === SORA || last_run?.frame_url != null;
    return all.length === TARGETS.length && all.every(isThere) ? all : null;
  }, 60_000);

  expect(shown.map(({ id }) => id).toSorted()).toEqual(TARGETS);
  for (const target of shown) {
    const filled = expect.stringMatching(/./);
    expect(target).toMatchObject({
      id: filled,
      provider: filled,
      model: filled,
      state: target.id === SORA ? 'retired' : 'healthy',
      weight: expect.any(Number),
      since: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      reason: { code: filled, text: filled },
    });
  }
  expect(demo.out()).toContain(`the status page        ${url}/`);
});

it('has facts, findings and a picture of every canary', async () => {
  const watched = (await targets()).filter(({ id }) => id !== SORA);

  expect(watched).toHaveLength(TARGETS.length - 1);
  for (const { last_run } of watched) {
    const run = await get<Run & { trace: { video: object; findings: { ok: boolean }[] } }>(
      `/v1/runs/${encodeURIComponent(last_run?.id ?? '')}`,
    );
    expect(run.verdict?.is).toBe('pass');
    expect(run.trace.video).toMatchObject({
      codec: 'h264',
      is_truncated: false,
      frames_decoded: expect.any(Number),
    });
    expect(run.trace.findings.length).toBeGreaterThan(3);
    expect(run.trace.findings.every(({ ok }) => ok)).toBe(true);
    const frame = await fetch(`${url}${last_run?.frame_url ?? ''}`);
    const bytes = Buffer.from(await frame.arrayBuffer());
    expect(frame.headers.get('content-type')).toBe('image/jpeg');
    expect(bytes.subarray(0, 3).toString('hex')).toBe('ffd8ff');
    expect(bytes.length).toBeGreaterThan(1_000);
  }
});

it('tells of an outage once, and moves the weights of routers with a signature that they can verify', async () => {
  await fetch(`${url}/_sim/kling/faults`, { method: 'PUT', body: '{"kind":"down"}' });

  await until(async () => ((await klingNow())?.state === 'down' ? true : null), 40_000);
  const told = await until(async () => nonEmpty(await messages(/^🔴 kling/)));
  expect(told).toEqual([expect.stringMatching(/^🔴 kling\/kling-3\.0 is down\. .*First failure/)]);
  expect((await klingNow())?.weight).toBe(0);
  const { routes, generation } = await get<{
    generation: number;
    routes: { targets: { id: string; weight: number }[] }[];
  }>('/v1/status');
  const weights = Object.fromEntries(routes[0]?.targets.map(({ id, weight }) => [id, weight]) ?? []);
  const held = await until(async () => {
    const { pushes } = await get<{ pushes: Push[] }>('/router.json');
    const newest = pushes.at(-1);
    return newest?.status === 200 && newest.body.includes('"kling/kling-3.0":0') ? newest : null;
  });
  const verified = new Webhook(SECRET).verify(held.body, held.headers) as {
    data: { generation: number; weights: Record<string, number> };
  };
  expect(verified.data.weights).toEqual(weights);
  expect(verified.data.weights[KLING]).toBe(0);
  expect(verified.data.generation).toBeLessThanOrEqual(generation);
  expect(() => new Webhook(SECRET).verify(held.body.replace(':0', ':1'), held.headers)).toThrow(
    'No matching signature found',
  );
});

it('tells once that it is over, and how long it was', async () => {
  await fetch(`${url}/_sim/kling/faults`, { method: 'DELETE' });

  await until(async () => ((await klingNow())?.state === 'healthy' ? true : null), 90_000);
  const over = await until(async () => nonEmpty(await messages(/^🟢 kling/)));
  expect(over).toEqual([expect.stringMatching(/is back: it was down for \d+ (s|min)/)]);
  expect(await messages(/kling/)).toHaveLength(2);
  await until(async () => ((await klingNow())?.weight === 30 ? true : null), 60_000);
});

it('does not start twice on the same data', async () => {
  const second = await run(['demo'], env);

  expect(second).toMatchObject({ code: 4, err: expect.stringContaining('already running') });
  expect(second.err).toContain(String(demo.pid));
  expect(demo.isOver()).toBe(false);
});

it('says so where only the port is taken', async () => {
  const second = await run(['demo'], { ...env, REELWATCH_DATA_DIR: join(directory, 'other') });

  expect(second).toMatchObject({ code: 4, err: expect.stringContaining('is taken') });
});

it('ends quickly on Ctrl-C in the middle of a canary, and takes that canary up again', async () => {
  const path = `/v1/runs?target=${encodeURIComponent(KLING)}&limit=1`;
  const flying = await until(async () => {
    const [run] = (await get<{ runs: Run[] }>(path)).runs;
    return run?.ended_at === null && run.job_id !== null ? run : null;
  }, 40_000);
  const before = await klingSubmits();

  demo.kill('SIGINT');
  const end = await demo.end();
  demo = start(['demo', '--no-incident'], env);

  expect(end).toMatchObject({ code: 0, signal: null });
  expect(end.tookMs).toBeLessThan(5_000);
  const done = await until(async () => {
    const run = await get<Run>(`/v1/runs/${encodeURIComponent(flying.id)}`);
    return run.ended_at === null ? null : run;
  });
  expect(done).toMatchObject({ verdict: { is: 'pass' }, job_id: flying.job_id });
  expect(before.map(({ jobId }) => jobId)).toContain(flying.job_id);
  // The new simulator has new books: whatever is in them was ordered after the restart.
  const slot = before.find(({ jobId }) => jobId === flying.job_id)?.key;
  expect((await klingSubmits()).filter(({ key }) => key === slot)).toEqual([]);
});

it('holds the weights when three providers break at once, and tells a person so once', async () => {
  const three = ['runway', 'kling', 'fal'];
  const weights = async () =>
    (await get<{ weights: Record<string, number> }>('/v1/weights/t2v.default')).weights;
  await until(async () => ((await weights())[KLING] === 30 ? true : null), 60_000);
  for (const name of three)
    await fetch(`${url}/_sim/${name}/faults`, { method: 'PUT', body: '{"kind":"down"}' });

  const frozen = await until(async () => nonEmpty(await messages(/^🧊/)), 60_000);
  const held = await weights();
  for (const name of three) await fetch(`${url}/_sim/${name}/faults`, { method: 'DELETE' });

  expect(frozen).toEqual([
    expect.stringMatching(
      /^🧊 The weights of t2v\.default are frozen: 3 providers are out\. fal, kling, runway/,
    ),
  ]);
  for (const [target, weight] of Object.entries(held)) expect(frozen[0]).toContain(`${target} ${weight} % (`);
  const over = await until(async () => nonEmpty(await messages(/^💧/)), 90_000);
  expect(over).toEqual([expect.stringContaining('enough providers are back')]);
  expect(await messages(/^🧊/)).toHaveLength(1);
}, 240_000);

function nonEmpty(list: string[]): string[] | null {
  return list.length === 0 ? null : list;
}

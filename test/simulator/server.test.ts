import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { startSimulator } from '../../src/simulator/server.ts';
import type { RunningSimulator } from '../../src/simulator/server.ts';
import { RUNWAY, START } from './tools.ts';

let running: RunningSimulator | null = null;
afterEach(async () => {
  await running?.close();
  running = null;
});

const clock = { now: START };
async function start(more: Partial<Parameters<typeof startSimulator>[0]> = {}): Promise<RunningSimulator> {
  clock.now = START;
  running = await startSimulator({ port: 0, seed: 1, speed: 1000, now: () => clock.now, ...more });
  return running;
}

const submit = (origin: string) =>
  fetch(`${origin}${RUNWAY.submitPath}`, {
    method: 'POST',
    headers: { ...RUNWAY.headers, 'content-type': 'application/json' },
    body: JSON.stringify(RUNWAY.order),
  });

it('runs a whole generation over real HTTP', async () => {
  const { origin, simulator } = await start();

  const accepted = await submit(origin);
  const { id } = (await accepted.json()) as { id: string };
  clock.now += 60_000;
  const polled = await fetch(`${origin}/runway/v1/tasks/${id}`, { headers: RUNWAY.headers });
  const { output } = (await polled.json()) as { output: string[] };
  const video = await fetch(output[0] ?? '');
  const bytes = await video.arrayBuffer();

  expect(accepted.status).toBe(200);
  expect(output[0]?.startsWith(`${origin}/assets/`)).toBe(true);
  expect(video.headers.get('content-length')).toBe(String(bytes.byteLength));
  expect(simulator.counters().runway).toMatchObject({ submitsTotal: 1, polls: 1, downloads: 1 });
});

it('resets the socket', async () => {
  const { origin, simulator } = await start();
  simulator.setFault('runway', { kind: 'reset' });

  const error = await submit(origin).catch((caught: unknown) => caught as Error);

  expect(error).toMatchObject({ cause: { code: expect.stringMatching(/ECONNRESET|UND_ERR_SOCKET/) } });
});

it('hangs until the client leaves, and goes on serving others', async () => {
  const { origin, simulator } = await start();
  simulator.setFault('runway', { kind: 'hang' });
  const client = new AbortController();
  const hanging = fetch(`${origin}/runway/v1/organization`, {
    headers: RUNWAY.headers,
    signal: client.signal,
  });

  const counters = await fetch(`${origin}/_sim/counters`);
  client.abort();

  await expect(hanging).rejects.toThrow('aborted');
  expect(counters.status).toBe(200);
  simulator.healFault('runway');
  expect((await submit(origin)).status).toBe(200);
});

it('refuses a body that is too large', async () => {
  const { origin } = await start();

  const refused = await fetch(`${origin}/inbox/hook`, { method: 'POST', body: 'x'.repeat(1_000_001) });

  expect(refused.status).toBe(413);
});

it('reads planned faults from a file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'reelwatch-sim-'));
  const faultsFile = join(folder, 'faults.json');
  writeFileSync(faultsFile, JSON.stringify({ timeline: [{ at: '1s', provider: 'runway', kind: 'down' }] }));

  const { origin } = await start({ faultsFile });
  rmSync(folder, { recursive: true });
  const before = await submit(origin);
  clock.now += 1000;
  const after = await submit(origin);

  expect([before.status, after.status]).toEqual([200, 503]);
});

it('says that a port is taken', async () => {
  const { origin } = await start();

  await expect(startSimulator({ port: Number(new URL(origin).port), seed: 1 })).rejects.toMatchObject({
    code: 'EADDRINUSE',
  });
});

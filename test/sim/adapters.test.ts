import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createApp } from '../../src/app/app.ts';
import type { App } from '../../src/app/app.ts';
import { readTextFile } from '../../src/config/files.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createSettings } from '../../src/config/settings.ts';
import { MINUTE } from '../../src/core/base.ts';
import type { Http } from '../../src/ports/http.ts';
import type { Media } from '../../src/ports/media.ts';
import type { Store } from '../../src/ports/store.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { openStore } from '../../src/store/store.ts';
import { isCronExpression } from '../../src/system/cron.ts';
import { createHttp } from '../../src/system/http.ts';
import { createScratch } from '../../src/system/scratch.ts';
import { signerOf } from '../../src/system/signing.ts';
import { NO_TCP } from '../app/world.ts';
import { createVirtualTime } from './clock.ts';
import type { Owner, VirtualTime } from './clock.ts';
import { VIDEO } from './provider.ts';

// The shipped demo, whole: its configuration, its adapters, the real door to the network with the simulator behind
// it, real files. Only time is virtual, and the decoder knows the simulator's clips by their check sums.

const ROOT = join(import.meta.dirname, '../..');
const START = Date.parse('2026-12-01T12:00:00Z');
const ORIGIN = 'http://simulator.invalid';
const KEYS = signerOf(`whsk_${Buffer.alloc(32, 7).toString('base64')}`);
const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

let folder: string;
let time: VirtualTime;
let simulator: Simulator;
let store: Store;
let calls: Calls;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'reelwatch-sim-'));
  calls = countCalls();
  time = createVirtualTime(START, { settle: calls.settle });
  simulator = createSimulator({ now: time.now, seed: 7, origin: ORIGIN, speed: 10 });
  store = await openStore(openSqlite(':memory:'));
});

afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

interface Calls {
  count: <A extends unknown[], R>(call: (...args: A) => Promise<R>) => (...args: A) => Promise<R>;
  /** Real files take real time: time stands still while a call is under way. */
  settle: () => Promise<void>;
}

function countCalls(): Calls {
  let pending = 0;
  return {
    count:
      (call) =>
      async (...args) => {
        pending += 1;
        try {
          return await call(...args);
        } finally {
          pending -= 1;
        }
      },
    settle: async () => {
      for (;;) {
        await new Promise((resolve) => setImmediate(resolve));
        if (pending === 0) return;
      }
    },
  };
}

/** The real door, with every call counted. */
function door(owner: Owner): Http {
  const http = createHttp({ clock: owner.clock, fetch: simulator.handle });
  return {
    at: (base, headers) => {
      const api = http.at(base, headers);
      const { count } = calls;
      return { get: count(api.get), send: count(api.send), download: count(api.download) };
    },
    download: calls.count(http.download),
  };
}

/** Knows each clip by its bytes, and says of it what its name says. */
function decoder(): Media {
  const clips = join(ROOT, 'src/simulator/videos');
  const sumOf = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');
  const names = new Map(readdirSync(clips).map((name) => [sumOf(join(clips, name)), name]));
  return {
    inspect: (file) => {
      const name = names.get(sumOf(file)) ?? '';
      const [, kind = '', width = '', height = '', seconds = ''] =
        /^(\w+)-(\d+)x(\d+)x([\d.]+)\.mp4$/.exec(name) ?? [];
      if (kind === '') return Promise.resolve({ is: 'unreadable', why: 'no such clip' });
      const facts = {
        ...VIDEO,
        width: Number(width),
        height: Number(height),
        durationMs: Number(seconds) * 1000,
        blackRatio: kind === 'black' ? 1 : 0,
      };
      return Promise.resolve({ is: 'video', facts, frameJpegBase64: null });
    },
  };
}

async function start(): Promise<{ app: App; owner: Owner; faults: unknown[] }> {
  const loaded = loadConfig(join(ROOT, 'config/demo.yaml'), {
    env: { REELWATCH_SIM_URL: ORIGIN, REELWATCH_DEMO_DIR: folder },
    readFile: readTextFile,
    isCron: isCronExpression,
    now: time.now(),
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors));
  const owner = time.owner();
  const { clock, cron } = owner;
  const faults: unknown[] = [];
  const http = door(owner);
  const scratch = createScratch(join(folder, 'scratch'));
  const quiet = () => {};
  const app = await createApp({
    settings: createSettings(loaded.config, { http, tcp: NO_TCP, signer: KEYS, clock, log: SILENT }),
    store,
    clock,
    cron,
    http,
    media: decoder(),
    scratch: { ...scratch, remove: calls.count(scratch.remove) },
    log: SILENT,
    observe: () => ({
      runStarted: quiet,
      runSkipped: quiet,
      runEnded: quiet,
      checked: quiet,
      committed: quiet,
      told: quiet,
      reported: quiet,
      delivered: quiet,
      pushed: quiet,
      drifted: quiet,
    }),
    fatal: (error) => void faults.push(error),
  });
  await app.start();
  return { app, owner, faults };
}

const goOn = (minutes: number) => time.advanceTo(time.now() + minutes * MINUTE);
const heard = () => simulator.inbox().map(({ payload }) => JSON.stringify(payload));
const healthOf = (app: App, target: string) => app.view.states().get(target)?.health;

/** A target's weight in the newest plan that the router has taken. */
function weightOf(target: string): number | undefined {
  const taken = simulator.pushes().findLast(({ status }) => status === 200);
  const { data } = JSON.parse(taken?.body ?? '{}') as { data: { weights: Record<string, number> } };
  return data.weights[target];
}

describe('the shipped demo in virtual time', () => {
  it('finds everybody healthy but the model that was shut down', async () => {
    const { app, faults } = await start();

    await goOn(5);

    const states = [...app.view.states()];
    expect(states.filter(([, { health }]) => health !== 'healthy').map(([target]) => target)).toEqual([
      'openai/sora-2',
    ]);
    expect(healthOf(app, 'openai/sora-2')).toBe('retired');
    expect(new Set(states.map(([target]) => target.split('/')[0])).size).toBeGreaterThanOrEqual(10);
    expect(faults).toEqual([]);
    expect(heard().filter((text) => text.includes('sora-2'))).toHaveLength(1);
    expect(weightOf('kling/kling-3.0')).toBe(30);
  });

  it('tells an outage in the inbox, moves the router, and takes both back when it is over', async () => {
    const { app, faults } = await start();
    await goOn(5);

    simulator.setFault('kling', { kind: 'down', for: '5m' });
    await goOn(3);
    const during = [healthOf(app, 'kling/kling-3.0'), weightOf('kling/kling-3.0')];
    await goOn(6);

    expect(during).toEqual(['down', 0]);
    expect([healthOf(app, 'kling/kling-3.0'), weightOf('kling/kling-3.0')]).toEqual(['healthy', 30]);
    expect(heard().filter((text) => text.includes('kling-3.0'))).toHaveLength(2);
    expect(faults).toEqual([]);
  });

  it('pays no order twice, though it is stopped and started while jobs are running', async () => {
    for (let life = 0; life < 6; life++) {
      const { app, owner, faults } = await start();
      await goOn(0.7 + life / 10);
      const stopping = app.stop();
      await time.advanceTo(time.now() + 5_000);
      await stopping;
      expect([owner.waiting(), owner.listening(), faults]).toEqual([0, 0, []]);
    }
    const { app } = await start();
    await goOn(3);

    const { kling } = simulator.counters();
    const keys = kling.submits.map(({ key }) => key);
    expect(keys.length).toBeGreaterThan(5);
    expect(new Set(keys).size).toBe(keys.length);
    const runs = await store.runs({ targets: [...app.view.states().keys()], limit: 1_000 });
    const paid = Object.values(simulator.counters()).reduce((sum, { submitsTotal }) => sum + submitsTotal, 0);
    expect(runs.filter(({ jobId }) => jobId !== null)).toHaveLength(paid);
    expect(runs.filter(({ verdict }) => verdict?.is === 'inconclusive')).toEqual([]);
  });
});

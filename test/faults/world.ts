/** A real daemon process among simulated providers, with a message receiver and a router that a scenario can break. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { type RunningSimulator, startSimulator } from '../../src/simulator/server.ts';
import type { ProviderName } from '../../src/simulator/types.ts';
import { freePorts, type Running, start, until } from '../e2e/process.ts';

const CLOCK = fileURLToPath(new URL('clock.mjs', import.meta.url));
export const KEY = 'sk-api-that-must-stay-unseen-8412';

export interface Target {
  id: string;
  provider: string;
  state: string;
  health: string;
  weight: number;
  incident: object | null;
}

export interface Status {
  epoch: number;
  generation: number;
  issued_at: string;
  valid_until: string;
  targets: Target[];
  routes: { id: string; targets: { id: string; weight: number }[] }[];
}

export interface Message {
  at: number;
  text: string;
}

export interface World {
  directory: string;
  dataDir: string;
  url: string;
  simulator: RunningSimulator;
  /** Starts the daemon, or starts it again. */
  begin: (flags?: readonly string[]) => Promise<Running>;
  daemon: () => Running;
  status: () => Promise<Status>;
  /** Resolves when every target that is not retired is healthy. */
  healthy: (msMax?: number) => Promise<Status>;
  /** All messages so far: the first line of each, and when it came. */
  messages: () => Message[];
  /** Moves the daemon's wall clock. */
  setClock: (offsetMs: number) => void;
  /** Answers in place of the simulator where it returns a response. */
  intercept: (answer: (request: Request) => Promise<Response | null>) => void;
  token: () => string;
  close: () => Promise<void>;
}

export interface WorldOptions {
  /** Sections of the configuration that replace the demo's. */
  change?: (config: Config) => object;
  /** Which providers; all of the demo's by default. */
  providers?: readonly ProviderName[];
  speed?: number;
}

export interface Config {
  probe: Record<string, unknown>;
  health: Record<string, unknown>;
  providers: ({ id: string } & Record<string, unknown>)[];
  targets: { provider: string }[];
  routes: { targets: { target: string }[] }[];
  alerts: Record<string, unknown>[];
}

/** Starts the simulator, and writes the daemon's configuration; `begin` starts the daemon. */
export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const directory = mkdtempSync(join(tmpdir(), 'reelwatch-faults-'));
  const dataDir = join(directory, 'data');
  mkdirSync(dataDir);
  const offsetFile = join(directory, 'clock');
  writeFileSync(offsetFile, '0');
  const simulator = await startSimulator({ port: 0, seed: 5, speed: options.speed ?? 100 });
  const port = await freePorts();
  const url = `http://127.0.0.1:${port}`;
  writeFileSync(join(directory, 'config.yaml'), JSON.stringify(configOf(options)));
  let daemon: Running | null = null;

  const begin = async (flags: readonly string[] = []) => {
    const env = {
      REELWATCH_SIM_URL: simulator.origin,
      REELWATCH_PORT: String(port),
      REELWATCH_DATA_DIR: dataDir,
      REELWATCH_DEMO_KEY: KEY,
      CLOCK_OFFSET_FILE: offsetFile,
    };
    const args = ['run', '-c', join(directory, 'config.yaml')];
    daemon = start(args, env, ['--import', CLOCK, ...flags]);
    await daemon.says(/reelwatch is up/);
    return daemon;
  };
  const get = async <T>(path: string): Promise<T> => {
    const answer = await fetch(`${url}${path}`, { signal: AbortSignal.timeout(10_000) });
    return (await answer.json()) as T;
  };
  const { handle } = simulator.simulator;
  const world: World = {
    directory,
    dataDir,
    url,
    simulator,
    begin,
    daemon: () => {
      if (daemon === null) throw new Error('the daemon was never started');
      return daemon;
    },
    status: () => get<Status>('/v1/status'),
    healthy: (msMax = 120_000) =>
      until(async () => {
        const status = await world.status();
        return status.targets.every(({ state }) => state === 'healthy' || state === 'retired')
          ? status
          : null;
      }, msMax),
    messages: () =>
      simulator.simulator
        .inbox()
        .map(({ at, payload }) => ({ at, text: JSON.stringify(payload['text'] ?? '') })),
    setClock: (offsetMs) => writeFileSync(offsetFile, String(offsetMs)),
    intercept: (answer) => {
      simulator.simulator.handle = async (request) => (await answer(request.clone())) ?? handle(request);
    },
    token: () => readFileSync(join(dataDir, 'token'), 'utf8').trim(),
    close: async () => {
      daemon?.kill('SIGCONT');
      daemon?.kill('SIGKILL');
      await daemon?.end().catch(() => {});
      await simulator.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  return world;
}

/** The demo's configuration at a pace that makes an outage a matter of seconds. */
function configOf({ change, providers }: WorldOptions): object {
  const demo = parse(readFileSync('config/demo.yaml', 'utf8')) as Config;
  const isWanted = (name: string) => providers === undefined || providers.some((one) => one === name);
  const targets = demo.targets.filter(({ provider }) => isWanted(provider));
  const config = {
    ...demo,
    budget: { perDay: '$2000000', warnDays: 0 },
    probe: { ...demo.probe, every: '1s', checkEvery: '1s' },
    health: {
      confirmGap: '200ms',
      canariesPerHourMax: 10_000,
      recoverEvery: '500ms',
      recoverEveryMax: '1s',
      settle: '1s',
      hold: '20ms',
    },
    providers: demo.providers
      .filter(({ id }) => isWanted(id))
      .map((provider) => ({ ...provider, pollEvery: '200ms', budgetPerDay: '$500000' })),
    targets,
    routes: demo.routes.map((route) => ({
      ...route,
      targets: route.targets.filter(({ target }) => isWanted(target.split('/')[0] ?? '')),
    })),
  };
  return { ...config, ...change?.(config) };
}

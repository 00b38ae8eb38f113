/** People's commands, said to a daemon that runs, dies and comes back. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningSimulator, startSimulator } from '../../src/simulator/server.ts';
import type { Running } from './process.ts';
import { freePorts, killAll, run, start, until } from './process.ts';

const DEMO = 'config/demo.yaml';
const ROUTE = 't2v.default';
const FAL = 'fal/pika-2.2';

let directory: string;
let simulator: RunningSimulator;
let env: Record<string, string>;
let url: string;
let daemon: Running;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'reelwatch-hands-'));
  simulator = await startSimulator({ port: 0, seed: 3, speed: 100 });
  const port = String(await freePorts());
  url = `http://127.0.0.1:${port}`;
  env = {
    REELWATCH_DATA_DIR: join(directory, 'data'),
    REELWATCH_PORT: port,
    REELWATCH_SIM_URL: simulator.origin,
    REELWATCH_DEMO_KEY: 'key',
    USER: 'lea',
  };
  daemon = start(['run', '-c', DEMO], env);
  await daemon.says(/reelwatch is up/);
});
afterAll(async () => {
  killAll();
  await simulator.close();
  rmSync(directory, { recursive: true, force: true });
});

const say = (...args: string[]) => run([...args, '-c', DEMO], env);

async function weightOf(target: string): Promise<number | undefined> {
  const answer = await fetch(`${url}/v1/weights/${ROUTE}`);
  return ((await answer.json()) as { weights: Record<string, number> }).weights[target];
}

async function frozenBy(): Promise<string | null> {
  const { routes } = (await (await fetch(`${url}/v1/freeze`)).json()) as {
    routes: { frozen: { by: string } | null }[];
  };
  return routes[0]?.frozen?.by ?? null;
}

describe('people', () => {
  it('pin a weight, and are told in a line what is so and until when', async () => {
    const { code, out } = await say('pin', ROUTE, FAL, '5', '--for', '2h', '--because', 'invoice dispute');

    expect(code).toBe(0);
    expect(out).toMatch(
      /^fal\/pika-2\.2 is pinned at 5 in t2v\.default until \d{4}-\d\d-\d\dT[\d:]+Z, by lea: invoice dispute\. Weights of t2v\.default now: .*fal\/pika-2\.2 5.*\.\n$/,
    );
    expect(await weightOf(FAL)).toBe(5);
  });

  it.each([
    [['pin', ROUTE, FAL, '5', '--for', '25h', '--because', 'x'], 2, /^A pin lasts at most 24 hours/],
    [['pin', ROUTE, FAL, 'much', '--for', '1h', '--because', 'x'], 2, /^Expected a weight from 0 to 100/],
    [['pin', ROUTE, FAL, '5', '--for', '1h'], 2, /--because/],
    [['thaw'], 2, /^No route is frozen\.$/m],
    [
      ['freeze', '--because', 'x', '--url', 'http://127.0.0.1:65533'],
      4,
      /^No daemon answers at http:\/\/127\.0\.0\.1:65533,/,
    ],
  ])('are told what is wrong: %j', async (args, exit, words) => {
    const { code, err } = await say(...args);

    expect(code).toBe(exit);
    expect(err).toMatch(words);
  });

  it('find their pins and freezes after the daemon was killed, and lift them', async () => {
    const frozen = await say('freeze', '--because', 'migration', '--by', 'ada');
    expect(frozen.out).toMatch(
      /^All routes are frozen until lifted, by ada: migration\. Held: t2v\.default at /,
    );
    daemon.kill('SIGKILL');
    await daemon.end();
    daemon = start(['run', '-c', DEMO], env);
    await daemon.says(/reelwatch is up/);

    expect(await until(async () => ((await frozenBy()) === 'ada' ? true : null))).toBe(true);
    expect(await weightOf(FAL)).toBe(5);
    const thawed = await say('thaw', '--because', 'done');
    expect(thawed.out).toMatch(/^The freeze of all routes is lifted\. Weights of t2v\.default now: /);
    const unpinned = await say('unpin', ROUTE, FAL);
    expect(unpinned.out).toMatch(/^fal\/pika-2\.2 is no longer pinned in t2v\.default\. Weights /);
  });

  it('stop everything with a file alone, and let it go on by removing it', async () => {
    const file = join(env['REELWATCH_DATA_DIR'] ?? '', 'freeze');
    writeFileSync(file, 'we move house\n');
    expect(await until(async () => ((await frozenBy()) === 'file' ? true : null))).toBe(true);
    const refused = await say('thaw');
    rmSync(file);

    expect(refused.err).toContain('A file holds all routes (we move house)');
    expect(await until(async () => ((await frozenBy()) === null ? true : null))).toBe(true);
  });

  it('read later who did what, and what came of it', async () => {
    const people = await say('audit', '--limit', '500');
    const programs = await say('audit', '--json', '--route', ROUTE);

    expect(people.code).toBe(0);
    expect(people.out).toMatch(/^at +what +route +who +how$/m);
    expect(people.out).toMatch(/ pinned +t2v\.default +lea +fal\/pika-2\.2 at 5 until .*: invoice dispute$/m);
    expect(people.out).toMatch(/ frozen +all routes +ada +migration$/m);
    expect(people.out).toMatch(/ thawed +all routes +file +the freeze file is gone$/m);
    expect(people.out).toMatch(/ pushed +t2v\.default +gateway +applied: .*fal\/pika-2\.2 5/m);
    expect(people.out).toMatch(/ planned +t2v\.default +- +.*fal\/pika-2\.2 \d+ -> 5/m);
    const entries = JSON.parse(programs.out) as { n: number }[];
    expect(entries.length).toBeGreaterThan(5);
  });
});

describe('a token', () => {
  it('is needed, is taken from the configuration, and signs', async () => {
    const token = 'o'.repeat(24);
    const demo = join(directory, 'tokens.yaml');
    const port = String(await freePorts());
    const own = { ...env, REELWATCH_PORT: port, REELWATCH_DATA_DIR: join(directory, 'other') };
    const text = readFileSync(DEMO, 'utf8');
    const tokens = `  tokens:\n    - { name: oncall, token: '\${OPS_TOKEN}', scopes: [operate] }\n`;
    writeFileSync(demo, text.replace('server:\n', `server:\n${tokens}`));
    const other = start(['run', '-c', demo], { ...own, OPS_TOKEN: token });
    await other.says(/reelwatch is up/);
    const freeze = ['freeze', '--because', 'x', '--url', `http://127.0.0.1:${port}`];

    const without = await run(freeze, own);
    const wrong = await run(freeze, { ...own, REELWATCH_TOKEN: 'w'.repeat(24) });
    const given = await run(freeze, { ...own, REELWATCH_TOKEN: token });
    const found = await run(['thaw', '-c', demo], { ...own, OPS_TOKEN: token });
    other.kill('SIGTERM');
    await other.end();

    expect([without.code, without.err]).toEqual([4, 'This change needs a token with the `operate` scope.\n']);
    expect([wrong.code, wrong.err]).toEqual([4, 'This token is unknown.\n']);
    expect(given.out).toContain('by oncall: x');
    expect([found.code, found.err]).toEqual([0, '']);
  });
});

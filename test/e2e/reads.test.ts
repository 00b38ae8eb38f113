/** Commands that read need the store or a running daemon, and none of the keys of the configuration. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningSimulator, startSimulator } from '../../src/simulator/server.ts';
import type { Running } from './process.ts';
import { freePorts, killAll, run, start, until } from './process.ts';

const TARGET = 'runway/gen4.5';

let directory: string;
let simulator: RunningSimulator;
let daemon: Running;
let url: string;
/** The daemon's own configuration; one without any key that its sections for reading do not need. */
let [whole, keyless] = ['', ''];
let env: Record<string, string>;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'reelwatch-reads-'));
  simulator = await startSimulator({ port: 0, seed: 3, speed: 100 });
  const port = String(await freePorts());
  url = `http://127.0.0.1:${port}`;
  env = { REELWATCH_DATA_DIR: join(directory, 'data') };
  [whole, keyless] = [join(directory, 'whole.yaml'), join(directory, 'keyless.yaml')];
  const text = readFileSync('config/demo.yaml', 'utf8').replace('mode: enforce', 'mode: dry_run');
  writeFileSync(whole, text);
  const unset = text.replaceAll('${REELWATCH_DEMO_KEY:-demo-key}', '${NEVER_SET}');
  writeFileSync(keyless, unset.replace('apiKey: ${NEVER_SET}', 'apiKey: file:/nowhere/key'));
  daemon = start(['run', '-c', whole], { ...env, REELWATCH_PORT: port, REELWATCH_SIM_URL: simulator.origin });
  await daemon.says(/"targetId":"runway\/gen4\.5".*"to":"healthy"/);
});
afterAll(async () => {
  killAll();
  await simulator.close();
  rmSync(directory, { recursive: true, force: true });
});

const LINE =
  /^runway\/gen4\.5 +healthy +\d+ s +- +\d+ % of t2v\.default \(dry run\) +pass, \d+ s ago +good video/m;

describe('without the keys of the configuration', () => {
  it('a daemon does not start, and says which key is missing', async () => {
    const { code, err } = await run(['check', keyless], env);

    expect([code, err]).toEqual([
      2,
      expect.stringContaining('The environment variable NEVER_SET is not set'),
    ]);
  });

  it('status shows states, weights, and that they are a dry run', async () => {
    const { code, out, err } = await run(['status', '-c', keyless], env);

    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(LINE);
  });

  it('explain and simulate read the store', async () => {
    const why = await run(['explain', TARGET, '-c', keyless], env);
    const replayed = await run(['simulate', TARGET, '-c', keyless, '--set', 'alertAt=0.9'], env);

    expect([why.code, why.err]).toEqual([0, '']);
    expect(why.out).toMatch(/^runway\/gen4\.5 is healthy: good video.*\n\n {2}fine (?:99\.\d|100\.0) %$/m);
    expect([replayed.code, replayed.err]).toEqual([0, '']);
  });

  it('says what is wrong with a section that it reads', async () => {
    const broken = join(directory, 'broken.yaml');
    writeFileSync(broken, readFileSync(keyless, 'utf8').replace('health:', 'health:\n  alertAt: much'));
    const { code, err } = await run(['status', '-c', broken], env);

    expect(code).toBe(2);
    expect(err).toMatch(/health\.alertAt: /);
  });

  it('status shows and counts configured targets only', async () => {
    const fewer = join(directory, 'fewer.yaml');
    const text = readFileSync(keyless, 'utf8');
    writeFileSync(fewer, text.replace(/^ +- \{ provider: kling, .*\n/m, ''));
    const { code, out } = await run(['status', '-c', fewer], env);

    expect(code).toBe(0);
    expect(out).toMatch(LINE);
    expect(out).not.toContain('kling/');
  });
});

describe('from a running daemon, without any configuration', () => {
  it('status and explain say the same as from the store', async () => {
    const shown = await run(['status', '--url', url], {});
    const why = await run(['explain', TARGET, '--url', url], {});
    const json = await run(['explain', TARGET, '--url', url, '--json'], {});

    expect([shown.code, shown.err]).toEqual([0, '']);
    expect(shown.out).toMatch(LINE);
    expect(why.out).toMatch(/^runway\/gen4\.5 is healthy\n\n {2}fine (?:99\.\d|100\.0) %$/m);
    expect(JSON.parse(json.out)).toMatchObject({ target: TARGET, state: 'healthy' });
  });

  it('say so where no daemon answers, and where a target is unknown', async () => {
    const away = await run(['status', '--url', 'http://127.0.0.1:65533'], {});
    const unknown = await run(['explain', 'runway/gen9', '--url', url], {});

    expect([away.code, away.err]).toEqual([4, expect.stringContaining('No daemon answers at')]);
    expect([unknown.code, unknown.err]).toEqual([2, 'No target of that id is configured.\n']);
  });
});

describe('status --exit-code', () => {
  it('is 0 while no target is down, and 1 while one is', async () => {
    const before = await run(['status', '-c', keyless, '--exit-code'], env);
    simulator.simulator.setFault('kling', { kind: 'down' });
    const down = await until(async () => {
      const shown = await run(['status', '-c', keyless, '--exit-code'], env);
      return /^kling\/\S+ +down /m.test(shown.out) ? shown : null;
    });
    const asked = await run(['status', '--url', url, '--exit-code', '--json'], {});
    const plain = await run(['status', '--url', url], {});

    expect([before.code, down.code, asked.code, plain.code]).toEqual([0, 1, 1, 0]);
  });
});

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createMedia } from '../../src/media/inspect.ts';
import { type RunningSimulator, startSimulator } from '../../src/simulator/server.ts';
import { systemClock } from '../../src/system/clock.ts';
import { replay } from '../providers/replay.ts';
import { freePorts, killAll, run, start, until } from './process.ts';

const DEMO = 'config/demo.yaml';
const KEY = 'key-that-stays-unseen';
const TARGET = 'runway/gen4.5';

let directory: string;
let simulator: RunningSimulator;
let env: Record<string, string>;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'reelwatch-commands-'));
  simulator = await startSimulator({ port: 0, seed: 3, speed: 100 });
});
beforeEach(async () => {
  env = {
    REELWATCH_DATA_DIR: mkdtempSync(join(directory, 'data-')),
    REELWATCH_PORT: String(await freePorts()),
    REELWATCH_SIM_URL: simulator.origin,
    REELWATCH_DEMO_KEY: KEY,
  };
});
afterEach(() => simulator.simulator.healFault('runway'));
afterAll(async () => {
  killAll();
  await simulator.close();
  rmSync(directory, { recursive: true, force: true });
});

const probe = (...more: string[]) => run(['probe', TARGET, '-c', DEMO, ...more], env);
const submits = () => simulator.simulator.counters().runway.submitsTotal;

describe('check', () => {
  it('prints the configuration without its secrets, each canary, its price and the cost of a day', async () => {
    const { code, out, err } = await run(['check', DEMO], env);

    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('"apiKey": "***"');
    expect(out).toContain('"secret": "***"');
    expect(out).not.toContain(KEY);
    expect(out).not.toContain('whsec_');
    expect(out).toMatch(/^runway\/gen4\.5 +2 s, 1280x720 +\$0\.240 +20s +\$1036\.80\/day +~3\.2 min/m);
    expect(out).toMatch(/^openai\/sora-2 +retired: nothing is ordered/m);
    expect(out).toMatch(/^all together +\$[\d.]+\/day +\$20000\.00\/day$/m);
    expect(out).toMatch(/config\/demo\.yaml is good \(sha256:\w+\)\.\n$/);
  });

  it('says what the budget buys where it sets the pace', async () => {
    const keys = { RUNWAYML_API_SECRET: KEY, SLACK_WEBHOOK_URL: 'https://hooks.slack.com/services/T0/B0/x' };

    const { code, out } = await run(['check', 'config/start.yaml'], { ...env, ...keys });

    expect(code).toBe(0);
    expect(out).toMatch(/^runway\/wan3 +2 s, 832x480 +\$0\.100 +~\d+ min +\$[\d.]+\/day +~\d+ min/m);
    expect(out).toMatch(/^all together +\$[\d.]+\/day +\$5\.00\/day$/m);
    expect(out).toMatch(
      /^\$5\.00 a day finds such an outage in ~\d+ min, ~[\d.]+ min for \$10\.00, ~\d+ min for \$2\.50/m,
    );
  });

  it('says the same to programs', async () => {
    const { code, out } = await run(['check', DEMO, '--json'], env);

    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      ok: true,
      hash: expect.stringMatching(/^sha256:\w{64}$/),
      forecast: {
        targets: expect.arrayContaining([expect.objectContaining({ target: TARGET })]),
        total: expect.objectContaining({ budgetUsd: 20_000 }),
      },
      config: expect.objectContaining({ targets: expect.any(Array) }),
    });
    expect(out).not.toContain(KEY);
  });

  it('starts nothing', async () => {
    const before = submits();
    await run(['check', DEMO], env);

    expect(submits()).toBe(before);
    expect(existsSync(join(env['REELWATCH_DATA_DIR'] ?? '', 'reelwatch.sqlite'))).toBe(false);
  });
});

describe('probe', () => {
  it('writes down what was said on the wire, without the key, so that it can be played back', async () => {
    const recordings = join(env['REELWATCH_DATA_DIR'] ?? '', 'recordings');

    const { code, err } = await probe('--record', recordings);

    const [file = ''] = readdirSync(recordings);
    const text = readFileSync(join(recordings, file), 'utf8');
    expect(code).toBe(0);
    expect(err).toContain(`in ${join(recordings, file)}. Read it before you share it.`);
    expect(file).toMatch(/^runway-gen4\.5-\d{4}-.*\.json$/);
    expect(text).not.toContain(KEY);
    expect(await replay(text)).toMatchObject({
      ending: { is: 'done', asset: { at: 'foreign' } },
      ends: 'video',
    });
  });

  it('orders one canary and passes, with findings, cost, and a video that plays', async () => {
    const before = submits();

    const { code, out } = await probe();

    expect(code).toBe(0);
    expect(submits()).toBe(before + 1);
    expect(out).toMatch(/^PASS: good video after/m);
    expect(out.match(/^ {2}ok {2}\w+: /gm)?.length).toBeGreaterThan(4);
    expect(out).not.toContain('BAD');
    expect(out).toMatch(/^ {2}cost: \$0\.240, as the provider says$/m);
    expect(out).not.toContain(KEY);
    const video = /^ {2}video: (.+)$/m.exec(out)?.[1] ?? '';
    const media = createMedia({ clock: systemClock, timeMsMax: 30_000, memoryMbMax: 512, concurrencyMax: 1 });
    expect(await media.inspect(video, new AbortController().signal)).toMatchObject({
      is: 'video',
      facts: { codec: 'h264', width: 1280, height: 720, isTruncated: false },
    });
  });

  it('tells programs everything, and nothing else on its output', async () => {
    const { code, out } = await probe('--json');

    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      verdict: { is: 'pass' },
      trace: { target: TARGET, video: { codec: 'h264' }, cost: { usd: 0.24 } },
      video: expect.stringMatching(/\.mp4$/),
    });
  });

  it('fails on a bad video, which it keeps to be looked at', async () => {
    simulator.simulator.setFault('runway', { kind: 'bad_video', video: 'black' });

    const { code, out } = await probe();

    expect(code).toBe(1);
    expect(out).toMatch(/^FAIL \(bad_output, the provider\): /m);
    expect(out).toMatch(/^ {2}BAD black: 100 % of the frames are black/m);
    expect(readFileSync(/^ {2}video: (.+)$/m.exec(out)?.[1] ?? '').length).toBeGreaterThan(1_000);
  });

  it.each([
    ['no_credit', /^FAIL \(no_credit, on our side\): /m, 1],
    ['bad_key', /^FAIL \(auth, on our side\): /m, 1],
    ['down', /^FAIL \(overloaded, the provider\): /m, 1],
    ['reset', /^FAIL \(\w+, the provider\): /m, 1],
    ['rate_limited', /^INCONCLUSIVE: /m, 3],
  ] as const)('says what is wrong and whose fault it is: %s', async (kind, said, exit) => {
    simulator.simulator.setFault('runway', { kind });

    const { code, out } = await probe();

    expect(out).toMatch(said);
    expect(code).toBe(exit);
    expect(out).not.toContain('  video: ');
  });

  it('never pays beyond the budget', async () => {
    const demo = parse(readFileSync(DEMO, 'utf8')) as {
      providers: { id: string }[];
      targets: { provider: string }[];
    };
    const path = join(directory, 'poor.yaml');
    const poor = {
      ...demo,
      budget: { perDay: '$0.30' },
      probe: { every: '30d', downloads: { privateAddresses: true } },
      providers: [{ ...demo.providers[0], budgetPerDay: '$0.30' }],
      targets: demo.targets.slice(0, 1),
      routes: [],
    };
    writeFileSync(path, JSON.stringify(poor));
    const before = submits();

    const first = await run(['probe', TARGET, '-c', path], env);
    const second = await run(['probe', TARGET, '-c', path], env);

    expect([first.code, second.code]).toEqual([0, 3]);
    expect(second.err).toBe('$0.240 would cross the budget of the last 24 hours; nothing was ordered.\n');
    expect(submits()).toBe(before + 1);
  });

  it('orders nothing of a target that is not configured', async () => {
    const { code, err } = await run(['probe', 'runway/gen9', '-c', DEMO], env);

    expect(code).toBe(2);
    expect(err).toContain('runway/gen9 is not configured');
  });

  it('leaves a job that it did not see the end of to the daemon', async () => {
    simulator.simulator.setFault('runway', { kind: 'slow', factor: 3 });
    const asked = start(['probe', TARGET, '-c', DEMO], env);
    await asked.says(/generating/);

    asked.kill('SIGINT');
    const { code } = await asked.end();
    const daemon = start(['run', '-c', DEMO], env);
    const runId = /saved as (\S+),/.exec(asked.err())?.[1] ?? '';
    const url = `http://127.0.0.1:${env['REELWATCH_PORT']}/v1/runs/${encodeURIComponent(runId)}`;
    const ended = await until(async () => {
      const run = (await (await fetch(url)).json()) as { ended_at: string | null };
      return run.ended_at === null ? null : run;
    });
    daemon.kill('SIGTERM');

    expect(code).toBe(3);
    expect(ended).toMatchObject({ why: 'manual', verdict: { is: 'pass' }, trace: { is_resumed: true } });
    expect(await daemon.end()).toMatchObject({ code: 0 });
  });
});

describe('status', () => {
  it('shows what a running daemon believes, to people and to programs', async () => {
    const daemon = start(['run', '-c', DEMO], env);
    await daemon.says(/"targetId":"runway\/gen4\.5".*"to":"healthy"/);

    const people = await run(['status', '-c', DEMO], env);
    const programs = await run(['status', '-c', DEMO, '--json'], env);
    const why = await run(['explain', TARGET, '-c', DEMO], env);
    daemon.kill('SIGTERM');
    await daemon.end();
    const after = await run(['status', '-c', DEMO], env);

    expect(people.code).toBe(0);
    expect(people.out).toMatch(/^target +state +for +P\(fault\) +weight +last canary +reason$/m);
    expect(people.out).toMatch(
      /^runway\/gen4\.5 +healthy +\d+ s +- +\d+ % of t2v\.default +pass, \d+ s ago +good video/m,
    );
    expect(people.out).toMatch(/^openai\/sora-2 +retired +\d+ days/m);
    const board = JSON.parse(programs.out) as { epoch: number; states: { id: string; health: string }[] };
    expect(board.epoch).toBeGreaterThan(1);
    expect(board.states).toContainEqual(expect.objectContaining({ id: TARGET, health: 'healthy' }));
    expect(after.out).toMatch(/^runway\/gen4\.5 +healthy/m);
    expect(why.code).toBe(0);
    expect(why.out).toMatch(/^runway\/gen4\.5 is healthy: good video.*\n\n {2}fine 99\.\d %$/m);
    expect(why.out).toMatch(/canary good +x 0\.\d+ +good video/);
  });

  it('says so where no daemon has been yet', async () => {
    const { code, err } = await run(['status', '-c', DEMO], env);

    expect(code).toBe(4);
    expect(err).toMatch(/^The store .* cannot be used: the file cannot be opened\.\n$/);
  });
});

describe('simulator', () => {
  it('takes any free port and says which, and ends when told', async () => {
    const alone = start(['simulator', '--port', '0']);
    const [, origin = ''] = await alone.says(/on (http:\S+) /);
    const answer = await fetch(`${origin}/_sim/counters`);
    alone.kill('SIGINT');

    expect(answer.status).toBe(200);
    expect(origin).not.toMatch(/:0$/);
    expect(await alone.end()).toMatchObject({ code: 0 });
  });
});

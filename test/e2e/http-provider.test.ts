import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type RunningSimulator, startSimulator } from '../../src/simulator/server.ts';
import { killAll, run } from './process.ts';

const FILE = 'config/http-provider.yaml';
const TARGET = 'ltx/ltx-2-3-fast';
const KEY = 'key-that-stays-unseen';

let directory: string;
let simulator: RunningSimulator;
let env: Record<string, string>;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'reelwatch-http-'));
  simulator = await startSimulator({ port: 0, seed: 3, speed: 100 });
});
beforeEach(() => {
  env = {
    REELWATCH_DATA_DIR: mkdtempSync(join(directory, 'data-')),
    LTX_URL: `${simulator.origin}/ltx`,
    LTXV_API_KEY: KEY,
    LTX_IS_SIMULATED: 'true',
  };
});
afterEach(() => simulator.simulator.healFault('ltx'));
afterAll(async () => {
  killAll();
  await simulator.close();
  rmSync(directory, { recursive: true, force: true });
});

/** The shipped description with something changed in it. */
function changed(from: string, to: string): string {
  const text = readFileSync(FILE, 'utf8');
  if (!text.includes(from)) throw new Error(`${FILE} has no ${from}`);
  const file = join(directory, 'changed.yaml');
  writeFileSync(file, text.replace(from, to));
  return file;
}

describe('a provider that is only described', () => {
  it('is checked without a call, and shows no key', async () => {
    const { code, out, err } = await run(['check', FILE], env);

    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^ltx\/ltx-2-3-fast +6 s, 1920x1080 +\$0\.360 /m);
    expect(out).not.toContain(KEY);
  });

  it('brings a video home that passes', async () => {
    const { code, out } = await run(['probe', TARGET, '-c', FILE], env);

    expect(out).toMatch(/^PASS: good video after/m);
    expect(code).toBe(0);
    expect(out).toMatch(/^ {2}cost: \$0\.360, computed from its price list$/m);
  });

  it('fails for the cause that the description gives to a code', async () => {
    simulator.simulator.setFault('ltx', { kind: 'no_credit' });

    const { code, out } = await run(['probe', TARGET, '-c', FILE], env);

    expect([code, out]).toEqual([1, expect.stringMatching(/^FAIL \(no_credit, on our side\)/m)]);
  });

  it.each([
    ['a path finds nothing', '$.result.video_url', '$.result.url', 'video.url: $.result.url finds nothing'],
    ['a word is not in the table', 'done: [completed]', 'done: [finished]', 'completed'],
  ])('says which part of the description does not fit where %s', async (_name, from, to, said) => {
    const { out } = await run(['probe', TARGET, '-c', changed(from, to)], env);

    expect(out).toMatch(/^(FAIL|INCONCLUSIVE)/m);
    expect(out).toContain(said);
    expect(out).not.toContain(KEY);
  });

  it.each([
    ['status: $.status', 'status: $.status[', 'poll.status: Expected a JSONPath'],
    [
      'text-to-video/{job.id}',
      'text-to-video/{job.di}',
      'poll.path: {job.di} stands for nothing here, only {model}, {job.id}',
    ],
    ['words:', 'word:', 'Unknown option "word". Did you mean "words"?'],
    ['no_credit:', 'nocredit:', 'causes.nocredit: nocredit is no cause'],
    ['[1920, 1080]', '[1920]', 'models.ltx-2-3-fast.sizes'],
  ])('is refused with line and path for %s', async (from, to, said) => {
    const { code, err } = await run(['check', changed(from, to)], env);

    expect(code).not.toBe(0);
    expect(err).toMatch(/changed\.yaml:\d+: providers\[0\]\./);
    expect(err).toContain(said);
  });
});

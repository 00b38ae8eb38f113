import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openSqlite } from '../../src/store/sqlite.ts';
import { openStore } from '../../src/store/store.ts';
import { freePorts, getJson, killAll, run, start } from './process.ts';

const DEMO = 'config/demo.yaml';
const SECRET = 'a-key-that-nobody-may-see';
const SQLITE_PAGE_BYTES = 4_096;

let directory: string;
let data: string;
let env: Record<string, string>;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'reelwatch-bad-'));
});
beforeEach(async () => {
  data = mkdtempSync(join(directory, 'data-'));
  env = {
    REELWATCH_DATA_DIR: data,
    REELWATCH_PORT: String(await freePorts()),
    // Nobody listens there: what follows must fail before it asks.
    REELWATCH_SIM_URL: 'http://127.0.0.1:9',
    REELWATCH_DEMO_KEY: SECRET,
  };
});
afterAll(() => {
  killAll();
  rmSync(directory, { recursive: true, force: true });
});

function file(text: string): string {
  const path = join(mkdtempSync(join(directory, 'config-')), 'reelwatch.yaml');
  writeFileSync(path, text);
  return path;
}

/** A complaint is a sentence or more, without the lines of a stack. */
function expectSentence(err: string): void {
  expect(err.trim()).not.toBe('');
  expect(err).not.toMatch(/^\s+at |node:internal|Error \[/m);
  expect(err).not.toContain(SECRET);
}

describe('a bad configuration', () => {
  const demo = readFileSync(DEMO, 'utf8');

  it.each([
    ['is empty', '', /providers: Expected/],
    ['is no YAML', 'targets: [', /Not YAML/],
    ['is a list', '- a\n', /Expected a map of options/],
    ['has an unknown option', `${demo}\nfoo: 1\n`, /foo/],
    ['names an unknown model', demo.replace('model: gen4.5', 'model: gen9'), /gen9/],
    [
      'names an unknown target in a route',
      demo.replace('target: runway/wan3', 'target: runway/wan4'),
      /wan4/,
    ],
    [
      'has a bad span',
      demo.replace('every: 20s', 'every: often'),
      /Expected auto, or a duration such as 90s/,
    ],
    ['cannot pay for its schedule', demo.replaceAll('$5000', '$5'), /Unreachable budget/],
    [
      'misses a variable',
      demo.replace(':-demo-key}', '}').replace('_DEMO_KEY', '_NO_KEY'),
      /REELWATCH_NO_KEY/,
    ],
    ['is enormous', `# ${'x'.repeat(2 ** 20)}\n${demo}`, /at most 1048576 bytes/],
  ])('that %s is refused with exit code 2, and nothing is started', async (_, text, why) => {
    const { code, out, err } = await run(['run', '-c', file(text)], env);

    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(why);
    expect(err).toMatch(/\d+ problems?; nothing was started\.\n$/);
    expectSentence(err);
    expect(readdirSync(data)).toEqual([]);
  });

  it.each([['check'], ['probe', 'runway/gen4.5']])('is refused by %s, too', async (...command) => {
    const { code, out, err } = await run([...command, '-c', file(`${demo}\nfoo: 1\n`)], env);

    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/foo: .*\n1 problem; nothing was started\.\n$/);
  });

  it('with a port that is none is refused', async () => {
    const { code, err } = await run(['demo'], { ...env, REELWATCH_PORT: 'eighty' });

    expect(code).toBe(2);
    expect(err).toContain('REELWATCH_PORT: Expected a port of 0 to 65535, got "eighty"');
  });
});

describe('a bad command line', () => {
  it.each([
    [['frobnicate'], /unknown command 'frobnicate'/],
    [['run', '--fast'], /unknown option '--fast'/],
    [['probe'], /missing required argument 'target'/],
    [['probe', 'runway/gen9', '-c', DEMO], /runway\/gen9 is not configured; .* has runway\/gen4\.5/],
    [['simulator', '--port', 'x'], /Expected numbers/],
  ])('%j ends with 2', async (args, why) => {
    const { code, err } = await run(args, env);

    expect(code).toBe(2);
    expect(err).toMatch(why);
    expectSentence(err);
  });

  it('is none when help or the version is asked for', async () => {
    expect(await run(['--help'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/probe .*simulator/s),
    });
    expect(await run(['--version'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });
});

describe('a place that cannot be used', () => {
  it('is a data directory that cannot be made', async () => {
    const blocked = join(data, 'a-file');
    writeFileSync(blocked, 'mine');

    const { code, err } = await run(['run', '-c', DEMO], { ...env, REELWATCH_DATA_DIR: join(blocked, 'x') });

    expect(code).toBe(4);
    expect(err).toMatch(/^The data directory .* cannot be used: ENOTDIR/);
    expectSentence(err);
    expect(readFileSync(blocked, 'utf8')).toBe('mine');
  });

  it('is a port that somebody else has', async () => {
    const squatter = createServer().listen(Number(env['REELWATCH_PORT']), '127.0.0.1');

    const { code, err } = await run(['run', '-c', DEMO], env);
    squatter.close();

    expect(code).toBe(4);
    expect(err).toMatch(/Port \d+ on 127\.0\.0\.1 is taken: .* REELWATCH_PORT moves it/);
    expectSentence(err);
    // The lock is given back, and what the store holds is whole.
    expect(existsSync(join(data, 'reelwatch.lock'))).toBe(false);
    expect((await run(['status', '-c', DEMO], env)).code).toBe(0);
  });

  it('is an address that this machine does not have', async () => {
    const { code, err } = await run(['run', '-c', DEMO], { ...env, REELWATCH_HOST: '192.0.2.1' });

    expect(code).toBe(4);
    expect(err).toMatch(/^Cannot listen on 192\.0\.2\.1, port \d+: .*EADDRNOTAVAIL/);
    expectSentence(err);
  });
});

describe('a store that cannot be used', () => {
  const databaseIn = (dir: string) => join(dir, 'reelwatch.sqlite');
  const hash = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

  async function writeStore(change: (query: (text: string) => Promise<unknown>) => Promise<unknown>) {
    const db = openSqlite(databaseIn(data));
    await openStore(db);
    await change((text) => db.query(text));
    await db.close();
  }

  /** What each command says; the file must be as before. */
  async function refusals(): Promise<{ code: number | null; err: string; isUntouched: boolean }[]> {
    const before = hash(databaseIn(data));
    const said = [];
    for (const command of [['run'], ['status'], ['probe', 'runway/gen4.5']]) {
      const { code, err } = await run([...command, '-c', DEMO], env);
      expectSentence(err);
      said.push({ code, err, isUntouched: hash(databaseIn(data)) === before });
    }
    return said;
  }

  function thrice(why: RegExp) {
    return Array.from({ length: 3 }, () => ({ code: 4, err: expect.stringMatching(why), isUntouched: true }));
  }

  it('is a file of another kind', async () => {
    writeFileSync(databaseIn(data), 'Dear diary, '.repeat(1_000));

    expect(await refusals()).toEqual(thrice(/^The store .* cannot be used: the file is not a database\.\n$/));
  });

  it('is a folder', async () => {
    mkdirSync(databaseIn(data));

    const { code, err } = await run(['run', '-c', DEMO], env);

    expect(code).toBe(4);
    expect(err).toMatch(/cannot be used: the file cannot be opened/);
  });

  it('is damaged in the middle', async () => {
    await writeStore((query) => query("insert into meta (key, value) values ('x', 1)"));
    const bytes = readFileSync(databaseIn(data));
    bytes.fill(0xa5, SQLITE_PAGE_BYTES);
    writeFileSync(databaseIn(data), bytes);

    expect(await refusals()).toEqual(thrice(/^The store .* cannot be used: the file is damaged\.\n$/));
  });

  it('was written by a newer version', async () => {
    await writeStore((query) => query("insert into migrations (version, name) values (99, 'later')"));

    expect(await refusals()).toEqual(thrice(/^The store was written by a newer reelwatch \(version 99/));
  });
});

it('starts on a store with a row that it cannot read, and says which', async () => {
  const db = openSqlite(join(data, 'reelwatch.sqlite'));
  await openStore(db);
  await db.query("insert into states values ('runway/gen4.5', 1, '{}')");
  await db.close();

  const daemon = start(['run', '-c', DEMO], env);
  await daemon.says(/"table":"states","key":"runway\/gen4.5"/);
  await daemon.says(/reelwatch is up/);
  daemon.kill('SIGTERM');

  expect(await daemon.end()).toMatchObject({ code: 0 });
});

it('keeps the daemon that runs when another command fails beside it', async () => {
  const daemon = start(['run', '-c', DEMO], env);
  await daemon.says(/reelwatch is up/);

  const epochOf = async () =>
    (await getJson<{ epoch: number }>(`http://127.0.0.1:${env['REELWATCH_PORT']}/v1/status`)).epoch;
  const before = await epochOf();
  const second = await run(['run', '-c', DEMO], env);
  const after = await epochOf();
  daemon.kill('SIGTERM');

  expect(second).toMatchObject({ code: 4, err: expect.stringContaining(`process ${daemon.pid}`) });
  expect(after).toBe(before);
  expect(await daemon.end()).toMatchObject({ code: 0 });
});

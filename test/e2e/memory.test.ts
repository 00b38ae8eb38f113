import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { freePorts, killAll, run, start } from './process.ts';

const directory = mkdtempSync(join(tmpdir(), 'reelwatch-memory-'));

afterAll(() => {
  killAll();
  rmSync(directory, { recursive: true, force: true });
});

/** Bits of V8's `OptimizationStatus` (src/runtime/runtime.h): by which of its compilers a function was made faster. */
const MAGLEV = 16;
const TURBOFAN = 32;
/**
 * Says at the end which modules were loaded, of Node's own and of packages, how large the young generation has become, and
 * what V8 has made of a function that was called often.
 */
const REPORT = `data:text/javascript,${encodeURIComponent(
  `import { createRequire } from 'node:module';
  import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
  const { cache } = createRequire(process.execPath);
  const mb = (name) => getHeapSpaceStatistics().find((one) => one.space_name === name).space_size / 2 ** 20;
  process.once('exit', () => {
    let kept = [];
    for (let n = 0; n < 1e6; n++) kept.push({ n: [n] });
    setFlagsFromString('--allow-natives-syntax');
    const statusOf = new Function('f', 'return %GetOptimizationStatus(f)');
    const sumTo = (n) => { let sum = 0; for (let i = 0; i < n; i++) sum += i % 7; return sum; };
    for (let n = 0; n < 2_000; n++) sumTo(20_000);
    const modules = [...process.moduleLoadList, ...Object.keys(cache)];
    console.log('REPORT ' + JSON.stringify({ modules, youngMb: mb('new_space'), status: statusOf(sumTo) }));
  });`,
)}`;

describe('a daemon', () => {
  it('stays small: no parser for types, no second undici, no optimising compiler but the small one, a small young generation', async () => {
    const file = join(directory, 'reelwatch.yaml');
    const config = {
      server: { port: await freePorts() },
      data: { dir: join(directory, 'data') },
      budget: { perDay: '$100' },
      probe: { controls: [] },
      providers: [{ id: 'runway', apiKey: 'key', baseUrl: 'http://127.0.0.1:9' }],
      targets: [{ provider: 'runway', model: 'gen4.5' }],
      alerts: [{ id: 'log' }],
    };
    writeFileSync(file, JSON.stringify(config));

    const daemon = start(['run', '-c', file], {}, ['--import', REPORT]);
    await daemon.says(/reelwatch is up/);
    daemon.kill('SIGTERM');
    const [, report = '{}'] = await daemon.says(/REPORT (.*)/);

    expect((await daemon.end()).code).toBe(0);
    const { modules, youngMb, status } = JSON.parse(report) as {
      modules: string[];
      youngMb: number;
      status: number;
    };
    // Without the launcher's flags 23 MB, and TurboFan (Node 26.10, 2026-11-22).
    expect(youngMb).toBeLessThan(6);
    expect(status & (MAGLEV | TURBOFAN)).toBe(MAGLEV);
    const paths = modules.map((name) => name.replace(/^.*node_modules\//, ''));
    expect(paths).toContain('undici/lib/web/fetch/index.js');
    expect(paths).toContain('fastify/fastify.js');
    expect(paths.filter((path) => /deps\/(amaro|undici)|^undici\/index|^ajv\/dist|^pg\//.test(path))).toEqual(
      [],
    );
  });
});

describe('the program', () => {
  it('runs where no other process can be started', async () => {
    const { code, out } = await run(['--version'], {
      NODE_OPTIONS: '--permission --allow-fs-read=* --disable-warning=ExperimentalWarning',
    });

    expect(out).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(code).toBe(0);
  });

  it('runs as an installed package, whose types Node itself does not take out', () => {
    const modules = join(directory, 'node_modules');
    const home = join(modules, 'reelwatch');
    mkdirSync(modules);
    for (const name of readdirSync('node_modules').filter((name) => !name.startsWith('.')))
      symlinkSync(join(process.cwd(), 'node_modules', name), join(modules, name));
    for (const name of ['package.json', 'bin', 'src', 'config'])
      cpSync(name, join(home, name), { recursive: true });

    const { status, stderr, stdout } = spawnSync(
      process.execPath,
      [join(home, 'bin/reelwatch.js'), 'check', 'config/demo.yaml'],
      { encoding: 'utf8' },
    );

    expect(stderr).toBe('');
    expect(stdout).toContain('is good');
    expect(status).toBe(0);
  });
});

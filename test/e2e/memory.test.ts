import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { freePorts, killAll, run, start } from './process.ts';

const directory = mkdtempSync(join(tmpdir(), 'reelwatch-memory-'));

afterAll(() => {
  killAll();
  rmSync(directory, { recursive: true, force: true });
});

/** Says at the end which modules were loaded, of Node's own and of packages, and how V8 was set. */
const REPORT = `data:text/javascript,${encodeURIComponent(
  `import { createRequire } from 'node:module';
  import { getHeapSpaceStatistics } from 'node:v8';
  const { cache } = createRequire(process.execPath);
  const mb = (name) => getHeapSpaceStatistics().find((one) => one.space_name === name).space_size / 2 ** 20;
  process.once('exit', () => {
    let kept = [];
    for (let n = 0; n < 1e6; n++) kept.push({ n: [n] });
    const modules = [...process.moduleLoadList, ...Object.keys(cache)];
    console.log('REPORT ' + JSON.stringify({ modules, youngMb: mb('new_space') }));
  });`,
)}`;

describe('a daemon', () => {
  it('stays small: it loads nothing that it does not use, and its young generation does not grow', async () => {
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
    const { modules, youngMb } = JSON.parse(report) as { modules: string[]; youngMb: number };
    // Without the flags of system/engine 32 MB (Node 26.10, 2026-12-01).
    expect(youngMb).toBeLessThan(6);
    const paths = modules.map((name) => name.replace(/^.*node_modules\//, ''));
    expect(paths).toContain('fastify/fastify.js');
    // Node's own undici comes with any import of node:http; the others are for those who configure what needs them.
    const unused = /deps\/undici|^ajv\/dist|^pg\/|^jose\/|^google-auth-library\/|^@redis\//;
    expect(paths.filter((path) => unused.test(path))).toEqual([]);
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
});

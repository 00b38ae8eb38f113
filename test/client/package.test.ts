import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { freePorts, until } from '../e2e/process.ts';
import { BUILT_FROM, anApplication, execute, node, pack, root, tsc, withNode } from './application.ts';
import { aDocument } from './samples.ts';
import { startReelwatch } from './server.ts';

let packed: ReturnType<typeof pack>;
beforeAll(() => {
  packed = pack();
});
afterAll(() => packed.remove());

const install = (files: Record<string, string> = {}) => anApplication(packed.package, files);
const client = () => join(packed.package, 'dist/client');

const APPLICATION = `
  import { createClient, readTicket, ticketOf } from 'reelwatch/client';
  const client = createClient({ url: 'http://127.0.0.1:1', routes: { t2v: { targets: { kling: 60, luma: 40 } } } });
  console.log(client.pick('t2v', {}, 0.7)?.id, readTicket(ticketOf('kling', 'job-1'))?.jobId);
`;

const CONFIG = `
  budget: { perDay: $1 }
  providers: [{ id: runway, apiKey: a-key }]
  targets: [{ provider: runway, model: gen4.5 }]
  alerts: [{ id: log }]
`;

describe('the package', () => {
  it('holds what is compiled, what it reads, and no sources', () => {
    expect(readdirSync(packed.package).toSorted()).toEqual(
      ['LICENSE', 'NOTICE', 'README.md', 'config', 'dist', 'grafana', 'package.json'].toSorted(),
    );
    const files = readdirSync(packed.package, { recursive: true, encoding: 'utf8' });
    expect(files.filter((name) => /(?<!\.d)\.ts$|\.tsbuildinfo$/.test(name))).toEqual([]);
    const assets = [
      'web/assets/page.css',
      'providers/first-frames/768x768.png',
      'simulator/videos/good-854x480x1.mp4',
    ];
    for (const asset of assets) expect(files).toContain(`dist/${asset}`);
  });

  it('has a command that runs in an empty folder, with the dependencies that it names', async () => {
    const folder = install({ 'my.yaml': CONFIG });
    const reelwatch = (...args: string[]) => execute('node_modules/.bin/reelwatch', args, folder);
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

    expect(await reelwatch('--version')).toEqual({ code: 0, output: `${version}\n` });
    const { code, output } = await reelwatch('check', '-c', 'my.yaml');
    expect({ code, output }).toEqual({
      code: 0,
      output: expect.stringContaining('my.yaml is good') as unknown,
    });
  });

  it('runs the demo: a canary is ordered, decoded by a process of its own, and passes', async () => {
    const folder = install();
    const port = await freePorts();
    const demo = spawn('node_modules/.bin/reelwatch', ['demo', '--no-incident'], {
      cwd: folder,
      env: { ...withNode(), REELWATCH_PORT: String(port), REELWATCH_DATA_DIR: join(folder, 'data') },
      stdio: 'ignore',
    });
    onTestFinished(() => void demo.kill('SIGKILL'));

    const passed = await until(async () => {
      const { runs } = (await (await fetch(`http://127.0.0.1:${port}/v1/runs`)).json()) as {
        runs: { verdict: { is: string } | null }[];
      };
      return runs.find(({ verdict }) => verdict?.is === 'pass') ?? null;
    }, 60_000);

    expect(passed.verdict).toMatchObject({ is: 'pass' });
  });

  it('is built in the image from what the image copies', () => {
    const [build = '', run = ''] = readFileSync(join(root, 'Dockerfile'), 'utf8')
      .split(/^FROM .+$/m)
      .slice(1);
    const copied = (stage: string) =>
      [...stage.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, paths = '']) => paths.split(' '));

    expect(copied(build).toSorted()).toEqual([...BUILT_FROM, 'package-lock.json', '.npmrc'].toSorted());
    expect(copied(run)).toEqual(['package.json', 'package-lock.json', '.npmrc', 'config']);
    expect(run).toContain('COPY --from=build /app/dist ./dist\n');
  });
});

describe('what is published of the client', () => {
  it('is JavaScript that Node runs out of node_modules, and names nothing outside itself', async () => {
    const folder = install({ 'app.mjs': APPLICATION });

    expect(await node(['--no-strip-types', 'app.mjs'], folder)).toEqual({ code: 0, output: 'luma job-1\n' });
    for (const name of readdirSync(client())) {
      const text = readFileSync(join(client(), name), 'utf8');
      const imports = [...text.matchAll(/\b(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, from]) => from);
      expect(imports.filter((from) => !/^\.\/\w+\.js$/.test(from ?? ''))).toEqual([]);
    }
  });

  it('has types that the strictest compiler takes, and that know the routes', async () => {
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--lib', 'es2022,dom', '--types', ''];
    const right = `
      import { type Target, createClient } from 'reelwatch/client';
      const client = createClient({ url: 'http://reelwatch', routes: { t2v: { targets: { kling: 60 } } } });
      export const found: Target | null = client.pick('t2v', { durationS: 8 });
    `;
    const wrong = `${right}\nclient.pick('t3v');\nclient.report({ target: 'kling', outcome: 'fine' });\n`;
    const folder = install({
      'package.json': '{ "type": "module" }',
      'right.ts': right,
      'wrong.ts': wrong,
    });

    expect(await node([tsc, ...options, 'right.ts'], folder)).toEqual({ code: 0, output: '' });
    const { output } = await node([tsc, ...options, 'wrong.ts'], folder);
    expect(output).toContain('\'"t3v"\' is not assignable to parameter of type \'"t2v"\'');
    expect(output).toContain('\'"fine"\' is not assignable to type');
  });

  it('works where there is nothing but fetch and what every edge runtime has', async () => {
    const reelwatch = await startReelwatch();
    const timer = setInterval(() => {
      if (reelwatch.streams() === 0) return;
      reelwatch.document = aDocument({ generation: 413, validUntil: Date.now() + 60_000 });
      reelwatch.send('id: 7.413\ndata: {}\n\n');
    }, 20);
    onTestFinished(() => clearInterval(timer));
    const { code, output } = await node([
      '--no-warnings',
      '--experimental-vm-modules',
      join(import.meta.dirname, 'edge-context.ts'),
      client(),
      reelwatch.url,
    ]);

    expect({ code, output }).toEqual({ code: 0, output: expect.stringMatching(/^\{/) as unknown });
    expect(JSON.parse(output)).toMatchObject({
      before: { source: 'code', pick: 'kling' },
      after: { source: 'live', generation: 413, pick: 'luma' },
      globals: [
        'fetch',
        'URL',
        'AbortController',
        'setTimeout',
        'clearTimeout',
        'TextDecoder',
        'crypto',
        'url',
      ],
      node: 'undefinedundefined',
    });
    expect(reelwatch.askedFor('/v1/outcomes')[0]?.body).toContain('from the edge');
  });

  it('lets a process end that has nothing else to do', async () => {
    const reelwatch = await startReelwatch();
    const folder = install({
      'app.mjs': `
        import { createClient } from 'reelwatch/client';
        const client = createClient({ url: '${reelwatch.url}', routes: { t2v: { targets: { kling: 1 } } } });
        client.start();
        await client.refresh();
        client.report({ target: 'kling', outcome: 'ok' });
        console.log(client.state().source);
      `,
    });

    expect(await node(['app.mjs'], folder)).toEqual({ code: 0, output: 'live\n' });
  });
});

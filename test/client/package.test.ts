import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { aFolder, anApplication, node, root, tsc } from './application.ts';
import { aDocument } from './samples.ts';
import { startReelwatch } from './server.ts';

const published = join(root, 'dist/client');

const APPLICATION = `
  import { createClient, readTicket, ticketOf } from 'reelwatch/client';
  const client = createClient({ url: 'http://127.0.0.1:1', routes: { t2v: { targets: { kling: 60, luma: 40 } } } });
  console.log(client.pick('t2v', {}, 0.7)?.id, readTicket(ticketOf('kling', 'job-1'))?.jobId);
`;

describe('what is published of the client', () => {
  it('is made of its source as it is now (else run: npm run client)', async () => {
    const folder = aFolder();
    const { code, output } = await node(['scripts/client.ts', folder]);
    expect({ code, output }).toEqual({ code: 0, output: '' });

    const read = (from: string) =>
      Object.fromEntries(readdirSync(from).map((name) => [name, readFileSync(join(from, name), 'utf8')]));
    expect(Object.keys(read(published)).length).toBeGreaterThan(10);
    expect(read(published)).toEqual(read(folder));
  });

  it('is JavaScript that Node runs out of node_modules, and names nothing outside itself', async () => {
    const folder = anApplication({ 'app.mjs': APPLICATION });

    expect(await node(['--no-strip-types', 'app.mjs'], folder)).toEqual({ code: 0, output: 'luma job-1\n' });
    for (const name of readdirSync(published)) {
      const text = readFileSync(join(published, name), 'utf8');
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
    const folder = anApplication({
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
      published,
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
    const folder = anApplication({
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

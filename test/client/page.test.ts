import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anApplication, node, pack, root, tsc } from './application.ts';
import { aDocument } from './samples.ts';
import { type FakeReelwatch, startReelwatch } from './server.ts';

const page = readFileSync(join(root, 'docs/routers/client.md'), 'utf8');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const [service = '', edge = ''] = examplesOf(page);
const [short = ''] = examplesOf(readme);

let packed: ReturnType<typeof pack>;
beforeAll(() => {
  packed = pack();
});
afterAll(() => packed.remove());

function examplesOf(text: string): string[] {
  return [...text.matchAll(/```ts\n(.*?)```/gs)].map(([, code = '']) => code);
}

/** What the page takes for granted: the application's own code for its providers. Kling and runway are broken. */
const GIVEN = `
  import type { Content } from 'reelwatch/client';
  type Ordered = { job: string } | { instead: Content | null };
  declare const process: { env: Record<string, string> };
  const REELWATCH_URL = process.env['REELWATCH_URL']!;
  const REELWATCH_TOKEN = 'a-token';
  const broken = new Set(['kling', 'runway']);
  const provider = (name: string) => ({
    submit: async (prompt: string): Promise<string> => {
      if (broken.has(name)) throw new Error('broken');
      return name + ' makes ' + prompt;
    },
    poll: async (job: string): Promise<string> => name + ' has ' + job,
  });
  const providers = Object.fromEntries(['kling', 'runway', 'luma'].map((name) => [name, provider(name)]));
`;

async function run(code: string): Promise<{ reelwatch: FakeReelwatch; said: unknown }> {
  const reelwatch = await startReelwatch();
  const content = [{ url: 'https://cdn.test/sea.mp4', category: 'nature' }];
  const document = aDocument({ validUntil: Date.now() + 60_000, content });
  const [route] = document['routes'] as Record<string, unknown>[];
  reelwatch.document = { ...document, routes: [{ ...route, id: 't2v.default' }] };
  const text = `${GIVEN.replace("process.env['REELWATCH_URL']!", JSON.stringify(reelwatch.url))}${code}`;
  const folder = anApplication(packed.package, { 'package.json': '{ "type": "module" }', 'app.ts': text });
  const strict = ['--noEmit', '--strict', '--target', 'es2022', '--module', 'nodenext', '--types', ''];

  expect(await node([tsc, ...strict, '--lib', 'es2022,dom', 'app.ts'], folder)).toEqual({
    code: 0,
    output: '',
  });
  const { code: exit, output } = await node(['--no-warnings', 'app.ts'], folder);
  expect({ exit, output }).toEqual({ exit: 0, output: expect.stringMatching(/^\{/) as unknown });
  return { reelwatch, said: JSON.parse(output) };
}

describe('the page about the client', () => {
  it.each([
    ['in full', service],
    ['in short, in the README', short],
  ])(
    'shows a video service that works, %s: a job goes where it can be made, and something is always shown',
    async (_, code) => {
      const { reelwatch, said } = await run(`${code}
      await reelwatch.refresh();
      const first = await order('a red ball');
      const polled = 'job' in first ? await poll(first.job) : null;
      broken.add('luma');
      const second = await order('a blue ball');
      console.log(JSON.stringify({ first, polled, second, state: reelwatch.state() }));
      await reelwatch.stop();
    `);

      expect(said).toMatchObject({
        first: { job: 'luma makes a red ball' },
        polled: 'luma has luma makes a red ball',
        second: { instead: { url: 'https://cdn.test/sea.mp4' } },
        state: { source: 'live' },
      });
      const told = reelwatch.askedFor('/v1/outcomes').flatMap(({ body }) => body.trimEnd().split('\n'));
      expect(told.filter((line) => line.includes('"target":"luma","outcome":"failed"'))).toHaveLength(1);
      expect(reelwatch.askedFor('/v1/events')).toHaveLength(1);
    },
  );

  it('shows an edge that works: its tickets say where a job is', async () => {
    const { reelwatch, said } = await run(`
      const routes = { 't2v.default': { targets: { kling: 50, runway: 30, luma: 20 } } };
      ${edge}
      const ticket = await submit('a red ball');
      await submit('another');
      console.log(JSON.stringify({ ticket, polled: await poll(ticket ?? ''), forged: await poll('toString:1') ?? null }));
    `);

    expect(said).toEqual({
      ticket: 'luma:luma%20makes%20a%20red%20ball',
      polled: 'luma has luma makes a red ball',
      forged: null,
    });
    expect(reelwatch.askedFor('/v1/status')).toHaveLength(1);
  });
});

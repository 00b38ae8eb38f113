import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { until } from '../../e2e/process.ts';
import type { Scenario } from '../scenario.ts';
import { KEY, type World } from '../world.ts';

const PADDING = 'x'.repeat(70_000);
const INLINE_BYTES = 60_000_000;

/** The key as a provider may write it. */
const SPELLINGS: [name: string, spelled: string][] = [
  ['plain', KEY],
  ['in unicode escapes', KEY.replaceAll(/./g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)],
  ['with escaped hyphens', KEY.replaceAll('-', '\\u002d')],
];

export const echoedKey: Scenario = {
  name: 'echoed-key',
  title: 'providers echo the API key in their answers',
  world: { providers: ['kling', 'fal', 'runway'] },
  run: async (world, check) => {
    const daemon = await world.begin();
    await world.healthy();
    for (const [name, spelled] of SPELLINGS) {
      const small = `{"code":5000,"message":"invalid key ${spelled}","request_id":"${spelled}"}`;
      const large = `{"padding":"${PADDING}","message":"invalid key ${spelled}"}`;
      world.intercept((request) => {
        const { pathname } = new URL(request.url);
        const headers = { 'content-type': 'application/json' };
        if (pathname.startsWith('/kling'))
          return Promise.resolve(new Response(small, { status: 500, headers }));
        if (pathname.startsWith('/fal'))
          return Promise.resolve(new Response(large, { status: 500, headers }));
        return Promise.resolve(null);
      });
      const down = await until(async () => {
        const { targets } = await world.status();
        return targets.filter(({ provider, incident }) => provider !== 'runway' && incident !== null)
          .length === 2
          ? true
          : null;
      }, 60_000).catch(() => false);
      await wait(1_000);
      const found = await placesOf(world, daemon.out() + daemon.err());
      world.intercept(() => Promise.resolve(null));
      await world.healthy();

      check(down, `an answer with the key (${name}) is a failure like any other`);
      check(found.length === 0, `the key (${name}) is nowhere to be seen`, found);
    }
  },
};

export const largeAnswer: Scenario = {
  name: 'large-answer',
  title: 'polls of an inline video are answered with 60 MB of JSON',
  world: { providers: ['gemini', 'kling'] },
  run: async (world, check, isLong) => {
    const daemon = await world.begin(isLong ? ['--max-old-space-size=128'] : []);
    await world.healthy();
    let sent = 0;
    const body = `{"id":"x","status":"in_progress","steps":[${'{"a":[]},'.repeat(INLINE_BYTES / 9)}{}]}`;
    world.intercept((request) => {
      const isPoll = request.method === 'GET' && new URL(request.url).pathname.startsWith('/gemini');
      if (!isPoll) return Promise.resolve(null);
      sent += 1;
      return Promise.resolve(new Response(body, { headers: { 'content-type': 'application/json' } }));
    });
    await until(() => (sent > 0 ? true : null));
    let slowestMs = 0;
    const endAt = performance.now() + (isLong ? 60_000 : 15_000);
    while (performance.now() < endAt && !daemon.isOver()) {
      const askedAt = performance.now();
      await fetch(`${world.url}/healthz`, { signal: AbortSignal.timeout(120_000) }).then(
        (answer) => answer.text(),
        () => '',
      );
      slowestMs = Math.max(slowestMs, performance.now() - askedAt);
      await wait(100);
    }

    check(!daemon.isOver(), 'the process goes on');
    check(slowestMs < 8_000, 'the server goes on answering', `${Math.round(slowestMs)} ms`);
    const { targets } = await world.status();
    const kling = targets.find(({ provider }) => provider === 'kling');
    check(kling?.incident === null, 'nothing is blamed on other providers', kling?.state);
  },
};

/** Where the key can be read: the API, the pages, messages, the log, the files of the store. */
async function placesOf(world: World, log: string): Promise<string[]> {
  const { targets } = await world.status();
  const paths = ['/', '/v1/status', '/v1/runs?limit=50', '/v1/outbox', '/metrics', '/v1/audit'];
  const runs = (await (await fetch(`${world.url}/v1/runs?limit=20`)).json()) as {
    runs?: { links: { self: string; page: string } }[];
  };
  paths.push(...targets.map(({ id }) => `/v1/explain?target=${encodeURIComponent(id)}`));
  paths.push(...targets.map(({ id }) => `/targets/${encodeURIComponent(id)}`));
  paths.push(
    ...(runs.runs ?? []).flatMap(({ links }) => [
      new URL(links.self, world.url).pathname,
      new URL(links.page, world.url).pathname,
    ]),
  );
  const texts = await Promise.all(
    paths.map(async (path) => [path, await (await fetch(world.url + path)).text()] as const),
  );
  const files = readdirSync(world.dataDir)
    .filter((name) => name.startsWith('reelwatch.sqlite'))
    .map((name) => [name, readFileSync(join(world.dataDir, name), 'latin1')] as const);
  const inbox = JSON.stringify(world.simulator.simulator.inbox());
  return [...texts, ...files, ['the log', log] as const, ['messages', inbox] as const]
    .filter(([, text]) => SPELLINGS.some(([, spelled]) => text.includes(spelled)))
    .map(([place]) => place);
}

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEFAULT_CANARY } from '../../src/canary/canary.ts';
import { createHeaderLog } from '../../src/app/header-log.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createProviders, type Watch } from '../../src/config/resolve.ts';
import { REGISTRIES } from '../../src/config/schema.ts';
import { sentence } from '../../src/config/words.ts';
import { causeOf } from '../../src/core/classify.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { openStore } from '../../src/store/store.ts';
import { isCronExpression } from '../../src/system/cron.ts';
import { createHttp } from '../../src/system/http.ts';
import { systemClock } from '../../src/system/clock.ts';
import { NOW } from '../config/fakes.ts';
import { failing, never, orderOf } from '../contract/provider-script.ts';
import { serve } from '../system/loopback.ts';
import { RECIPE_APIS, type RecipeApi } from './recipe-apis.ts';

const FOLDER = join(import.meta.dirname, '../../docs/recipes');
const KEY = 'key-0123456789';
const pages = readdirSync(FOLDER).map((name) => name.replace(/\.md$/, ''));
const read = (page: string) => readFileSync(join(FOLDER, `${page}.md`), 'utf8');

/** The page's example as it is checked, its API at another origin. */
function loaded(page: string, { origin, key }: RecipeApi, at = origin) {
  const [, yaml = ''] = /^```yaml\n(.*?)^```$/ms.exec(read(page)) ?? [];
  expect(yaml).toContain(`baseUrl: ${origin}`);
  const result = loadConfig(`${page}.yaml`, {
    env: { [key.env]: KEY },
    readFile: () => yaml.replace(`baseUrl: ${origin}`, `baseUrl: ${at}`),
    isCron: isCronExpression,
    now: NOW,
  });
  if (!result.ok) throw new Error(result.errors.map((error) => sentence(page, error)).join('\n'));
  return { config: result.config };
}

interface Said {
  status?: number;
  headers?: Record<string, string>;
  body: unknown;
}

/** The recipe at work on a server that knows its API, and what the server answers where a test says otherwise. */
async function world(page: string, otherwise: { submit?: Said; job?: unknown } = {}, watch?: Watch) {
  const api = RECIPE_APIS[page]!;
  let asked = 0;
  const answer = (method: string, url: string, authorization: string | undefined): Said => {
    if (authorization !== api.key.header.replace('{key}', KEY)) return { status: 401, body: {} };
    if (method === 'POST' && url === api.order.path) return otherwise.submit ?? { body: api.accepted };
    if (method === 'GET' && url === api.job)
      return { body: otherwise.job ?? api.walk[Math.min(asked++, api.walk.length - 1)]![0] };
    if (method === 'GET' && url === api.check?.path) return { body: api.check.answer };
    return { status: 404, body: { message: `nothing at ${method} ${url}` } };
  };
  const server = await serve((request, response) => {
    const said = answer(request.method ?? '', request.url ?? '', request.headers.authorization);
    response.writeHead(said.status ?? 200, { 'content-type': 'application/json', ...said.headers });
    response.end(JSON.stringify(said.body));
  });
  const { config } = loaded(page, api, server.origin);
  const http = createHttp({ clock: systemClock, secrets: [KEY] });
  const tools = { http, now: systemClock.now, ...(watch && { watch }) };
  const provider = [...createProviders(config.options, REGISTRIES, tools).values()][0]!.provider;
  const submit = () => provider.submit(orderOf(provider, api.model), 'slot-1', never);
  return { api, provider, submit, server };
}

it('there is a page for each API, and an API for each page', () => {
  expect(pages.toSorted()).toEqual(Object.keys(RECIPE_APIS).toSorted());
});

describe.each(pages)('the recipe for %s', (page) => {
  it('is a whole configuration that reelwatch takes, at the price that the page names', () => {
    const { config } = loaded(page, RECIPE_APIS[page]!);
    expect(config.targets.map(({ target }) => target.id)).toEqual([RECIPE_APIS[page]!.target]);
    const [, told = ''] = /one video for (?:about )?\$(\d+\.\d\d)/.exec(read(page)) ?? [];
    expect(Number(told)).toBeCloseTo(config.targets[0]!.facts.costUsd, 2);
  });

  it('says from where and when its facts are, and what nobody has verified', () => {
    expect(read(page)).toMatch(/^Sources, read \d{4}-\d\d-\d\d: /m);
    expect(read(page)).toMatch(/^\*\*Not verified, \d{4}-\d\d-\d\d:\*\*$/m);
    expect(read(page)).toContain(`\nreelwatch probe ${RECIPE_APIS[page]!.target} -c ${page}.yaml `);
  });

  it('orders a video and follows it to its end', async () => {
    const { api, provider, submit, server } = await world(page);

    const { job, jobId } = await submit();
    const seen = [];
    for (const _ of api.walk) seen.push(await provider.poll(job, never));

    expect(jobId).toBe(api.jobId);
    expect(seen).toEqual(api.walk.map(([, means]) => means));
    const body = JSON.parse(server.requests[0]!.body) as Record<string, unknown>;
    expect(Object.keys(body).toSorted()).toEqual(Object.keys(api.order.body).toSorted());
    const { prompt, negative_prompt: avoided, seed, ...rest } = body;
    const { prompt: _prompt, negative_prompt: _avoided, seed: wantedSeed, ...wanted } = api.order.body;
    expect(rest).toEqual(wanted);
    expect(typeof seed).toBe(typeof wantedSeed);
    expect(prompt).toContain(DEFAULT_CANARY.prompt.scene);
    expect(avoided ?? '').toMatch('negative_prompt' in api.order.body ? /people/ : /^$/);
  });

  it('reads a failed job', async () => {
    const [answer, means] = RECIPE_APIS[page]!.failed;
    const { provider, submit } = await world(page, { job: answer });
    const { job } = await submit();

    expect(await provider.poll(job, never)).toEqual(means);
  });

  it.each(RECIPE_APIS[page]?.refusals ?? [])('reads a refusal: %i %j is %s', async (status, body, cause) => {
    const { provider, submit } = await world(page, { submit: { status, body } });

    const error = await failing(submit());
    const { code, message, cause: hint } = provider.explain(error);

    const httpStatus = error.status;
    const failure = {
      kind: 'status',
      phase: 'submit',
      hint,
      code,
      message,
      httpStatus,
      network: 'works',
    } as const;
    expect(causeOf(failure)).toBe(cause);
  });

  it('makes the free call that it describes', async () => {
    const { api, provider } = await world(page);

    const found = api.check === null ? null : await provider.check?.(api.model, never);

    expect(provider.check === null).toBe(api.check === null);
    expect(found ?? {}).toMatchObject(api.check?.found ?? {});
  });
});

it("Krea's headers about the end of a model are kept", async () => {
  const link =
    '<https://docs.krea.ai/developers/deprecations#kling-1-0>; rel="deprecation"; type="text/html"';
  const headers = { deprecation: 'true', sunset: 'Mon, 27 Apr 2026 00:00:00 GMT', link };
  const kept = createHeaderLog(systemClock);
  const store = await openStore(openSqlite(':memory:'));
  const stop = new AbortController();
  const silent = { debug: () => {}, info: () => {}, warn: () => stop.abort(), error: () => {} };
  const { submit, server } = await world(
    'krea',
    { submit: { headers, body: RECIPE_APIS['krea']!.accepted } },
    kept.watch,
  );

  await submit();
  for (let i = 0; i < 3; i++) {
    const one = new AbortController();
    await kept.run({ store, log: { ...silent, warn: () => one.abort() } }, one.signal);
  }

  const place = `${new URL(server.origin).host}/generate/video/kling/kling-1`;
  const seen = await store.seenHeaders();
  expect(
    seen.map(({ provider, name, value, place }) => [provider, name, value, place].join(' ')).toSorted(),
  ).toEqual([
    `krea deprecation true ${place}`,
    `krea link ${link} ${place}`,
    `krea sunset Mon, 27 Apr 2026 00:00:00 GMT ${place}`,
  ]);
});

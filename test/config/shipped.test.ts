import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readTextFile } from '../../src/config/files.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Loaded } from '../../src/config/load.ts';
import { forecast } from '../../src/config/cost.ts';
import { masked } from '../../src/config/print.ts';
import { REGISTRIES, fileSchema } from '../../src/config/schema.ts';
import { optionNames } from '../../src/config/walk.ts';
import { sentence } from '../../src/config/words.ts';
import { isCronExpression } from '../../src/system/cron.ts';
import { NOW } from './fakes.ts';

const folder = join(import.meta.dirname, '../../config');
const KEY = 'whsec_dGhpcyBpcyBhIHNlY3JldCBvZiAzMiBieXRlcyEhISE=';
const ENV = {
  REELWATCH_POSTGRES_URL: 'postgres://u:p4ssw0rd@db/reelwatch',
  RUNWAYML_API_SECRET: 'key_runway_0001',
  KLING_API_KEY: 'key_kling_0001',
  OPENAI_API_KEY: 'key_openai_0001',
  KLINGAI_ACCESS_KEY: 'access_kling_0001',
  KLINGAI_SECRET_KEY: 'secret_kling_0001',
  DASHSCOPE_API_KEY: 'key_dashscope_0001',
  AZURE_OPENAI_API_KEY: 'key_azure_0001',
  SLACK_WEBHOOK_URL: 'https://hooks.slack.com/services/T0/B0/abcdefgh',
  REELWATCH_REDIS_URL: 'redis://:p4ssw0rd_redis@db:6379',
  REELWATCH_WEBHOOK_SECRET: KEY,
  REELWATCH_WEBHOOK_SECRET_PREVIOUS: KEY,
};

/** What lies in a file of secrets: the key file of a service account, a key that signs, or a plain key. */
function secretIn(path: string): string {
  if (path.endsWith('signing-key')) return `whsk_${Buffer.alloc(32, path.length).toString('base64')}\n`;
  if (!path.endsWith('.json')) return 'key_from_file_of_secrets\n';
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const private_key = privateKey.export({ type: 'pkcs8', format: 'pem' });
  return JSON.stringify({ client_email: 'key_from_file@example.com', project_id: 'p', private_key });
}

function loadShipped(
  name: string,
  env: Record<string, string>,
  change: (text: string) => string = (text) => text,
): Loaded {
  return loadConfig(join(folder, name), {
    env,
    readFile: (path) => (path.startsWith('/run/secrets/') ? secretIn(path) : change(readTextFile(path))),
    isCron: isCronExpression,
    now: NOW,
  });
}

function must(name: string, env: Record<string, string>) {
  const result = loadShipped(name, env);
  if (!result.ok) throw new Error(result.errors.map((error) => sentence(name, error)).join('\n'));
  return result;
}

describe('config/demo.yaml', () => {
  it('loads without any environment, and warns only of the retired model', () => {
    const { warnings } = must('demo.yaml', {});

    expect(warnings.map(({ path }) => path)).toEqual(['targets[13]']);
  });

  it('watches no model that has ended but the one that shows it', () => {
    const { targets } = must('demo.yaml', {}).config;

    const ended = targets.filter(({ notice }) => notice?.kind === 'retired');
    expect(ended.map(({ target }) => target.id)).toEqual(['openai/sora-2']);
  });

  it('goes to the simulator for everything', () => {
    const { config } = must('demo.yaml', { REELWATCH_SIM_URL: 'http://127.0.0.1:4321' });

    const addresses = JSON.stringify(config.source.value).match(/https?:\/\/[^/"]+/g) ?? [];
    expect(new Set(addresses)).toEqual(new Set(['http://127.0.0.1:4321', 'http://127.0.0.1:8780']));
    expect(config.options.probe.downloads.privateAddresses).toBe(true);
  });

  it('watches at least ten providers every twenty seconds', () => {
    const { targets, options } = must('demo.yaml', {}).config;

    expect(new Set(targets.map(({ target }) => target.provider)).size).toBeGreaterThanOrEqual(10);
    expect(targets.map(({ target }) => target.id)).toContain('kling/kling-3.0');
    expect(targets.every(({ schedule }) => 'everyMs' in schedule && schedule.everyMs === 20_000)).toBe(true);
    expect(options.routes.map(({ id, mode }) => [id, mode])).toEqual([['t2v.default', 'enforce']]);
  });
});

describe('config/start.yaml', () => {
  it('loads with the two keys that README.md names, and leaves money for confirming outages', () => {
    const { warnings } = must('start.yaml', {
      RUNWAYML_API_SECRET: 'key_0123456789',
      SLACK_WEBHOOK_URL: 'https://hooks.slack.com/services/T0/B0/0123456789',
    });

    expect(warnings.map(({ path }) => path)).toEqual(['server.publicUrl']);
  });
});

describe('config/reelwatch.yaml', () => {
  it('loads with its keys in the environment', () => {
    const { config, warnings } = must('reelwatch.yaml', ENV);

    expect(warnings.map(({ path }) => path)).toEqual(['targets[4]']);
    expect(forecast(config).total.usdPerDay).toBeLessThan(5);
  });

  it('names every key that is missing', () => {
    const result = loadShipped('reelwatch.yaml', {});

    const said = result.ok ? '' : result.errors.map(({ text }) => text).join('\n');
    for (const name of Object.keys(ENV)) expect(said).toContain(name);
  });

  it('shows no key when it is printed', () => {
    const text = JSON.stringify(masked(must('reelwatch.yaml', ENV).config));

    for (const key of [...Object.values(ENV), 'key_from_file']) expect(text).not.toContain(key);
  });

  it.each([
    [
      '        fal/pika-2.2: t2v/pika\n',
      '',
      'routers[1].servers.t2v.default: Expected a server for the target fal/pika-2.2 of this route, too',
    ],
    [
      '        fal/pika-2.2: t2v/pika\n',
      '        fal/pika-2.2: t2v/pika\n        fal/pika-2.1: t2v/old\n',
      'There is no target "fal/pika-2.1". Did you mean "fal/pika-2.2"?',
    ],
    [
      '      t2v.default:\n        runway',
      '      t2v:\n        runway',
      'There is no route "t2v". Known: t2v.default.',
    ],
  ])('would be refused with %j as %j: the servers of a router are those of its routes', (from, to, says) => {
    const result = loadShipped('reelwatch.yaml', ENV, (text) => text.replace(from, to));

    const errors = result.ok ? [] : result.errors.map((error) => sentence('reelwatch.yaml', error));
    expect(errors.join('\n')).toContain(says);
  });

  it('uses every adapter', () => {
    const { options } = must('reelwatch.yaml', ENV).config;

    const uses = (entries: readonly { use: string }[]) => new Set(entries.map(({ use }) => use));
    expect(uses(options.providers)).toEqual(new Set(REGISTRIES.providers.map(({ name }) => name)));
    expect(uses(options.alerts)).toEqual(new Set(REGISTRIES.channels.map(({ name }) => name)));
    expect(uses(options.routers)).toEqual(new Set(REGISTRIES.sinks.map(({ name }) => name)));
  });

  it('has every option at least once', () => {
    const { value } = must('reelwatch.yaml', ENV).config.source;
    const file = value as Record<string, unknown>;
    const schema = fileSchema(REGISTRIES, file);
    // An option may stand in any entry of a list, but an adapter's own must stand in an entry of that adapter.
    const named = (path: (string | number)[]): string =>
      path
        .map((key, depth) => {
          if (typeof key === 'string') return key;
          const entry = depth === 1 ? (file[String(path[0])] as Record<string, string>[])[key] : undefined;
          const isAdapter = ['providers', 'alerts', 'routers'].includes(String(path[0]));
          return isAdapter ? `[${entry?.['use'] ?? entry?.['id']}]` : '[]';
        })
        .join('.');
    const present = new Set<string>();
    const possible = new Set<string>();
    const look = (at: unknown, path: (string | number)[]): void => {
      for (const name of optionNames(schema, path)) possible.add(named([...path, name]));
      if (typeof at !== 'object' || at === null) return;
      for (const [key, inner] of Object.entries(at)) {
        const next = [...path, Array.isArray(at) ? Number(key) : key];
        present.add(named(next));
        look(inner, next);
      }
    };
    look(file, []);

    // `use`, `budgetPerDay` and `concurrency` are the same for every adapter: once is enough.
    const common = /\.(use|concurrency|budgetPerDay|models(\..*)?)$/;
    const missing = [...possible].filter((name) => !present.has(name) && !common.test(name));
    // Of the ways to find a video one is chosen.
    const others = ['urlWithKey', 'path', 'base64'].map((way) => `providers.[http].video.${way}`);
    expect(missing.filter((name) => !others.includes(name))).toEqual([]);
  });
});

/** Small adapters, so that the sentences in these tests depend on no real one. */

import { z } from 'zod';
import { defineChannel } from '../../src/alerts/define.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Loaded } from '../../src/config/load.ts';
import type { ResolvedConfig } from '../../src/config/resolve.ts';
import type { Registries } from '../../src/config/schema.ts';
import { sentence } from '../../src/config/words.ts';
import { address, duration, secret } from '../../src/ports/options.ts';
import { defineProvider } from '../../src/providers/define.ts';
import type { ModelFacts } from '../../src/providers/define.ts';
import { defineSink } from '../../src/routers/define.ts';

export const NOW = Date.parse('2026-11-21T12:00:00Z');

const facts: ModelFacts = {
  seconds: [2, 5],
  sizes: { '720p': { '16:9': [1280, 720] } },
  price: { '720p': 0.12 },
  seed: true,
  negativePrompt: false,
  audio: false,
  promptCharactersMax: 500,
  source: 'toy.example/pricing',
  checkedOn: '2026-11-01',
};
const models: Record<string, ModelFacts> = { swift: facts, grand: facts, old: facts, 'makers/two': facts };

/** What `create` was given, newest last. */
export interface Created {
  options: unknown;
}

export function fakeRegistries(created: Created[] = []): Registries {
  const toy = defineProvider({
    name: 'toy',
    title: 'Toy',
    docs: { url: 'https://toy.example', checkedOn: '2026-11-01' },
    auth: 'Bearer key',
    freeCheck: null,
    parity: { written: 'for these tests' },
    unverified: [],
    options: z
      .strictObject({
        apiKey: secret('The key.'),
        secondKey: secret('Another key.').optional(),
        baseUrl: address('Where it answers.').default('https://toy.example'),
        pollEvery: duration('How often to ask.').default(5_000),
      })
      .refine((options) => options.secondKey !== options.apiKey, {
        path: ['secondKey'],
        error: 'Expected another key than apiKey',
      }),
    models,
    create: ({ options, http }) => {
      created.push({ options });
      http.at(options.baseUrl, { authorization: options.apiKey });
      return {
        pollEveryMs: options.pollEvery,
        deadlineMs: 60_000,
        plan: (canary, model) => {
          if (!Object.hasOwn(models, model)) return { impossible: `model: ${model} is not known here` };
          const seconds = canary.order.seconds === 'shortest' ? 2 : canary.order.seconds;
          if (!facts.seconds.includes(seconds)) {
            return { impossible: `seconds: ${seconds} asked, ${model} makes 2 or 5` };
          }
          const costUsd = seconds * 0.12;
          return {
            model,
            facts: { seconds, width: 1280, height: 720, aspect: '16:9', costUsd, notes: [] },
            request: null,
          };
        },
        submit: () => Promise.reject(new Error('not in this test')),
        poll: () => Promise.reject(new Error('not in this test')),
        download: () => Promise.reject(new Error('not in this test')),
        cancel: null,
        check: () => Promise.reject(new Error('not in this test')),
        explain: () => ({ code: null, message: '', cause: null }),
        causeOfJobCode: () => null,
        knownNotice: (model) =>
          model === 'old'
            ? {
                id: 'toy:old',
                kind: 'retired',
                subject: 'old',
                effectiveAt: Date.parse('2026-09-24'),
                replacement: null,
                source: 'test',
                url: 'https://toy.example/ends',
              }
            : null,
      };
    },
  });
  const bell = defineChannel({
    name: 'bell',
    title: 'Bell',
    options: z.strictObject({ url: secret('The address.'), gap: duration('The gap.').prefault('1s') }),
    create: ({ options }) => {
      created.push({ options });
      return { hears: () => true, gapMs: options.gap, tell: () => Promise.resolve({ is: 'done' }) };
    },
  });
  const hook = defineSink({
    name: 'hook',
    title: 'Hook',
    options: z.strictObject({
      url: address('The address.'),
      routes: z.array(z.string()).optional().meta({ description: 'The routes.' }),
    }),
    create: ({ options }) => {
      created.push({ options });
      const applied = { is: 'applied', epoch: 1, generation: 1 } as const;
      return { routes: options.routes ?? null, push: () => Promise.resolve(applied) };
    },
  });
  return { providers: [toy], channels: [bell], sinks: [hook] };
}

const SHARED = fakeRegistries();
const CRON_FIELD = /^[\d*/,-]+$/;

/** Loads a text as `x.yaml`, beside the secret files given. */
export function load(
  text: string,
  given: {
    env?: Record<string, string>;
    files?: Record<string, string>;
    registries?: Registries;
    file?: string;
  } = {},
): Loaded {
  const files: Record<string, string> = { 'x.yaml': text, ...given.files };
  return loadConfig(given.file ?? 'x.yaml', {
    env: given.env ?? {},
    readFile: (path) => {
      const found = files[path];
      if (found === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
      return found;
    },
    isCron: (expression) => expression.split(' ').every((field) => CRON_FIELD.test(field)),
    now: NOW,
    registries: given.registries ?? SHARED,
  });
}

/** The sentences about a file: errors, or warnings where it loads. */
export function sentences(loaded: Loaded): string[] {
  return (loaded.ok ? loaded.warnings : loaded.errors).map((problem) => sentence('x.yaml', problem));
}

export function loaded(text: string, given: Parameters<typeof load>[1] = {}): ResolvedConfig {
  const result = load(text, given);
  if (!result.ok) throw new Error(sentences(result).join('\n'));
  return result.config;
}

/** The smallest file that is right, on nine lines; tests add to it or spoil it. */
export const GOOD = `providers:
  - id: toy
    apiKey: \${KEY:-k-secret-1}
targets:
  - provider: toy
    model: swift
alerts:
  - id: bell
    url: \${BELL:-https://bell.example/secret-path-of-the-bell}
`;

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROVIDERS } from '../../src/providers/index.ts';

const tests = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => {
    const text = readFileSync(join(import.meta.dirname, name), 'utf8');
    return { text, imports: new Set([...text.matchAll(/\bfrom '([^']+)'/g)].map(([, from = '']) => from)) };
  });
const adapterOf = (name: string) => `../../src/providers/${name}.ts`;
/** Whether one test has both the adapter and the package before it; a part of a package counts. */
const compares = (name: string, sdk: string) =>
  tests.some(
    ({ imports }) =>
      imports.has(adapterOf(name)) && [...imports].some((from) => from === sdk || from.startsWith(`${sdk}/`)),
  );

const bySdk = PROVIDERS.flatMap(({ name, parity }) => ('sdk' in parity ? [[name, parity.sdk]] : []));
const written = PROVIDERS.flatMap(({ name, parity }) => ('written' in parity ? [name] : []));

/** Other clients of the same APIs. */
const MORE = [
  ['gemini', 'genai2'],
  ['gemini', '@ai-sdk/google'],
  ['veo', 'genai2'],
  ['veo', '@ai-sdk/google-vertex'],
  ['fal', '@ai-sdk/fal'],
  ['replicate', '@ai-sdk/replicate'],
  ['minimax', '@ai-sdk/minimax'],
  ['openrouter', '@openrouter/sdk'],
];

describe('what adapters say of their parity', () => {
  it.each([...bySdk, ...MORE])('is held by a test: %s against %s', (name, sdk) => {
    expect(compares(name, sdk)).toBe(true);
  });

  it.each(written)('is held by a test: %s against requests that are written down', (name) => {
    const fixture = `../fixtures/${name}/wire.json`;

    expect(existsSync(join(import.meta.dirname, fixture))).toBe(true);
    expect(tests.some(({ text }) => text.includes(`'${fixture}'`))).toBe(true);
  });

  it('leaves out no adapter', () => {
    expect(bySdk.length + written.length).toBe(PROVIDERS.length);
    expect(compares('kling', 'openai')).toBe(false);
  });
});

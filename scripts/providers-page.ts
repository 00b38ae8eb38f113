/** `docs/providers.md`: what is known about every provider, out of the adapters themselves. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_CANARY } from '../src/canary/canary.ts';
import type { Instant } from '../src/core/base.ts';
import type { AnyProvider, ModelFacts } from '../src/providers/define.ts';
import { choose, type Choice } from '../src/providers/plan.ts';

const INTRO = `# Providers

Generated from the adapters by \`npm run docs\`. Every figure stands in an adapter's catalogue with its source and the
day it was read; prices and models can be overridden in the configuration (\`providers[].models\`), and a provider that
is not here can be described in YAML alone (see [http-provider.md](http-provider.md)).

**Cheapest canary** is what the built-in canary \`red-ball\` costs with the cheapest model that has not ended.
**Held against** is what the requests of the adapter are compared with in every test run: the requests of an SDK, by
package and version, or requests that were written down. **Unverified** is what no source settles and no live call has
shown: nothing here was tried against a paid API.
`;

/** The version of an npm package that is installed below `root`. */
export function versionIn(root: string): (name: string) => string {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version?: string } | undefined>;
  };
  return (name) => lock.packages[`node_modules/${name}`]?.version ?? 'that is not installed';
}

/**
 * The page.
 * @param versionOf the installed version of an npm package, for the SDKs of the parity tests
 */
export function providersPage(
  providers: readonly AnyProvider[],
  versionOf: (name: string) => string,
): string {
  const now = newestOf(providers);
  const rows = providers.map((provider) => {
    const cheapest = cheapestOf(provider, now);
    return [
      `[\`${provider.name}\`](#${provider.name})`,
      provider.title,
      provider.auth,
      cheapest === null
        ? 'none: all have ended, or are described in the configuration'
        : cheapestWords(cheapest),
      provider.freeCheck === null ? 'none' : 'yes',
      parityWords(provider, versionOf),
    ];
  });
  const head = ['adapter', 'provider', 'proves itself by', 'cheapest canary', 'free check', 'held against'];
  const sections = providers.map((provider) => section(provider, versionOf));
  return `${[INTRO, table(head, rows), ...sections].join('\n')}\n`;
}

function section(provider: AnyProvider, versionOf: (name: string) => string): string {
  const { name, title, docs, auth, freeCheck, models, unverified } = provider;
  const sources = new Set(Object.values(models).map(sourceOf));
  const [source = ''] = sources;
  const isShared = sources.size === 1;
  const rows = Object.entries(models).map(([model, facts]) => [
    `\`${model}\``,
    secondsWords(facts.seconds),
    sizesWords(facts),
    featureWords(facts),
    priceWords(facts),
    endWords(facts),
    ...(isShared ? [] : [sourceOf(facts)]),
  ]);
  const head = ['model', 'seconds', 'sizes', 'takes', 'price', 'end', ...(isShared ? [] : ['source'])];
  return [
    `\n## ${name}\n`,
    `${title}. Wire format: ${docs.url} (read ${docs.checkedOn}).\n`,
    `- Proves itself by: ${auth}`,
    `- Free check: ${freeCheck ?? 'none'}`,
    `- Held against: ${parityWords(provider, versionOf)}`,
    ...(isShared ? [`- Figures from: ${source}`] : []),
    ...(unverified.length === 0 ? [] : ['- Unverified:', ...unverified.map((text) => `  - ${text}`)]),
    '',
    rows.length === 0 ? 'Its models are described in the configuration.' : table(head, rows),
  ].join('\n');
}

function sourceOf({ source, checkedOn }: ModelFacts): string {
  return `${source} (${checkedOn})`;
}

/** The day of the newest reading: which models have ended then does not change while nobody looks anything up. */
function newestOf(providers: readonly AnyProvider[]): Instant {
  const days = providers.flatMap(({ docs, models }) => [
    docs.checkedOn,
    ...Object.values(models).map(({ checkedOn }) => checkedOn),
  ]);
  return Date.parse(days.toSorted().at(-1) ?? '');
}

/** The cheapest order of the built-in canary. */
function cheapestOf({ models }: AnyProvider, now: Instant): Choice | null {
  const choices = Object.entries(models).flatMap(([model, { endsOn }]) => {
    const hasEnded = endsOn !== undefined && Date.parse(endsOn) <= now;
    const choice = choose(DEFAULT_CANARY, model, models);
    return hasEnded || 'impossible' in choice ? [] : [choice];
  });
  const [first] = choices.toSorted((a, b) => a.facts.costUsd - b.facts.costUsd);
  return first ?? null;
}

function cheapestWords({ model, resolution, facts }: Choice): string {
  return `$${amount(facts.costUsd)}: \`${model}\`, ${facts.seconds} s, ${resolution}`;
}

function parityWords({ parity }: AnyProvider, versionOf: (name: string) => string): string {
  return 'sdk' in parity
    ? `\`${parity.sdk}\` ${versionOf(parity.sdk)}`
    : `written requests, ${parity.written}`;
}

function secondsWords(seconds: readonly number[]): string {
  const [first = 0, last = first] = [seconds[0], seconds.at(-1)];
  const isRange = seconds.length > 3 && seconds.every((one, i) => one === first + i);
  return isRange ? `${first} to ${last}` : seconds.join(', ');
}

function sizesWords({ sizes }: ModelFacts): string {
  return Object.entries(sizes)
    .map(([name, byAspect]) => `${name}: ${Object.keys(byAspect).join(' ')}`)
    .join('; ');
}

function featureWords({ seed, negativePrompt, audio }: ModelFacts): string {
  const takes = [seed && 'seed', negativePrompt && 'negative prompt', audio && 'audio'].filter(Boolean);
  return takes.length === 0 ? '–' : takes.join(', ');
}

function priceWords(facts: ModelFacts): string {
  return Object.entries(facts.price)
    .map(([name, usd]) => {
      const [resolution, unit] = name.split('/');
      if (unit === undefined) return `${resolution} $${amount(usd)}/s`;
      if (unit === 'Mtok') return `${resolution} $${amount(usd)} a million tokens`;
      return `${resolution} ${unit} s $${amount(usd)}`;
    })
    .join(', ');
}

function endWords({ endsOn, replacement }: ModelFacts): string {
  if (endsOn === undefined) return '–';
  return replacement ? `${endsOn}, then \`${replacement}\`` : endsOn;
}

function amount(usd: number): string {
  return usd >= 0.1 ? usd.toFixed(2).replace(/(\.\d)0$/, '$10') : String(Number(usd.toPrecision(3)));
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

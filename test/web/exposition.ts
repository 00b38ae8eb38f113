/** A strict reader of Prometheus' text format, for where promtool is not at hand. */

export interface Family {
  name: string;
  help: string;
  type: string;
  samples: { name: string; labels: Record<string, string>; value: number }[];
}

const SUFFIXES: Record<string, string[]> = {
  counter: [''],
  gauge: [''],
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['', '_sum', '_count'],
};
const SAMPLE = /^([a-z_][a-z0-9_]*)(?:\{(.*)\})? (-?[0-9.e+-]+|NaN|\+Inf)$/;

/** Reads an exposition; throws a sentence at the first thing that a scraper or a linter would refuse. */
export function families(text: string): Family[] {
  const found: Family[] = [];
  let help: { name: string; text: string } | null = null;
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  for (const line of text.split('\n').filter((line) => line !== '')) {
    const [, kind, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (kind === 'HELP') help = { name, text: rest };
    else if (kind === 'TYPE') {
      if (help?.name !== name || help.text === '') throw new Error(`${name} has no help`);
      if (found.some((family) => family.name === name)) throw new Error(`${name} comes twice`);
      if (!SUFFIXES[rest]) throw new Error(`${name} has the strange type ${rest}`);
      found.push({ name, help: help.text, type: rest, samples: [] });
    } else addSample(found.at(-1), line);
  }
  for (const family of found) lint(family);
  return found;
}

function addSample(family: Family | undefined, line: string): void {
  const [, name, labels = '', value] = SAMPLE.exec(line) ?? [];
  if (name === undefined || !family) throw new Error(`not a sample: ${line}`);
  const suffixes = SUFFIXES[family.type] ?? [];
  if (!suffixes.some((suffix) => name === family.name + suffix)) throw new Error(`${name} in ${family.name}`);
  const pairs = [...labels.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"(?:,|$)/g)];
  if (pairs.map(([all]) => all).join('') !== labels) throw new Error(`bad labels: ${line}`);
  family.samples.push({
    name,
    labels: Object.fromEntries(pairs.map(([, key, text]) => [key, text])),
    value: Number(value === '+Inf' ? Infinity : value),
  });
}

/** Labels as one text that does not depend on their order. */
export function labelKey(labels: Record<string, string>): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => a.localeCompare(b)));
}

/** What promtool's linter looks at, and the house rules about units. */
function lint({ name, type, samples }: Family): void {
  if (!/^(reelwatch|process|nodejs)_[a-z0-9_]+$/.test(name)) throw new Error(`${name} has a strange prefix`);
  if ((type === 'counter') !== name.endsWith('_total'))
    throw new Error(`${name} and the type ${type} do not fit`);
  if (/_(ms|milliseconds|minutes|kb|mb|usd|percent|count|sum|bucket)(_|$)/.test(name))
    throw new Error(`${name} is not in a base unit`);
  if (/(counter|gauge|histogram|summary)/.test(name)) throw new Error(`${name} names its type`);
  const seen = new Set<string>();
  for (const sample of samples) {
    const key = sample.name + labelKey(sample.labels);
    if (seen.has(key)) throw new Error(`${key} comes twice`);
    seen.add(key);
    if ('quantile' in sample.labels && type !== 'summary') throw new Error(`${name} has a reserved label`);
    if ('le' in sample.labels && type !== 'histogram') throw new Error(`${name} has a reserved label`);
    if (Number.isNaN(sample.value)) throw new Error(`${name} is not a number`);
  }
}

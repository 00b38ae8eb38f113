/** Who can read a provider's errors: its adapter, found by whatever name people use for it, or a table kept here. */

import { hear } from '../core/errors.ts';
import type { Cause } from '../core/model.ts';
import { HttpError, type Http } from '../ports/http.ts';
import type { Explained, Provider } from '../ports/provider.ts';
import { codeTable, type AnyProvider } from '../providers/define.ts';
import { PROVIDERS } from '../providers/index.ts';

export interface Explainer extends Pick<Provider, 'explain' | 'causeOfJobCode'> {
  /** Whose table it is, in words; null for the general rules. */
  title: string | null;
}

/** Names that stand for one way of saying what is wrong. The first of them that an adapter bears is taken. */
const FAMILIES = [
  'openai azure sora',
  'gemini google veo flow vertex',
  'bytedance byteplus seedance volcengine ark modelark doubao',
  'bedrock aws amazon',
  'alibaba dashscope wan qwen bailian aliyun',
  'minimax hailuo',
  'xai grok',
  'luma dreammachine',
  'kling klingai kuaishou',
  'runway runwayml',
].map((names) => names.split(' '));

/** Vendors without an adapter whose codes are bare numbers. */
const TABLES: readonly { names: RegExp; title: string; causeOf: (code: string | null) => Cause | null }[] = [
  {
    // docs.z.ai/api-reference/api-code, and the issues that test/fixtures/errors names; 2026-11-21.
    names: /^(z-?ai|zhipu|bigmodel|glm)\b/,
    title: 'Z.AI',
    causeOf: codeTable({
      auth: '1000',
      no_credit: '1113 1309 1310',
      unavailable: '1234',
      rate_limited: '1302',
      overloaded: '1305',
    }),
  },
];

const GENERAL: Explainer = { title: null, explain, causeOfJobCode: () => null };
const made = new Map<string, Explainer | null>();

/** Finds the reader of a provider's errors; general rules where no adapter and no table goes by that name. */
export function explainerFor(provider: string): Explainer {
  // `kling (via kie.ai)`: the one in between answers, in its own words.
  const name = (/\bvia\s+([\w.-]+)/i.exec(provider)?.[1] ?? provider).toLowerCase().trim();
  const table = TABLES.find(({ names }) => names.test(name));
  if (table !== undefined) return withTable(table.title, table.causeOf);
  const adapter = adapterOf(name);
  return (adapter && explainerOf(adapter)) ?? GENERAL;
}

function adapterOf(name: string): AnyProvider | undefined {
  const words = name.split(/[^a-z0-9]+/).filter((word) => word !== '');
  const named = (wanted: string) => PROVIDERS.find((one) => one.name === wanted);
  const exact = [name, words.join('-'), ...words].map(named).find((one) => one !== undefined);
  if (exact !== undefined) return exact;
  const families = FAMILIES.filter((names) => words.some((word) => names.includes(word)));
  return families
    .flat()
    .map((word) => PROVIDERS.find((one) => one.name.split('-')[0] === word))
    .find((one) => one !== undefined);
}

/** An adapter's own reading of errors; null where it cannot be made without its configuration. */
export function explainerOf(adapter: AnyProvider): Explainer | null {
  const known = made.get(adapter.name);
  if (known !== undefined) return known;
  const options = anyOptions(adapter);
  const { models, title } = adapter;
  const provider = options && adapter.create({ options: options.value, http: DEAF, models, now: () => 0 });
  const explainer = provider && {
    title,
    explain: provider.explain,
    causeOfJobCode: provider.causeOfJobCode,
  };
  made.set(adapter.name, explainer);
  return explainer;
}

const FILLS_MAX = 20;
const FILLS = ['unused', 'https://unused.invalid', 's3://unused'];

/** Options that the adapter's schema takes, filled wherever it misses something: nothing is ever called with them. */
function anyOptions({ options }: AnyProvider): { value: unknown } | null {
  const filled: Record<string, unknown> = {};
  for (let fills = 0; fills < FILLS_MAX; fills++) {
    const parsed = options.safeParse(filled);
    if (parsed.success) return { value: parsed.data };
    const field = parsed.error.issues[0]?.path[0];
    const fill = typeof field === 'string' ? FILLS[FILLS.indexOf(String(filled[field])) + 1] : undefined;
    if (typeof field !== 'string' || fill === undefined) return null;
    filled[field] = fill;
  }
  return null;
}

function deaf(): Promise<never> {
  return Promise.reject(new HttpError('aborted', 'nothing is called while errors are read'));
}

const DEAF: Http = { at: () => ({ get: deaf, send: deaf, download: deaf }), download: deaf };

function withTable(title: string, causeOf: (code: string | null) => Cause | null): Explainer {
  return {
    title,
    explain: (error) => {
      const { codes } = hear(error.body);
      const known = codes.find((code) => causeOf(code) !== null);
      return known === undefined ? explain(error) : { ...explain(error), code: known, cause: causeOf(known) };
    },
    causeOfJobCode: causeOf,
  };
}

function explain(error: HttpError): Explained {
  const { codes, text } = hear(error.body);
  return { code: codes[0] ?? null, message: text === '' ? error.message : text, cause: null };
}

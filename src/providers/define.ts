/** The shape of a provider's file: one export, its options beside its code. */

import type { z } from 'zod';
import type { Instant } from '../core/base.ts';
import type { Cause } from '../core/model.ts';
import type { Capability } from '../core/route.ts';
import type { Http } from '../ports/http.ts';
import { duration } from '../ports/options.ts';
import type { Provider } from '../ports/provider.ts';
import type { Template } from './template.ts';

type Task = Capability['task'];

/** What is known about a model beforehand; each figure with its source and the day it was checked. */
export interface ModelFacts {
  /** Lengths the model can do, in seconds, ascending. */
  seconds: readonly number[];
  /** Sizes by resolution name and aspect: `{ '720p': { '16:9': [1280, 720] } }`, smallest first. */
  sizes: Readonly<Record<string, Readonly<Record<string, readonly [width: number, height: number]>>>>;
  /**
   * Dollars per second by resolution name, `720p+audio` with sound; for the whole clip by `resolution/seconds`; for a
   * million tokens by `720p/Mtok` and `720p+audio/Mtok`.
   */
  price: Readonly<Record<string, number>>;
  seed: boolean;
  negativePrompt: boolean;
  audio: boolean;
  /** What kinds of jobs it does; text to video where nothing is said. */
  tasks?: readonly Task[];
  promptCharactersMax: number;
  /** The request's fields as templates, where an endpoint is described in the configuration. */
  input?: Readonly<Record<string, Template>>;
  /** A published end of life, `YYYY-MM-DD`. */
  endsOn?: string;
  replacement?: string | null;
  source: string;
  checkedOn: string;
}

export type Models = Readonly<Record<string, ModelFacts>>;

/** What an adapter is made of besides its options. */
export interface Given {
  http: Http;
  /** The catalogue, with what the configuration says otherwise. */
  models: Models;
  now: () => Instant;
}

export interface ProviderDefinition<Options extends z.ZodType = z.ZodType> {
  /** The adapter's name in the configuration. */
  name: string;
  title: string;
  /** The page the wire format was taken from, and the day it was checked. */
  docs: { url: string; checkedOn: string };
  /** How a caller proves who it is, in words: `Bearer key`. */
  auth: string;
  /** What the free check asks, in words; null where the provider has none. */
  freeCheck: string | null;
  /**
   * What the requests were held against: the npm package of an SDK in test/parity, else requests that were written
   * down (from a recording or from the vendor's pages, as the note says).
   */
  parity: { sdk: string } | { written: string };
  /** What no source settles and no live call has shown, in sentences. */
  unverified: readonly string[];
  options: Options;
  models: Models;
  create: (given: { options: z.output<Options> } & Given) => Provider;
}

/** A definition whose options type is no longer known: what the registry holds. */
export type AnyProvider = Omit<ProviderDefinition, 'create'> & {
  create: (given: { options: unknown } & Given) => Provider;
};

/** Registers a provider. `create` is only ever called with options that its own schema has parsed. */
export function defineProvider<Options extends z.ZodType>(
  definition: ProviderDefinition<Options>,
): AnyProvider {
  return {
    ...definition,
    create: (given) => definition.create({ ...given, options: given.options as z.output<Options> }),
  };
}

/** The usual pixels of a resolution's name. A square is not among them: what it is differs from vendor to vendor. */
const USUAL: ModelFacts['sizes'] = {
  '360p': { '16:9': [640, 360], '9:16': [360, 640] },
  '480p': { '16:9': [854, 480], '9:16': [480, 854] },
  '540p': { '16:9': [960, 540], '9:16': [540, 960] },
  '720p': { '16:9': [1280, 720], '9:16': [720, 1280] },
  '768p': { '16:9': [1366, 768], '9:16': [768, 1366] },
  '1080p': { '16:9': [1920, 1080], '9:16': [1080, 1920] },
  '2k': { '16:9': [2560, 1440], '9:16': [1440, 2560] },
  '4k': { '16:9': [3840, 2160], '9:16': [2160, 3840] },
};

/** Writes a catalogue's rows: what a row does not say is not offered, and sizes are those that have a price. */
export function catalogue(shared: Pick<ModelFacts, 'source' | 'checkedOn'>) {
  const nothing = { seed: false, negativePrompt: false, audio: false };
  return (
    facts: Pick<ModelFacts, 'seconds' | 'promptCharactersMax'> & Partial<ModelFacts>,
    price: ModelFacts['price'],
    sizes: ModelFacts['sizes'] = USUAL,
  ): ModelFacts => {
    const names = new Set(Object.keys(price).map((key) => key.replace(/[/+].*/, '')));
    const priced = Object.fromEntries(Object.entries(sizes).filter(([name]) => names.has(name)));
    return { ...nothing, ...shared, ...facts, price, sizes: priced };
  };
}

/** Whole seconds from one to the other, both included: `range(2, 4)` is 2, 3, 4. */
export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** A provider's code table: by cause, the codes with spaces between. Gives null for a code that is in no row. */
export function codeTable(rows: Partial<Record<Cause, string>>): (code: string | null) => Cause | null {
  const causes = new Map<string | null, Cause>();
  for (const [cause, codes] of Object.entries(rows))
    for (const code of codes.split(' ')) causes.set(code, cause as Cause);
  return (code) => causes.get(code) ?? null;
}

/** Options that every provider has: how often to ask, and when a job is overdue. */
export function waiting(pollEvery: string) {
  return {
    pollEvery: duration('How often a running job is asked for.').prefault(pollEvery),
    deadline: duration('After this time a job counts as overdue, whatever its status says.').prefault('10m'),
  };
}

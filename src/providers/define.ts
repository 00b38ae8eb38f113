/** The shape of a provider's file: one export, its options beside its code. */

import type { z } from 'zod';
import type { Http } from '../ports/http.ts';
import type { Provider } from '../ports/provider.ts';

/** What is known about a model beforehand; each figure with its source and the day it was checked. */
export interface ModelFacts {
  /** Lengths the model can do, in seconds, ascending. */
  seconds: readonly number[];
  /** Sizes by resolution name and aspect: `{ '720p': { '16:9': [1280, 720] } }`, smallest first. */
  sizes: Readonly<Record<string, Readonly<Record<string, readonly [width: number, height: number]>>>>;
  /** Dollars per second by resolution name, or one price for the whole clip by `resolution/seconds`. */
  price: Readonly<Record<string, number>>;
  seed: boolean;
  negativePrompt: boolean;
  audio: boolean;
  promptCharactersMax: number;
  /** A published end of life, `YYYY-MM-DD`. */
  endsOn?: string;
  replacement?: string | null;
  source: string;
  checkedOn: string;
}

export interface ProviderDefinition<Options extends z.ZodType = z.ZodType> {
  /** The adapter's name in the configuration. */
  name: string;
  title: string;
  /** The page the wire format was taken from, and the day it was checked. */
  docs: { url: string; checkedOn: string };
  options: Options;
  models: Readonly<Record<string, ModelFacts>>;
  create: (given: { options: z.output<Options>; http: Http }) => Provider;
}

/** A definition whose options type is no longer known: what the registry holds. */
export type AnyProvider = Omit<ProviderDefinition, 'create'> & {
  create: (given: { options: unknown; http: Http }) => Provider;
};

/** Registers a provider. `create` is only ever called with options that its own schema has parsed. */
export function defineProvider<Options extends z.ZodType>(
  definition: ProviderDefinition<Options>,
): AnyProvider {
  return {
    ...definition,
    create: ({ options, http }) => definition.create({ options: options as z.output<Options>, http }),
  };
}

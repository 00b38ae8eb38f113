/** From parsed options to what they mean together: references, ids, plans of canaries, money. */

import type { z } from 'zod';
import type { Canary } from '../canary/canary.ts';
import type { Instant } from '../core/base.ts';
import type { Target } from '../core/model.ts';
import type { OrderFacts } from '../core/trace.ts';
import { HttpError } from '../ports/http.ts';
import type { Api, Http } from '../ports/http.ts';
import type { Provider, SeenNotice } from '../ports/provider.ts';
import type { TargetSetting } from '../ports/settings.ts';
import type { Models } from '../providers/define.ts';
import { withModels } from '../providers/models.ts';
import { checkCapabilities } from './capability.ts';
import { checkBudgets } from './cost.ts';
import type { Complaint } from './complaints.ts';
import { canariesOf } from './judging.ts';
import { checkReferences } from './references.ts';
import { exposure } from './exposure.ts';
import type { FileOptions, Registries } from './schema.ts';
import { targetIdOf } from './watching.ts';
import { nearHint } from './words.ts';

/** One target with everything that it is made of. */
export interface ResolvedTarget {
  target: Target;
  canary: Canary;
  schedule: TargetSetting['schedule'];
  checkEveryMs: number | null;
  links: { dashboard: string | null; runbook: string | null };
  /** What the canary becomes for this model. */
  facts: OrderFacts;
  /** Where the price of a canary is from: a page and the day it was read. */
  priceFrom: string;
  notice: SeenNotice | null;
}

/** A configuration in which everything fits together. Holds secrets: print it by `masked` only. */
export interface ResolvedConfig {
  options: FileOptions;
  /** Where people reach the pages. */
  publicUrl: string;
  targets: ResolvedTarget[];
  /** The file's own content with the environment put in, and its schema: for masking and hashing. */
  source: { schema: z.ZodType; value: unknown };
}

export interface ResolveTools {
  options: FileOptions;
  input: unknown;
  schema: z.ZodType;
  registries: Registries;
  isCron: (text: string) => boolean;
  now: Instant;
}

/** Checks what no single option can know, and resolves every target. */
export function resolve(tools: ResolveTools): {
  config: ResolvedConfig;
  problems: Complaint[];
  warnings: Complaint[];
} {
  const { options } = tools;
  const config: ResolvedConfig = {
    options,
    publicUrl: (options.server.publicUrl ?? plainUrl(options.server)).replace(/\/+$/, ''),
    targets: [],
    source: { schema: tools.schema, value: tools.input },
  };
  const problems = checkReferences(options, tools.isCron);
  const providers = createProviders(options, tools.registries, { http: OFFLINE, now: () => tools.now });
  problems.push(...[...providers.values()].flatMap((one) => one.problems));
  const canaries = canariesOf(options.canaries);
  for (const [i, wanted] of options.targets.entries()) {
    const provider = providers.get(wanted.provider);
    const canary = canaries.get(wanted.canary);
    if (provider === undefined || canary === undefined) continue;
    const made = resolveTarget({ i, wanted, canary, ...provider }, tools);
    if ('problem' in made) problems.push(made.problem);
    else config.targets.push(made);
  }
  problems.push(...checkCapabilities(options, (id) => providers.get(id)?.models));
  // Money is only counted when all targets are known: otherwise the sums would mislead.
  const budgets = problems.length > 0 ? { problems: [], warnings: [] } : checkBudgets(config);
  return {
    config,
    problems: [...problems, ...budgets.problems],
    warnings: [...budgets.warnings, ...endings(config), ...silence(options), ...exposure(options)],
  };
}

/** Looks at the answers that a provider gets, given its id and the names of its models. */
export type Watch = (http: Http, provider: string, models: readonly string[]) => Http;

interface CreatedProvider {
  provider: Provider;
  /** Its catalogue, with what the configuration says otherwise. */
  models: Models;
  problems: Complaint[];
}

/** The configured providers by id, each with its own options. */
export function createProviders(
  options: FileOptions,
  registries: Registries,
  tools: { http: Http; now: () => Instant; watch?: Watch },
): Map<string, CreatedProvider> {
  return new Map(
    options.providers.flatMap((entry, i) => {
      const definition = registries.providers.find((definition) => definition.name === entry.use);
      if (definition === undefined) return [];
      const { models, problems } = withModels(definition.models, entry.common.models);
      const http = tools.watch?.(tools.http, entry.id, Object.keys(models)) ?? tools.http;
      const provider = definition.create({ options: entry.options, models, http, now: tools.now });
      const complaints = problems.map(({ model, text }) => ({
        path: ['providers', i, 'models', model],
        text,
      }));
      return [[entry.id, { provider, models, problems: complaints }] as const];
    }),
  );
}

/** Where the price of a model is from: a page and the day it was read. */
function priceFrom(models: Models, model: string): string {
  const facts = Object.hasOwn(models, model) ? models[model] : undefined;
  if (facts === undefined) return 'the configuration';
  return facts.checkedOn === '' ? facts.source : `${facts.source} (${facts.checkedOn})`;
}

function resolveTarget(
  given: { i: number; wanted: FileOptions['targets'][number]; canary: Canary } & CreatedProvider,
  tools: ResolveTools,
): ResolvedTarget | { problem: Complaint } {
  const { i, wanted, canary, provider, models } = given;
  const { probe } = tools.options;
  const order = provider.plan(canary, wanted.model);
  if ('impossible' in order) {
    const isKnown = Object.hasOwn(models, wanted.model);
    const text = isKnown
      ? order.impossible
      : `${order.impossible}.${nearHint(wanted.model, Object.keys(models))}`;
    return { problem: { path: ['targets', i, isKnown ? 'canary' : 'model'], text } };
  }
  return {
    target: {
      id: targetIdOf(wanted),
      provider: wanted.provider,
      model: wanted.model,
      region: wanted.region ?? null,
    },
    canary,
    schedule: scheduleOf(wanted, probe.every),
    checkEveryMs: wanted.check && provider.check !== null ? (wanted.checkEvery ?? probe.checkEvery) : null,
    links: { dashboard: wanted.dashboard ?? null, runbook: wanted.runbook ?? null },
    facts: order.facts,
    priceFrom: priceFrom(models, wanted.model),
    notice: provider.knownNotice(wanted.model, tools.now),
  };
}

function scheduleOf(
  { cron, every }: FileOptions['targets'][number],
  usual: FileOptions['probe']['every'],
): ResolvedTarget['schedule'] {
  if (cron !== undefined) return { cron };
  const wanted = every ?? usual;
  return wanted === 'auto' ? { auto: true } : { everyMs: wanted };
}

/** What is known to end, so that nobody is surprised on the day. */
function endings(config: ResolvedConfig): Complaint[] {
  return config.options.targets.flatMap((wanted, i): Complaint[] => {
    const id = targetIdOf(wanted);
    const notice = config.targets.find(({ target }) => target.id === id)?.notice ?? null;
    if (notice === null) return [];
    const day =
      notice.effectiveAt === null ? '' : ` on ${new Date(notice.effectiveAt).toISOString().slice(0, 10)}`;
    const text =
      notice.kind === 'retired'
        ? `${id} ended${day}: no canaries are ordered`
        : `${id} is announced to end${day}${notice.replacement === null ? '' : `; its replacement is ${notice.replacement}`}`;
    return [{ path: ['targets', i], text: `${text} (${notice.url})` }];
  });
}

function plainUrl({ host, port }: { host: string; port: number }): string {
  const reachable = ['0.0.0.0', '::'].includes(host) ? 'localhost' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

function silence(options: FileOptions): Complaint[] {
  if (options.alerts.length > 0) return [];
  return [{ path: ['alerts'], text: 'Nobody is told of anything: no alert channel is configured' }];
}

/** While a file is checked, adapters are created to ask what they can do, and nothing may be sent. */
const OFFLINE: Http = {
  at: () => OFFLINE_API,
  download: () => Promise.reject(refusal()),
};

const OFFLINE_API: Api = {
  get: () => Promise.reject(refusal()),
  send: () => Promise.reject(refusal()),
  download: () => Promise.reject(refusal()),
};

function refusal(): HttpError {
  return new HttpError('aborted', 'Nothing is sent while the configuration is checked');
}

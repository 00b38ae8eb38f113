/** The last step: adapters are created, and the options become what the app is told. */

import { invariant } from '../core/base.ts';
import type { TargetId } from '../core/model.ts';
import type { Route, RouteMember } from '../core/route.ts';
import type { Clock } from '../ports/clock.ts';
import type { Http } from '../ports/http.ts';
import type { Log } from '../ports/log.ts';
import type { Settings, TargetSetting } from '../ports/settings.ts';
import type { Signer } from '../ports/signer.ts';
import type { Tcp } from '../ports/tcp.ts';
import type { SinkTools } from '../routers/define.ts';
import { forecast, type Forecast } from './cost.ts';
import { policyOf } from './policy.ts';
import { configHash } from './print.ts';
import { createProviders } from './resolve.ts';
import type { ResolvedConfig, Watch } from './resolve.ts';
import { routingOf } from './routing.ts';
import { REGISTRIES } from './schema.ts';
import type { FileOptions, Registries } from './schema.ts';

const MIB = 2 ** 20;

/** Creates every adapter of a checked configuration, and says everything in the app's words: ids, ms, dollars, bytes. */
export function createSettings(
  config: ResolvedConfig,
  tools: {
    http: Http;
    tcp: Tcp;
    clock: Clock;
    signer: Signer;
    log: Log;
    registries?: Registries;
    watch?: Watch;
  },
): Settings {
  const { options } = config;
  const planned = forecast(config);
  const providerOf = new Map(config.targets.map(({ target }) => [target.id, target.provider]));
  const registries = tools.registries ?? REGISTRIES;
  const { http, watch } = tools;
  const forProviders = { http, now: tools.clock.now, ...(watch !== undefined && { watch }) };
  return {
    controller: options.server.name,
    configHash: configHash(config),
    publicUrl: config.publicUrl,
    targets: targetSettings(config, planned, registries, forProviders),
    limits: Object.fromEntries(
      planned.providers.map(({ id, usdPerDay, budgetUsd }, i) => [
        id,
        {
          budgetUsd,
          plannedUsdPerDay: usdPerDay,
          concurrencyMax: options.providers[i]?.common.concurrency ?? 1,
        },
      ]),
    ),
    totalBudgetUsd: options.budget.perDay,
    concurrencyMax: options.probe.concurrency,
    routes: options.routes.map((route) => routeOf(route, config, providerOf)),
    channels: options.alerts.map(({ id, use, options }) => ({
      id,
      channel: named(registries.channels, use).create({ ...tools, options }),
    })),
    ...routersOf(options, registries, tools),
    ...limitsOf(options),
  };
}

/** Those that are pushed to, and those that listen. */
function routersOf(
  { routers }: FileOptions,
  registries: Registries,
  tools: SinkTools,
): Pick<Settings, 'sinks' | 'listeners'> {
  const all = routers.map(({ id, use, options }) => ({
    id,
    made: named(registries.sinks, use).create({ ...tools, options }),
  }));
  return {
    sinks: all.flatMap(({ id, made }) => ('push' in made ? [{ id, sink: made }] : [])),
    listeners: all.flatMap(({ id, made }) => ('listen' in made ? [{ id, listener: made }] : [])),
  };
}

function targetSettings(
  config: ResolvedConfig,
  planned: Forecast,
  registries: Registries,
  tools: Parameters<typeof createProviders>[2],
): TargetSetting[] {
  const providers = createProviders(config.options, registries, tools);
  return config.targets.map(({ target, canary, facts, schedule, checkEveryMs, links }, i) => {
    const provider = providers.get(target.provider)?.provider;
    invariant(provider !== undefined, `the provider of ${target.id} was checked`);
    const canariesPerDay = planned.targets[i]?.canariesPerDay ?? 0;
    const priceUsd = facts.costUsd;
    const address = config.options.targets[i]?.address ?? null;
    return { target, provider, canary, priceUsd, schedule, canariesPerDay, checkEveryMs, links, address };
  });
}

function routeOf(
  route: FileOptions['routes'][number],
  { options }: ResolvedConfig,
  providers: ReadonlyMap<TargetId, string>,
): Route {
  const { task, durations, aspects, resolutions, audio } = route.capability;
  return {
    id: route.id,
    mode: route.mode,
    capability: { task, durationsS: durations, aspectRatios: aspects, resolutions, audio },
    members: route.targets.map(({ target, weight, inFlight }): RouteMember => {
      const provider = providers.get(target);
      return {
        target,
        baseWeight: weight,
        ...(provider !== undefined && { provider }),
        ...(inFlight !== undefined && { inFlightMax: inFlight }),
      };
    }),
    policy: routingOf(route.policy, options.plans.qualityHalfLife),
    fallbackContent: route.fallbackContent,
  };
}

function limitsOf(options: FileOptions) {
  const { data, probe, plans, stories } = options;
  const { downloads } = probe;
  return {
    policy: policyOf(options),
    retention: {
      ageMs: data.keep,
      runsPerTargetMax: data.runsPerTarget,
      framesPerTargetMax: data.framesPerTarget,
      auditAgeMs: data.keepAudit,
    },
    download: {
      bytesMax: Math.round(downloads.maxMiB * MIB),
      timeMsMax: downloads.timeout,
      redirectsMax: downloads.redirects,
      privateAddresses: downloads.privateAddresses,
    },
    controlUrls: probe.controls,
    planValidMs: plans.validFor,
    storyExpiresMs: stories.expireAfter,
    tickCron: probe.tick,
    quietCron: probe.quiet ?? null,
  };
}

function named<A extends { name: string }>(adapters: readonly A[], use: string): A {
  const found = adapters.find(({ name }) => name === use);
  invariant(found !== undefined, `the adapter ${use} was checked`);
  return found;
}

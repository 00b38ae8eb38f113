/** What the simulated daemon is configured to do: six targets of four providers, two routes, two channels, two sinks. */

import { DEFAULT_ROUTING } from '../../src/core/routing.ts';
import type { RoutingPolicy } from '../../src/core/routing.ts';
import { DEFAULT_CANARY } from '../../src/canary/canary.ts';
import { DAY, MINUTE } from '../../src/core/base.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import type { Route } from '../../src/core/route.ts';
import type { Provider } from '../../src/ports/provider.ts';
import type { Settings, TargetSetting } from '../../src/ports/settings.ts';
import type { Draw } from '../../src/simulator/random.ts';
import type { Life } from './life.ts';
import { createChannelDouble, createSinkDouble } from './receivers.ts';
import type { Held, ReceiverWorld } from './receivers.ts';

/** What a canary of a model costs in this world. */
export function priceOf(model: string): number {
  return 0.2 + (model.length % 4) * 0.05;
}

export interface Doubles {
  provider: (name: string) => (life: Life) => Provider;
  receivers: ReceiverWorld;
  streams: (name: string) => Draw;
}

/** `thrift` has a budget that its schedule exceeds; the others have plenty. */
export const BUDGETS_USD: Record<string, number> = { runway: 400, kling: 250, fal: 250, thrift: 12 };

/** `fal` has no free check. */
const CHECKS_MS: Record<string, number> = { runway: 5 * MINUTE, kling: MINUTE, thrift: 5 * MINUTE };

const TARGETS: [provider: string, model: string, schedule: TargetSetting['schedule']][] = [
  ['runway', 'gen4.5', { everyMs: 10 * MINUTE }],
  ['runway', 'wan3', { auto: true }],
  ['kling', 'kling-3.0', { everyMs: 10 * MINUTE }],
  ['fal', 'pika-2.2', { cron: '0 */10 * * * *' }],
  ['thrift', 'veo-4', { everyMs: 10 * MINUTE }],
  ['thrift', 'veo-4-fast', { everyMs: 20 * MINUTE }],
];

const CAPABILITY: Route['capability'] = {
  task: 'text-to-video',
  durationsS: [4],
  aspectRatios: ['16:9'],
  resolutions: ['720p'],
  audio: false,
};

const routesWith = (policy: RoutingPolicy): Route[] => [
  {
    id: 't2v',
    mode: 'enforce',
    capability: CAPABILITY,
    policy,
    fallbackContent: [],
    members: [
      { target: 'runway/gen4.5', baseWeight: 40 },
      { target: 'kling/kling-3.0', baseWeight: 30 },
      { target: 'fal/pika-2.2', baseWeight: 20 },
      { target: 'thrift/veo-4', baseWeight: 10 },
    ],
  },
  {
    id: 'cheap',
    mode: 'enforce',
    capability: CAPABILITY,
    policy,
    fallbackContent: [],
    members: [
      { target: 'runway/wan3', baseWeight: 1 },
      { target: 'fal/pika-2.2', baseWeight: 2 },
    ],
  },
  {
    id: 'trial',
    mode: 'dry_run',
    capability: CAPABILITY,
    policy,
    fallbackContent: [],
    members: [
      { target: 'runway/wan3', baseWeight: 1 },
      { target: 'kling/kling-3.0', baseWeight: 1 },
    ],
  },
];

type Given = Partial<Pick<Settings, 'planValidMs' | 'storyExpiresMs' | 'retention' | 'totalBudgetUsd'>>;

/** The settings of each life: the same configuration, with adapters that belong to that life. */
export function createSettings(
  doubles: Doubles,
  options: {
    policy?: Partial<Settings['policy']>;
    routing?: Partial<RoutingPolicy>;
    isAsked?: boolean;
    settings?: Given;
  },
): { settingsFor: (life: Life) => Settings; held: Map<string, Held> } {
  const { receivers, streams } = doubles;
  const providers = new Map(Object.keys(BUDGETS_USD).map((name) => [name, doubles.provider(name)]));
  const slack = createChannelDouble('slack', receivers, streams('slack'));
  const pager = createChannelDouble('pager', receivers, streams('pager'), {
    hears: ({ type }) => type.startsWith('incident.'),
    gapMs: 0,
  });
  const asked = { isAsked: options.isAsked ?? false };
  const gateway = createSinkDouble('gateway', receivers, streams('gateway'), null, asked);
  const edge = createSinkDouble('edge', receivers, streams('edge'), ['t2v'], { isAsked: false });

  const targetsFor = (life: Life): TargetSetting[] => {
    const ofLife = new Map([...providers].map(([name, providerFor]) => [name, providerFor(life)]));
    return TARGETS.map(([name, model, schedule]) => ({
      target: { id: `${name}/${model}`, provider: name, model, region: null },
      provider: ofLife.get(name) as Provider,
      canary: DEFAULT_CANARY,
      schedule,
      priceUsd: priceOf(model),
      canariesPerDay: 24,
      checkEveryMs: CHECKS_MS[name] ?? null,
      links: { dashboard: null, runbook: null },
    }));
  };

  const settingsFor = (life: Life): Settings => ({
    controller: 'sim',
    configHash: 'sha256:sim',
    publicUrl: 'https://reelwatch.invalid',
    targets: targetsFor(life),
    limits: Object.fromEntries(
      Object.entries(BUDGETS_USD).map(([name, budgetUsd]) => [
        name,
        { budgetUsd, plannedUsdPerDay: 1, concurrencyMax: 2 },
      ]),
    ),
    totalBudgetUsd: 800,
    concurrencyMax: 4,
    routes: routesWith({ ...DEFAULT_ROUTING, ...options.routing }),
    channels: [
      { id: 'slack', channel: slack(life) },
      { id: 'pager', channel: pager(life) },
    ],
    sinks: [
      { id: 'gateway', sink: gateway.sinkFor(life) },
      { id: 'edge', sink: edge.sinkFor(life) },
    ],
    listeners: [],
    policy: { ...DEFAULT_POLICY, ...options.policy },
    retention: { ageMs: 2 * DAY, runsPerTargetMax: 200, framesPerTargetMax: 3, auditAgeMs: 400 * DAY },
    download: { bytesMax: 50_000_000, timeMsMax: MINUTE, redirectsMax: 3, privateAddresses: false },
    controlUrls: ['https://control.invalid/204'],
    planValidMs: 30 * MINUTE,
    storyExpiresMs: DAY,
    tickCron: '0 * * * * *',
    quietCron: null,
    ...options.settings,
  });

  return {
    settingsFor,
    held: new Map([
      ['gateway', gateway.held],
      ['edge', edge.held],
    ]),
  };
}

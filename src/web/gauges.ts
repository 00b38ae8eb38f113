/** What the gauges show, read at the moment of a scrape and never kept twice. */

import { DAY, type Instant, SECOND } from '../core/base.ts';
import { SHOWN_STATES } from '../core/model.ts';
import type { Posture } from '../core/route.ts';
import { shownSince, shownState } from '../core/weights.ts';
import type { Clock } from '../ports/clock.ts';
import type { Settings } from '../ports/settings.ts';
import type { Store } from '../ports/store.ts';
import type { View } from '../ports/view.ts';
import type { GAUGES } from './figures.ts';
import type { Vitals } from './vitals.ts';
import { faultNow } from './why.ts';

/** What gauges are read from at each scrape. */
export interface Source {
  view: View;
  store: Pick<Store, 'outboxCounts' | 'pushStates' | 'spentSince'>;
}

export interface Deps {
  settings: Settings;
  clock: Clock;
  version: string;
}

type Put = (labels: Record<string, string>, value: number) => void;
type Reading = (put: Put) => void | Promise<void>;
export type Readings = Record<keyof typeof GAUGES, Reading>;

const POSTURES: readonly Posture[] = ['normal', 'spill', 'panic', 'frozen'];

/**
 * How each gauge is read.
 * @param from.balances dollars by provider, as the last free check told them
 * @param from.source null until the daemon is there
 */
export function readings(
  deps: Deps,
  from: { vitals: Vitals; balances: ReadonlyMap<string, number>; source: () => Source | null },
): Readings {
  return { ...readOurselves(deps, from.vitals, from.balances), ...readDaemon(deps, from.source) };
}

/** What is read from the configuration and the process. */
function readOurselves(deps: Deps, vitals: Vitals, balances: ReadonlyMap<string, number>) {
  const { limits } = deps.settings;
  return {
    reelwatch_provider_balance_dollars: (put) => balances.forEach((usd, provider) => put({ provider }, usd)),
    reelwatch_budget_dollars: (put) => {
      for (const [provider, { budgetUsd }] of Object.entries(limits)) put({ provider }, budgetUsd);
    },
    reelwatch_build_info: (put) => put({ version: deps.version, node: process.version }, 1),
    process_resident_memory_bytes: (put) => put({}, vitals.residentBytes()),
    process_start_time_seconds: (put) => put({}, vitals.startedAtSeconds()),
    nodejs_heap_size_used_bytes: (put) => put({}, vitals.heapUsedBytes()),
  } satisfies Partial<Readings>;
}

/** What is read from the view and the store; nothing at all before they are attached. */
function readDaemon({ settings, clock }: Deps, sourceOf: () => Source | null) {
  const seen = (read: (source: Source, put: Put) => void): Reading => {
    return (put) => {
      const source = sourceOf();
      if (source) read(source, put);
    };
  };
  const stored = (read: (store: Source['store'], put: Put) => Promise<void>): Reading => {
    return async (put) => {
      const store = sourceOf()?.store;
      // A scrape must tell the rest while the store does not answer.
      if (store) await read(store, put).catch(() => {});
    };
  };
  return {
    ...readBeliefs(seen, settings),
    reelwatch_target_fault_probability: seen(({ view }, put) => {
      const known = { settings, view, now: clock.now() };
      for (const state of view.states().values()) {
        const fault = faultNow(state, known);
        if (fault !== null) put({ target: state.id }, fault);
      }
    }),
    reelwatch_budget_spent_dollars: stored(async (store, put) => {
      const spent = await store.spentSince(clock.now() - DAY);
      for (const provider of Object.keys(settings.limits)) put({ provider }, spent[provider] ?? 0);
    }),
    reelwatch_outbox_entries: stored(async (store, put) => {
      const counts = new Map((await store.outboxCounts()).map((count) => [count.channel, count]));
      for (const { id } of settings.channels) {
        put({ channel: id, state: 'due' }, counts.get(id)?.due ?? 0);
        put({ channel: id, state: 'dead' }, counts.get(id)?.dead ?? 0);
      }
    }),
    reelwatch_push_generation_lag: stored(async (store, put) => {
      for (const { sink, route, desired, applied } of await store.pushStates())
        put({ sink, route }, Math.max(0, desired - (applied ?? 0)));
    }),
    reelwatch_router_drifted: stored(async (store, put) => {
      for (const { sink, route, drift } of await store.pushStates())
        put({ sink, route }, drift === null ? 0 : 1);
    }),
  };
}

function readBeliefs(seen: (read: (source: Source, put: Put) => void) => Reading, settings: Settings) {
  return {
    reelwatch_provider_balance_seconds: seen(({ view }, put) => {
      for (const [provider, { daysLeft }] of view.funds())
        if (daysLeft !== null) put({ provider }, (daysLeft * DAY) / SECOND);
    }),
    reelwatch_target_state: seen(({ view }, put) => {
      for (const target of view.states().values())
        for (const state of SHOWN_STATES)
          put({ target: target.id, state }, shownState(target) === state ? 1 : 0);
    }),
    reelwatch_target_since_timestamp_seconds: seen(({ view }, put) => {
      for (const target of view.states().values()) put({ target: target.id }, toSeconds(shownSince(target)));
    }),
    reelwatch_runs_in_flight: seen(({ view }, put) => {
      const flights = view.flights();
      for (const { target } of settings.targets)
        put({ target: target.id }, flights.filter((flight) => flight.target === target.id).length);
    }),
    reelwatch_route_weight: seen(({ view }, put) => {
      for (const plan of view.plans().values())
        for (const { target, weight } of plan.members) put({ route: plan.route, target }, weight);
    }),
    reelwatch_route_posture: seen(({ view }, put) => {
      for (const plan of view.plans().values())
        for (const posture of POSTURES) put({ route: plan.route, posture }, plan.posture === posture ? 1 : 0);
    }),
    reelwatch_plan_generation: seen(({ view }, put) => put({}, view.generation())),
    reelwatch_last_tick_timestamp_seconds: seen(({ view }, put) => put({}, toSeconds(view.lastTickAt()))),
  };
}

function toSeconds(at: Instant): number {
  return at / SECOND;
}

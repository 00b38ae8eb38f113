/** Counts what the daemon does and reads off what it believes, for Prometheus. The one door of prom-client. */

import { Counter, Gauge, Histogram, type Metric, Registry } from 'prom-client';
import { SECOND } from '../core/base.ts';
import { type Verdict } from '../core/model.ts';
import { PHASES } from '../core/trace.ts';
import { type Effect, EFFECT_TYPES } from '../core/effect.ts';
import { REFUSALS } from '../ports/outcomes.ts';
import type { Clock } from '../ports/clock.ts';
import type { Settings } from '../ports/settings.ts';
import type { BadRow } from '../ports/bad-row.ts';
import type { Observer } from '../ports/view.ts';
import { COUNTERS, GAUGES, HISTOGRAMS, OTHERS } from './figures.ts';
import { type Deps, type Readings, readings, type Source } from './gauges.ts';
import { createVitals, type Vitals } from './vitals.ts';

export interface Metrics extends Observer {
  /** A row was set aside. */
  badRow: (row: Pick<BadRow, 'table'>) => void;
  /** The observer is wanted before there is a view; from this call on, the gauges show it. */
  attach: (source: Source) => void;
  /** The exposition in Prometheus' text format. A store that does not answer leaves its gauges out. */
  render: () => Promise<{ type: string; body: string }>;
  /** Stops measuring the event loop. */
  close: () => void;
}

type Labels = Record<string, string>;
type CounterName = keyof typeof COUNTERS;
type HistogramName = keyof typeof HISTOGRAMS;
type Add = (name: CounterName, labels: Labels, value: number) => void;
type Observe = (name: HistogramName, labels: Labels, seconds: number) => void;

export function createMetrics(deps: Deps): Metrics {
  const registry = new Registry();
  const vitals = createVitals();
  const balances = new Map<string, number>();
  let source: Source | null = null;
  const add = createCounters(registry);
  const observe = createHistograms(registry);
  seed(add, deps.settings);
  createGauges(registry, readings(deps, { vitals, balances, source: () => source }));
  createVitalMetrics(registry, vitals);

  // Gauges are emptied and filled at each scrape, so two scrapes must not mix.
  let rendering: Promise<string> | null = null;
  return {
    ...createObserver({ add, observe, balances, settings: deps.settings }),
    badRow: ({ table }) => add('reelwatch_store_bad_rows_total', { table }, 1),
    attach: (given) => {
      source = given;
    },
    render: async () => {
      rendering ??= render(registry, deps.clock).finally(() => {
        rendering = null;
      });
      return { type: registry.contentType, body: await rendering };
    },
    close: vitals.close,
  };
}

/** One metric after the other, with other work in between: thousands of targets have a hundred thousand lines. */
async function render(registry: Registry, clock: Clock): Promise<string> {
  const { signal } = new AbortController();
  const texts: string[] = [];
  for (const { name } of registry.getMetricsAsArray()) {
    texts.push(await registry.getSingleMetricAsString(name));
    await clock.sleep(0, signal);
  }
  return `${texts.join('\n\n')}\n`;
}

function createObserver(deps: {
  add: Add;
  observe: Observe;
  balances: Map<string, number>;
  settings: Settings;
}): Observer {
  const { add, observe, balances } = deps;
  const providers = new Map(deps.settings.targets.map(({ target }) => [target.id, target.provider]));
  const countEffects = (effects: readonly Effect[]): void => {
    for (const { type } of effects) add('reelwatch_effects_total', { type }, 1);
  };
  return {
    runStarted: () => {},
    runSkipped: ({ target, why }) => add('reelwatch_runs_skipped_total', { target, why }, 1),
    runEnded: ({ target, trace, verdict }) => {
      add('reelwatch_runs_total', { target, ...opinion(verdict) }, 1);
      add('reelwatch_run_cost_dollars_total', { target }, Math.max(0, trace.cost.usd));
      // A restart lies in the times of a resumed run.
      if (trace.isResumed) return;
      let readyMs = 0;
      for (const phase of PHASES) {
        const tookMs = trace.phasesMs[phase];
        if (tookMs === undefined) continue;
        observe('reelwatch_run_phase_seconds', { target, phase }, tookMs / SECOND);
        if (phase !== 'verify') readyMs += tookMs;
      }
      if (verdict.is === 'pass' || verdict.is === 'slow')
        observe('reelwatch_run_seconds', { target }, readyMs / SECOND);
    },
    checked: ({ target, verdict, tookMs, balanceUsd }) => {
      add('reelwatch_checks_total', { target, ...opinion(verdict) }, 1);
      observe('reelwatch_check_seconds', { target }, tookMs / SECOND);
      const provider = providers.get(target);
      if (balanceUsd !== null && provider !== undefined) balances.set(provider, balanceUsd);
    },
    committed: ({ effects }) => countEffects(effects),
    told: countEffects,
    reported: ({ taken, refused }) => {
      for (const { target, outcome, count } of taken)
        add('reelwatch_outcomes_total', { target, outcome }, count);
      for (const { code, count } of refused) add('reelwatch_outcomes_refused_total', { reason: code }, count);
    },
    delivered: ({ channel, outcome, tookMs }) => {
      add('reelwatch_deliveries_total', { channel, outcome }, 1);
      observe('reelwatch_delivery_seconds', { channel }, tookMs / SECOND);
    },
    pushed: ({ sink, outcome }) => add('reelwatch_pushes_total', { sink, outcome }, 1),
    drifted: ({ sink }) => add('reelwatch_drifts_total', { sink }, 1),
  };
}

function opinion(verdict: Verdict): { verdict: string; cause: string } {
  const hasCause = verdict.is === 'fail' || verdict.is === 'inconclusive';
  return { verdict: verdict.is, cause: hasCause ? verdict.cause : 'none' };
}

const TABLES: BadRow['table'][] = ['states', 'runs', 'plans', 'outbox', 'pushes', 'pins', 'freezes'];

/** Series that are known beforehand begin at 0, so that the first event shows as an increase. */
function seed(add: Add, settings: Settings): void {
  for (const { target, checkEveryMs } of settings.targets) {
    const label = { target: target.id };
    add('reelwatch_runs_total', { ...label, verdict: 'pass', cause: 'none' }, 0);
    add('reelwatch_runs_total', { ...label, verdict: 'slow', cause: 'none' }, 0);
    add('reelwatch_run_cost_dollars_total', label, 0);
    for (const why of ['over_budget', 'busy']) add('reelwatch_runs_skipped_total', { ...label, why }, 0);
    if (checkEveryMs === null) continue;
    add('reelwatch_checks_total', { ...label, verdict: 'pass', cause: 'none' }, 0);
  }
  for (const table of TABLES) add('reelwatch_store_bad_rows_total', { table }, 0);
  for (const reason of REFUSALS) add('reelwatch_outcomes_refused_total', { reason }, 0);
  for (const type of EFFECT_TYPES) add('reelwatch_effects_total', { type }, 0);
  for (const { id } of settings.channels)
    for (const outcome of ['done', 'retry', 'dead'])
      add('reelwatch_deliveries_total', { channel: id, outcome }, 0);
  for (const { id } of settings.sinks) {
    add('reelwatch_drifts_total', { sink: id }, 0);
    for (const outcome of ['applied', 'behind', 'retry', 'stopped'])
      add('reelwatch_pushes_total', { sink: id, outcome }, 0);
  }
}

function createCounters(registry: Registry): Add {
  const counters = new Map(
    Object.entries(COUNTERS).map(([name, { help, labels }]) => [
      name,
      new Counter<string>({ name, help, labelNames: [...labels], registers: [registry] }),
    ]),
  );
  return (name, labels, value) => counters.get(name)?.inc(labels, value);
}

function createHistograms(registry: Registry): Observe {
  const histograms = new Map(
    Object.entries(HISTOGRAMS).map(([name, { help, labels, buckets }]) => [
      name,
      new Histogram<string>({
        name,
        help,
        labelNames: [...labels],
        buckets: [...buckets],
        registers: [registry],
      }),
    ]),
  );
  return (name, labels, seconds) => histograms.get(name)?.observe(labels, Math.max(0, seconds));
}

function createGauges(registry: Registry, readers: Readings): void {
  for (const [name, { help, labels }] of Object.entries(GAUGES)) {
    const gauge = new Gauge<string>({
      name,
      help,
      labelNames: [...labels],
      registers: [registry],
      collect: async () => {
        gauge.reset();
        await readers[name as keyof typeof GAUGES]((labels, value) => gauge.set(labels, value));
      },
    });
  }
}

function createVitalMetrics(registry: Registry, vitals: Vitals): void {
  const cpu = new Counter({
    name: 'process_cpu_seconds_total',
    help: OTHERS.process_cpu_seconds_total,
    registers: [registry],
    collect: () => {
      cpu.reset();
      cpu.inc(vitals.cpuSeconds());
    },
  });
  // prom-client has no summary whose quantiles are measured elsewhere; the label is reserved for summaries.
  const name = 'reelwatch_event_loop_lag_seconds';
  const summary = {
    name,
    help: OTHERS.reelwatch_event_loop_lag_seconds,
    type: 'summary',
    aggregator: 'average',
    get: async () => {
      const { p50, p99, sum, count } = vitals.lag();
      const values = [
        { labels: { quantile: '0.5' }, value: p50 },
        { labels: { quantile: '0.99' }, value: p99 },
        { metricName: `${name}_sum`, labels: {}, value: sum },
        { metricName: `${name}_count`, labels: {}, value: count },
      ];
      return { ...summary, values };
    },
  };
  registry.registerMetric(summary as unknown as Metric);
}

/** The names, labels and meanings of all metrics. Labels come from closed lists or from the configuration only. */

export const COUNTERS = {
  reelwatch_runs_total: {
    help: 'Judged canary runs; cause is none for a pass.',
    labels: ['target', 'verdict', 'cause'],
  },
  reelwatch_run_cost_dollars_total: { help: 'Money spent on canaries.', labels: ['target'] },
  reelwatch_runs_skipped_total: { help: 'Due runs that were not started.', labels: ['target', 'why'] },
  reelwatch_checks_total: {
    help: 'Free checks of a provider; cause is none for a pass.',
    labels: ['target', 'verdict', 'cause'],
  },
  reelwatch_effects_total: { help: 'Changes that had to be told to somebody.', labels: ['type'] },
  reelwatch_deliveries_total: {
    help: 'Attempts to tell an alert channel something.',
    labels: ['channel', 'outcome'],
  },
  reelwatch_outcomes_total: {
    help: "Users' jobs that routers reported.",
    labels: ['target', 'outcome'],
  },
  reelwatch_outcomes_refused_total: {
    help: 'Lines of reports that were refused.',
    labels: ['reason'],
  },
  reelwatch_pushes_total: { help: 'Attempts to push a plan to a router.', labels: ['sink', 'outcome'] },
  reelwatch_store_bad_rows_total: {
    help: 'Rows that could not be read or were refused by the database, and were set aside.',
    labels: ['table'],
  },
  reelwatch_drifts_total: {
    help: 'Times a router held other weights than those it had applied.',
    labels: ['sink'],
  },
} as const;

/** Videos take minutes: the usual default buckets end at 10 s. */
const MINUTES = [1, 2, 5, 10, 20, 30, 45, 60, 90, 120, 180, 240, 300, 420, 600, 900];
const CALLS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export const HISTOGRAMS = {
  reelwatch_run_phase_seconds: {
    help: 'Time a run spent in one phase.',
    labels: ['target', 'phase'],
    buckets: MINUTES,
  },
  reelwatch_run_seconds: {
    help: 'Time from the order to the last byte, of runs that yielded a usable video.',
    labels: ['target'],
    buckets: MINUTES,
  },
  reelwatch_check_seconds: { help: 'Time a free check took.', labels: ['target'], buckets: CALLS },
  reelwatch_delivery_seconds: {
    help: 'Time an attempt to tell an alert channel took.',
    labels: ['channel'],
    buckets: CALLS,
  },
} as const;

export const GAUGES = {
  reelwatch_target_state: { help: '1 for the state that a target is shown in.', labels: ['target', 'state'] },
  reelwatch_target_fault_probability: {
    help: 'Probability of any fault of the provider, 0 to 1.',
    labels: ['target'],
  },
  reelwatch_target_since_timestamp_seconds: {
    help: 'When a target entered its present state.',
    labels: ['target'],
  },
  reelwatch_runs_in_flight: { help: 'Canary runs under way.', labels: ['target'] },
  reelwatch_provider_balance_dollars: {
    help: 'Balance of our account, where the free check tells it.',
    labels: ['provider'],
  },
  reelwatch_provider_balance_seconds: {
    help: 'How long that balance lasts for the planned canaries.',
    labels: ['provider'],
  },
  reelwatch_budget_dollars: { help: 'Most that may be spent within 24 hours.', labels: ['provider'] },
  reelwatch_budget_spent_dollars: {
    help: 'Spent or reserved within the last 24 hours.',
    labels: ['provider'],
  },
  reelwatch_route_weight: { help: 'Planned points of 100.', labels: ['route', 'target'] },
  reelwatch_route_posture: { help: '1 for the posture that a route is in.', labels: ['route', 'posture'] },
  reelwatch_plan_generation: { help: 'Generation of the status document.', labels: [] },
  reelwatch_outbox_entries: { help: 'Messages that wait or were given up.', labels: ['channel', 'state'] },
  reelwatch_push_generation_lag: {
    help: 'How many generations a router is behind its plan.',
    labels: ['sink', 'route'],
  },
  reelwatch_router_drifted: {
    help: '1 from when a router was found to hold other weights until it has kept ours for a while.',
    labels: ['sink', 'route'],
  },
  reelwatch_last_tick_timestamp_seconds: { help: 'Last sign of life of the probing loop.', labels: [] },
  reelwatch_build_info: { help: '1; the version and its Node.js.', labels: ['version', 'node'] },
  process_resident_memory_bytes: { help: 'Resident memory of the process.', labels: [] },
  process_start_time_seconds: { help: 'When the process started.', labels: [] },
  nodejs_heap_size_used_bytes: { help: 'Used part of the JavaScript heap.', labels: [] },
} as const;

export const OTHERS = {
  process_cpu_seconds_total: 'Processor time of the process, user and system.',
  reelwatch_event_loop_lag_seconds: 'Delay of the event loop since the last scrape.',
} as const;

/** Every name under which this daemon shows a figure. */
export const METRIC_NAMES: readonly string[] = [COUNTERS, HISTOGRAMS, GAUGES, OTHERS].flatMap((group) =>
  Object.keys(group),
);

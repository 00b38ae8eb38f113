/** A daemon that does not exist: what the web layer may see of one, made by hand. */

import { DEFAULT_ROUTING } from '../../src/core/routing.ts';
import { MINUTE } from '../../src/core/base.ts';
import { freshState } from '../../src/core/fresh.ts';
import { NO_HANDS } from '../../src/core/hands.ts';
import { DEFAULT_CANARY } from '../../src/canary/canary.ts';
import type { SeenHeader } from '../../src/core/lifecycle-headers.ts';
import type { Funds, TargetState, Verdict } from '../../src/core/model.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import type { Route } from '../../src/core/route.ts';
import { planRoute } from '../../src/core/weights.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Fields, Log } from '../../src/ports/log.ts';
import type { UserJob } from '../../src/core/outcomes.ts';
import type { Outcomes } from '../../src/ports/outcomes.ts';
import type { Provider } from '../../src/ports/provider.ts';
import type { Settings } from '../../src/ports/settings.ts';
import type { RunRecord } from '../../src/ports/runs.ts';
import type { OutboxEntry } from '../../src/ports/store.ts';
import type { StoreTrouble } from '../../src/ports/trouble.ts';
import type { ClockJump, Flight, LastCheck, View } from '../../src/ports/view.ts';
import type { ReadStore } from '../../src/web/context.ts';
import type { Extra } from '../../src/web/extra.ts';
import type { Token } from '../../src/web/access.ts';
import { createMetrics, type Metrics } from '../../src/web/metrics.ts';
import { createServer, type Server, type ServerDeps } from '../../src/web/server.ts';
import { recordOf } from './records.ts';

export const START = Date.UTC(2026, 10, 21, 12, 0, 0);
/** The smallest JPEG there is: one grey pixel. */
export const PIXEL_JPEG = Buffer.from(
  '/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAA//EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AN//Z',
  'base64',
);

/** What the daemon makes for its own machine where no token is configured. */
export const LOCAL: Token = { name: 'local', token: 'l'.repeat(20), scopes: ['report', 'operate'] };

export interface World {
  settings: Settings;
  view: View;
  store: ReadStore;
  clock: Clock;
  log: Log;
  /** Targets that cannot be paid for, and since when. */
  unpaid: Map<string, number>;
  funds: Map<string, Funds>;
  checks: Map<string, LastCheck>;
  lines: { fields: Fields; message: string }[];
  states: Map<string, TargetState>;
  runs: RunRecord[];
  frames: Map<string, Uint8Array>;
  flights: Flight[];
  dead: (OutboxEntry & { error: string })[];
  outbox: Awaited<ReturnType<ReadStore['outboxCounts']>>;
  pushes: Awaited<ReturnType<ReadStore['pushStates']>>;
  spent: Record<string, number>;
  headers: SeenHeader[];
  /** Calls that the store answered, by name. */
  asked: Record<string, number>;
  at: { now: number; lastTick: number; validUntil: number; jump: ClockJump | null };
  isStoreBroken: boolean;
  /** What is wrong with the store. */
  trouble: StoreTrouble | null;
  metrics: Metrics;
  /** Takes everything, unless a test says otherwise. */
  outcomes: Outcomes;
  /** What was taken in, and by whom. */
  told: (UserJob & { sender: string })[];
  server: (extra?: Extra, more?: Partial<ServerDeps>) => Server;
  /** Changes a target's state and counts the generation up, as a commit does; another health is told. */
  set: (target: string, change: Partial<TargetState>) => void;
  /** Adds a judged run, and makes it the target's last one. */
  ran: (target: string, is: Verdict['is'], more?: Partial<RunRecord>) => RunRecord;
}

const NEVER = (): never => {
  throw new Error('the web layer called a provider');
};

export const provider: Provider = {
  pollEveryMs: 1,
  deadlineMs: 1,
  plan: NEVER,
  submit: NEVER,
  poll: NEVER,
  download: NEVER,
  cancel: null,
  check: null,
  explain: NEVER,
  causeOfJobCode: NEVER,
  knownNotice: NEVER,
};

export const TARGETS = ['kling/kling-2.5-turbo', 'runway/gen4.5', 'luma/ray-3', 'fal/wan@eu'];

function settingsOf(targets: readonly string[]): Settings {
  const routes: Route[] = [
    {
      id: 't2v.default',
      mode: 'enforce',
      capability: {
        task: 'text-to-video',
        durationsS: [4, 8],
        aspectRatios: ['16:9'],
        resolutions: ['720p'],
        audio: false,
      },
      policy: DEFAULT_ROUTING,
      fallbackContent: [],
      members: targets.slice(0, 3).map((target, i) => ({ target, baseWeight: [50, 30, 20][i] ?? 10 })),
    },
  ];
  const providers = targets.map((id) => id.split('/')[0] ?? id);
  return {
    controller: 'rw-test',
    configHash: 'sha256:9b1c',
    publicUrl: 'http://reelwatch.test',
    targets: targets.map((id) => {
      const [name = '', rest = ''] = id.split('/');
      const [model = '', region = null] = rest.split('@');
      return {
        target: { id, provider: name, model, region },
        provider,
        canary: DEFAULT_CANARY,
        schedule: { everyMs: 10 * MINUTE },
        priceUsd: 0.1,
        canariesPerDay: 144,
        checkEveryMs: MINUTE,
        links: { dashboard: null, runbook: null },
      };
    }),
    limits: Object.fromEntries(
      providers.map((name) => [name, { budgetUsd: 5, plannedUsdPerDay: 2, concurrencyMax: 2 }]),
    ),
    totalBudgetUsd: 20,
    concurrencyMax: 4,
    routes,
    channels: [{ id: 'slack', channel: { hears: () => true, gapMs: 0, tell: NEVER } }],
    sinks: [{ id: 'haproxy', sink: { routes: null, push: NEVER } }],
    listeners: [],
    policy: DEFAULT_POLICY,
    retention: { ageMs: 1, runsPerTargetMax: 1, framesPerTargetMax: 1, auditAgeMs: 1 },
    download: { bytesMax: 1, timeMsMax: 1, redirectsMax: 1, privateAddresses: false },
    controlUrls: [],
    planValidMs: 15 * MINUTE,
    storyExpiresMs: 1,
    tickCron: '*/5 * * * * *',
    quietCron: null,
  };
}

export function createWorld(targets: readonly string[] = TARGETS): World {
  const settings = settingsOf(targets);
  const at: { now: number; lastTick: number; validUntil: number; jump: ClockJump | null } = {
    jump: null,
    now: START,
    lastTick: START,
    validUntil: START + settings.planValidMs,
  };
  const clock: Clock = {
    now: () => at.now,
    monotonicMs: () => at.now - START,
    // Nothing here waits for time to pass: whoever races against it wins.
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (ms === 0) resolve();
        else signal.addEventListener('abort', () => resolve());
      }),
  };
  let generation = 1;
  let told = 1;
  const listeners = { change: new Set<(changed: readonly string[]) => void>(), told: new Set<() => void>() };
  const unpaid = new Map<string, number>();
  const funds = new Map<string, Funds>();
  const checks = new Map<string, LastCheck>();
  const states = new Map(targets.map((id) => [id, freshState(id, START)]));
  const view: View = {
    startedAt: START,
    epoch: 7,
    generation: () => generation,
    states: () => states,
    plans: () =>
      new Map(
        settings.routes.map((route) => [
          route.id,
          planRoute(route, states, { at: START, epoch: 7, generation, previous: 0, transition: null }),
        ]),
      ),
    validUntil: () => at.validUntil,
    lastTickAt: () => at.lastTick,
    silentMs: () => at.now - at.lastTick,
    lastJump: () => at.jump,
    flights: () => world.flights,
    funds: () => funds,
    checks: () => checks,
    unpaid: () => unpaid,
    onChange: (listener) => {
      listeners.change.add(listener);
      return () => listeners.change.delete(listener);
    },
    told: () => told,
    onTold: (listener) => {
      listeners.told.add(listener);
      return () => listeners.told.delete(listener);
    },
  };
  const lines: World['lines'] = [];
  const note = (fields: Fields, message: string): void => void lines.push({ fields, message });
  const metrics = createMetrics({ settings, clock, version: '0.1.0-test' });
  const world: World = {
    settings,
    view,
    store: storeOf(() => world),
    clock,
    log: { debug: note, info: note, warn: note, error: note },
    lines,
    unpaid,
    funds,
    checks,
    states,
    runs: [],
    frames: new Map(),
    flights: [],
    dead: [],
    outbox: [{ channel: 'slack', due: 0, dead: 0 }],
    pushes: [],
    spent: {},
    headers: [],
    asked: {},
    at,
    isStoreBroken: false,
    trouble: null,
    metrics,
    outcomes: {
      waitMs: () => 0,
      recent: () => new Map(),
      open: (sender) => ({
        take: (job) => {
          world.told.push({ ...job, sender });
          return null;
        },
        spoilt: () => {},
        close: () => {},
      }),
    },
    told: [],
    server: (extra, more) =>
      createServer({
        view,
        store: world.store,
        settings,
        clock,
        metrics,
        outcomes: world.outcomes,
        hands: { said: () => NO_HANDS, pin: NEVER, unpin: NEVER, freeze: NEVER, thaw: NEVER },
        log: world.log,
        version: '0.1.0-test',
        tokens: [LOCAL],
        ...(extra ? { extra } : {}),
        ...more,
      }),
    set: (target, change) => {
      const state = states.get(target) ?? freshState(target, START);
      states.set(target, { ...state, version: state.version + 1, ...change });
      generation += 1;
      for (const listener of listeners.change) listener([]);
      if (change.health === undefined || change.health === state.health) return;
      told = generation;
      for (const listener of listeners.told) listener();
    },
    ran: (target, is, more = {}) => {
      const record = recordOf(target, is, at.now, more);
      world.runs.unshift(record);
      if (record.hasFrame) world.frames.set(record.runId, PIXEL_JPEG);
      const totalMs = (record.endedAt ?? 0) - record.startedAt;
      world.set(target, {
        lastRun: { id: record.runId, at: record.endedAt ?? at.now, verdict: is, totalMs },
      });
      return record;
    },
  };
  return world;
}

function storeOf(worldOf: () => World): ReadStore {
  const answer = async <T>(name: string, read: (world: World) => T): Promise<T> => {
    const world = worldOf();
    world.asked[name] = (world.asked[name] ?? 0) + 1;
    if (world.isStoreBroken) throw new Error('disk on fire: /secret/path');
    return read(world);
  };
  return {
    run: (runId) => answer('run', ({ runs }) => runs.find((run) => run.runId === runId) ?? null),
    runs: ({ targets, limit }) =>
      answer('runs', ({ runs }) =>
        targets.flatMap((target) => runs.filter((run) => run.target === target).slice(0, limit)),
      ),
    frame: (runId) => answer('frame', ({ frames }) => frames.get(runId) ?? null),
    outboxCounts: () => answer('outboxCounts', ({ outbox }) => outbox),
    deadEntries: (limit) => answer('deadEntries', ({ dead }) => dead.slice(0, limit)),
    pushStates: () => answer('pushStates', ({ pushes }) => pushes),
    spentSince: () => answer('spentSince', ({ spent }) => spent),
    audit: () => answer('audit', () => []),
    trouble: () => answer('trouble', ({ trouble }) => trouble),
    seenHeaders: () => answer('seenHeaders', ({ headers }) => headers),
  };
}

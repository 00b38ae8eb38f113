/** The composition root: everything the daemon is, made of ports. `main.ts` and the tests call it alike. */

import type { Instant } from '../core/base.ts';
import { SECOND } from '../core/base.ts';
import type { RunId, TargetId } from '../core/model.ts';
import { isUnderWay } from '../core/weights.ts';
import type { Clock, Cron } from '../ports/clock.ts';
import type { Flag, Hands } from '../ports/hands.ts';
import type { Http } from '../ports/http.ts';
import type { Log } from '../ports/log.ts';
import type { Media, Scratch } from '../ports/media.ts';
import type { Outcomes } from '../ports/outcomes.ts';
import type { Settings } from '../ports/settings.ts';
import type { Commit, Store } from '../ports/store.ts';
import type { Observer, View } from '../ports/view.ts';
import { createBoard } from './board.ts';
import type { Board } from './board.ts';
import { runChecks } from './checker.ts';
import { afterAbsence, followJumps } from './clock-jumps.ts';
import type { JumpDeps } from './clock-jumps.ts';
import { createClockWatch } from './clock-watch.ts';
import type { ClockWatch } from './clock-watch.ts';
import type { CheckerDeps } from './checker.ts';
import { tellForever } from './dispatcher.ts';
import type { DispatcherDeps, Signals } from './dispatcher.ts';
import { createDoorbell } from './doorbell.ts';
import type { Doorbell } from './doorbell.ts';
import type { DriftDeps } from './drift.ts';
import type { Outcome } from './fleet.ts';
import { createHands } from './hands.ts';
import type { HandsDesk } from './hands.ts';
import { listenForever } from './listener.ts';
import { openNetwork, watchNetwork } from './ourselves.ts';
import { createOutcomes } from './outcomes.ts';
import type { OutcomeDesk } from './outcomes.ts';
import { createPersist } from './persist.ts';
import { createPurse } from './purse.ts';
import { probeForever } from './probe-loop.ts';
import { pushForever } from './pusher.ts';
import { createRecorder } from './recorder.ts';
import { createScheduler, type Scheduler } from './scheduler.ts';
import { watchStore } from './trouble.ts';
import { DAILY_CRON, watchDates } from './watcher.ts';

/** What is being told or pushed when the daemon stops may take this long to end. */
const STOP_GRACE_MS = 3 * SECOND;
/** A plan is issued again when this share of its time of validity has passed. */
const RENEW_SHARE = 1 / 3;
const RENEW_CRON = '30 * * * * *';
/** Rises, ramps and freezes go on by time alone: while one is under way, plans are made this often. */
const MOVE_CRON = '*/15 * * * * *';
const JANITOR_CRON = '0 17 * * * *';

export interface AppDeps {
  settings: Settings;
  store: Store;
  clock: Clock;
  cron: Cron;
  http: Http;
  media: Media;
  scratch: Scratch;
  log: Log;
  /** Freezes all routes for as long as it is raised; absent where none is looked for. */
  flag?: Flag;
  /** Made once the board exists, because it shows what the board holds. */
  observe: (view: View) => Observer;
  /** Called at most once, for what must never happen: the process is to end and to be started again. */
  fatal: (error: unknown) => void;
}

export interface App {
  view: View;
  /** Takes in what routers tell of users' jobs. */
  outcomes: Outcomes;
  /** Takes what people say about weights. */
  hands: Hands;
  /** Takes up what an earlier life left open, and starts the loops. */
  start: () => Promise<void>;
  /** Orders one canary now. */
  probe: (target: TargetId) => Promise<{ outcome: Outcome; runId: RunId }>;
  /** Stops gracefully: no new runs, jobs stay saved, what is being told is finished. */
  stop: () => Promise<void>;
}

/** Reads the store and puts the parts together. Nothing runs before `start`. */
export async function createApp(deps: AppDeps): Promise<App> {
  const { settings, store, clock, log, cron } = deps;
  const [stopping, cutting] = [new AbortController(), new AbortController()];
  const fatal = onlyOnce((error: unknown) => {
    stopping.abort();
    cutting.abort();
    deps.fatal(error);
  });
  const { board, clockWatch } = await openBoard(deps);
  const observer = deps.observe(board);
  const persist = createPersist({ clock, log, signal: stopping.signal, stalled: board.stalled });
  const network = openNetwork(deps, board);
  const timing = { cron, ...createBells() };
  const base = { settings, store, board, clock, clockWatch, log, observer, persist, network, fatal };
  const recorder = createRecorder({ ...base, ring: (commit) => ringFor(timing.bells, commit) });
  watchNetwork({ ...base, recorder });
  const purse = createPurse({ ...base, states: board.states, now: clock.now });
  const scheduler = createScheduler({
    ...deps,
    ...base,
    recorder,
    purse,
    download: settings.download,
    saveJob: (...job) => persist(() => store.saveJob(...job)),
    moved: board.moved,
  });
  const outcomes = createOutcomes({ ...base, recorder });
  const hands = createHands({ ...base, recorder, flag: deps.flag ?? null });
  const parts: Parts = { ...base, ...timing, recorder, scheduler, outcomes, hands };

  const signals = { stop: stopping.signal, cut: cutting.signal };
  let crons: { stop: () => void }[] = [];
  let loops: Promise<void>[] = [];
  let starting: Promise<void> = Promise.resolve();
  const start = async () => {
    await catchUp(parts, stopping.signal);
    // What was open is taken up before anything may look for what is due.
    if (!stopping.signal.aborted) await scheduler.start();
    if (stopping.signal.aborted) return;
    crons = startCrons(parts);
    loops = startLoops(parts, signals);
    log.info({ targets: settings.targets.length, epoch: board.epoch }, 'watching');
  };
  return {
    view: board,
    outcomes,
    hands,
    probe: scheduler.probe,
    start: () => (starting = start()),
    stop: async () => {
      stopping.abort();
      for (const task of crons) task.stop();
      const grace = clock.sleep(STOP_GRACE_MS, cutting.signal).then(() => cutting.abort());
      await Promise.all([starting.catch(() => undefined).then(scheduler.stop), ...loops]);
      cutting.abort();
      await grace;
    },
  };
}

async function openBoard(deps: AppDeps): Promise<{ board: Board; clockWatch: ClockWatch }> {
  const { store, settings, clock } = deps;
  const clockWatch = createClockWatch(clock);
  const board = createBoard(await store.open(), settings, clock.now(), clockWatch);
  board.heard(await store.hands());
  return { board, clockWatch };
}

interface Parts extends DispatcherDeps, DriftDeps, CheckerDeps, JumpDeps {
  scheduler: Scheduler;
  outcomes: OutcomeDesk;
  hands: HandsDesk;
  cron: Cron;
  /** Rung after a commit that brought stories, or plans. */
  bells: { channels: Doorbell[]; sinks: Doorbell[] };
}

function createBells(): Pick<Parts, 'bells' | 'ringChannels'> {
  const bells: Parts['bells'] = { channels: [], sinks: [] };
  return { bells, ringChannels: () => ring(bells.channels) };
}

function ringFor({ channels, sinks }: Parts['bells'], { outbox, plans }: Commit): void {
  if (outbox.length > 0) ring(channels);
  if (plans.length > 0) ring(sinks);
}

function ring(bells: readonly Doorbell[]): void {
  bells.forEach((bell) => bell.ring());
}

/** What the configuration and the calendar have changed since the last life of the daemon. */
async function catchUp(parts: Parts, signal: AbortSignal): Promise<void> {
  const { settings, store, clock, recorder, hands } = parts;
  const channels = settings.channels.map(({ id }) => id);
  await store.abandonEntries(channels, clock.now());
  await hands.load();
  await afterAbsence(parts, clock.now(), signal);
  await recorder.planAll(clock.now(), 0);
  await store.seedPushes(wantedPushes(settings), clock.now());
  await watchDates({ settings, recorder }, clock.now());
}

function startCrons(parts: Parts): { stop: () => void }[] {
  const { settings, store, board, recorder, log, persist, cron, fatal } = parts;
  const pause = () => parts.clock.sleep(0, new AbortController().signal);
  const tidyUp = async (at: Instant) => {
    const removed = await persist(() => store.prune(at, settings.retention, pause));
    if (removed > 0) log.info({ removed }, 'old rows removed');
  };
  const renew = (at: Instant) => recorder.planAll(at, at - settings.planValidMs * RENEW_SHARE);
  const move = async (at: Instant) => {
    if ([...board.plans().values()].some(isUnderWay)) await recorder.planAll(at, 0);
  };
  return [
    cron.every(MOVE_CRON, (at) => void move(at).catch(fatal)),
    cron.every(DAILY_CRON, (at) => void watchDates({ settings, recorder }, at).catch(fatal)),
    cron.every(RENEW_CRON, (at) => void renew(at).catch(fatal)),
    watchStore(parts),
    cron.every(JANITOR_CRON, (at) => void tidyUp(at).catch(fatal)),
  ];
}

function startLoops(parts: Parts, signals: Signals): Promise<void>[] {
  const { bells, clock, settings } = parts;
  const newBell = (among: Doorbell[]) => {
    const bell = createDoorbell(clock);
    among.push(bell);
    return bell;
  };
  return [
    ...settings.channels.map((channel) => tellForever(parts, channel, newBell(bells.channels), signals)),
    ...settings.sinks.map((sink) => pushForever(parts, sink, newBell(bells.sinks), signals)),
    ...settings.listeners.map((listener) => listenForever(parts, listener, signals.stop)),
    probeForever(parts, signals.stop),
    followJumps(parts, signals.stop),
    runChecks(parts, signals.stop),
    parts.outcomes.run(signals.stop),
    parts.hands.run(signals.stop),
  ].map((loop) => loop.catch(parts.fatal));
}

function wantedPushes(settings: Settings): { sink: string; route: string }[] {
  const enforced = settings.routes.filter(({ mode }) => mode === 'enforce').map(({ id }) => id);
  return settings.sinks.flatMap(({ id, sink }) =>
    enforced
      .filter((route) => sink.routes === null || sink.routes.includes(route))
      .map((route) => ({ sink: id, route })),
  );
}

function onlyOnce<T>(call: (value: T) => void): (value: T) => void {
  let isDone = false;
  return (value) => {
    if (!isDone) call(value);
    isDone = true;
  };
}

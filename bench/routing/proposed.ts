// reelwatch itself: the core's own states, schedule and plans. This file wires, and decides nothing.

import { medianMs } from '../../src/core/belief.ts';
import { FIRST_FAULT } from '../../src/core/explanations.ts';
import { freshState } from '../../src/core/fresh.ts';
import type { TargetEvent, TargetState, Verdict } from '../../src/core/model.ts';
import type { HealthPolicy } from '../../src/core/policy.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import { reduce } from '../../src/core/reduce.ts';
import type { Route, RoutePlan } from '../../src/core/route.ts';
import type { RoutingPolicy } from '../../src/core/routing.ts';
import { DEFAULT_ROUTING } from '../../src/core/routing.ts';
import { agendaOf } from '../../src/core/schedule.ts';
import { isSlow } from '../../src/core/usual.ts';
import { lookBudgetOf } from '../../src/core/look-budget.ts';
import { rampDueAt } from '../../src/core/ramp.ts';
import { isSamePlan, isUnderWay, planRoute } from '../../src/core/weights.ts';
import { watchdog } from './invariants.ts';
import { draw, type Desk, type Ended, type MakePolicy } from './policy.ts';
import { emptyCrowd, join, telling, type Crowd } from './users.ts';
import { MAKERS, type Seconds } from './world.ts';

/** Any instant will do: 2026-01-01. */
const BEGIN_MS = 1_767_225_600_000;
const LOOK_SEC = 5;
const MOVE_SEC = 15;
const CANARY_MS = 180_000;
const CANARIES_MAX = 3;
/** How long a canary's video is: what its price is divided by. */
const VIDEO_MS = 5_000;
const IDS = MAKERS.map((_, maker) => `provider-${maker}/model`);

interface Book {
  readonly desk: Desk;
  readonly health: HealthPolicy;
  readonly route: Route;
  readonly states: Map<string, TargetState>;
  readonly check: (plan: RoutePlan, states: ReadonlyMap<string, TargetState>) => string[];
  readonly crowds: readonly Crowd[];
  plan: RoutePlan;
  movedAt: Seconds;
}

/** What reelwatch is given in this world. */
export interface Given {
  readonly routing?: Partial<RoutingPolicy>;
  readonly health?: HealthPolicy;
  /** Whether a failed job is tried again in the order that the plan publishes; else by weight alone. */
  readonly isListed?: boolean;
  /** Whether routers report what users' jobs came to. */
  readonly hears?: boolean;
}

/** The product; capacity and demand are declared unless `routing` says otherwise. */
export function reelwatch(given: Given = {}): MakePolicy {
  const { routing = {}, health = DEFAULT_POLICY, isListed = true, hears = false } = given;
  return (desk) => {
    const book = openBook(desk, routing, health);
    const weights = () => book.plan.members.map(({ weight }) => weight);
    desk.wake(0);
    return {
      weights,
      next: (tried, chance) => {
        if (!isListed) return draw(weights(), tried, chance);
        const id = book.plan.fallback.find((target) => !tried.includes(IDS.indexOf(target)));
        return id === undefined ? null : IDS.indexOf(id);
      },
      onJob: (ended) => {
        const at = msOf(desk);
        const crowd = book.crowds[ended.maker];
        if (!hears || crowd === undefined) return;
        join(crowd, ended, BEGIN_MS + ended.startedAt * 1000, at);
        tell(book, ended.maker);
      },
      onCanary: (ended) => {
        hear(book, ended.maker, eventOf(book, ended));
        look(book);
      },
      onWake: () => {
        MAKERS.forEach((_, maker) => {
          tell(book, maker);
          letTimeSpeak(book, maker);
        });
        look(book);
        if (desk.now() - book.movedAt >= MOVE_SEC && isUnderWay(book.plan)) replan(book);
        desk.wake(desk.now() + LOOK_SEC);
      },
    };
  };
}

/** A policy that is told how many times oftener than usual faults begin here. */
export function expecting(times: number): HealthPolicy {
  const { detection } = DEFAULT_POLICY;
  const onsetsPerMonth = detection.belief.onsetsPerMonth.map((rate, k) =>
    k >= FIRST_FAULT ? rate * times : rate,
  );
  return { ...DEFAULT_POLICY, detection: { ...detection, belief: { ...detection.belief, onsetsPerMonth } } };
}

function openBook(desk: Desk, change: Partial<RoutingPolicy>, health: HealthPolicy): Book {
  const route: Route = {
    id: 'bench',
    mode: 'enforce',
    capability: { task: 'text-to-video', durationsS: [], aspectRatios: [], resolutions: [], audio: false },
    members: MAKERS.map(({ baseWeight, slots }, maker) => ({
      target: IDS[maker] ?? '',
      baseWeight,
      inFlightMax: slots,
    })),
    policy: { ...DEFAULT_ROUTING, demandPerS: desk.load, ...change },
    fallbackContent: [],
  };
  const states = new Map(IDS.map((id) => [id, freshState(id, BEGIN_MS)]));
  const plan = planRoute(route, states, { ...MOMENT, at: BEGIN_MS });
  const crowds = MAKERS.map(() => emptyCrowd(BEGIN_MS));
  return { desk, health, route, states, plan, check: watchdog(route), crowds, movedAt: 0 };
}

const MOMENT = { epoch: 1, generation: 1, previous: 0, transition: null };

function msOf({ now }: Desk): number {
  return BEGIN_MS + now() * 1000;
}

function stateOf({ states }: Book, maker: number): TargetState {
  const state = states.get(IDS[maker] ?? '');
  if (state === undefined) throw new Error(`There is no provider ${maker}.`);
  return state;
}

function hear(book: Book, maker: number, event: TargetEvent): void {
  const step = reduce(stateOf(book, maker), event, book.health);
  if (!step.changed) return;
  book.states.set(IDS[maker] ?? '', step.state);
  replan(book);
}

function replan(book: Book): void {
  const { desk, route, states } = book;
  book.movedAt = desk.now();
  const plan = planRoute(route, states, { ...MOMENT, at: msOf(desk), before: book.plan });
  if (isSamePlan(plan, book.plan)) return;
  book.plan = plan;
  desk.published(book.check(plan, states));
}

function tell(book: Book, maker: number): void {
  const crowd = book.crowds[maker];
  const told = crowd === undefined ? null : telling(crowd, stateOf(book, maker).health, msOf(book.desk));
  if (told !== null) hear(book, maker, { ...told, running: running(book, maker) });
}

function running({ desk }: Book, maker: number): { submittedAt: number; isAccepted: boolean }[] {
  return desk.flying(maker).map((at) => ({ submittedAt: BEGIN_MS + at * 1000, isAccepted: true }));
}

function letTimeSpeak(book: Book, maker: number): void {
  const state = stateOf(book, maker);
  const jobs = running(book, maker);
  const isCalm = jobs.length === 0 && state.incident === null && state.belief?.troubleSince === null;
  if (state.belief === null || isCalm) return;
  hear(book, maker, { type: 'looked', at: msOf(book.desk), running: jobs });
}

/** Starts what is due: fixed slots, and what belief asks for between them. */
function look(book: Book): void {
  const { desk } = book;
  MAKERS.forEach((_, maker) => {
    const flying = desk.flying(maker).map((at) => BEGIN_MS + at * 1000);
    const agenda = agendaOf(
      {
        at: msOf(desk),
        state: stateOf(book, maker),
        schedule: { everyMs: CANARY_MS },
        flying,
        running: running(book, maker),
        staleMs: CANARY_MS,
        isQuiet: false,
        rampDueAt: rampDueAt([book.route], new Map([[book.route.id, book.plan]]), IDS[maker] ?? ''),
        affordable: () => CANARIES_MAX,
        lookBudget: () => lookBudgetOf([], msOf(desk)),
      },
      book.health.detection,
    );
    const count = Math.min(agenda.count, CANARIES_MAX - flying.length);
    for (let k = 0; k < count; k++) desk.canary(maker);
  });
}

function eventOf(book: Book, ended: Ended): TargetEvent {
  const { desk } = book;
  const { maker, startedAt } = ended;
  const at = msOf(desk);
  const totalMs = (desk.now() - startedAt) * 1000;
  const verdict = verdictOf(stateOf(book, maker), ended, totalMs);
  const isGood = verdict.is === 'pass' || verdict.is === 'slow';
  return {
    type: 'run.judged',
    at,
    runId: `${maker}@${startedAt}-${at}`,
    verdict,
    totalMs: isGood ? totalMs : null,
    submittedAt: BEGIN_MS + startedAt * 1000,
    endedIn: ended.is === 'refused' ? 'submit' : 'later',
    ...(isGood && { videoMs: VIDEO_MS, costUsd: MAKERS[maker]?.priceUsd ?? 0 }),
    running: running(book, maker),
  };
}

function verdictOf({ belief }: TargetState, { is }: Ended, totalMs: number): Verdict {
  const fail = (cause: 'unavailable' | 'timeout' | 'bad_output'): Verdict => ({
    is: 'fail',
    cause,
    blame: 'provider',
    text: is,
  });
  switch (is) {
    case 'usable':
      return belief !== null && isSlow(belief, totalMs, DEFAULT_POLICY.detection.belief)
        ? { is: 'slow', ratio: totalMs / medianMs(belief), text: is }
        : { is: 'pass', text: is };
    case 'busy':
      return { is: 'inconclusive', cause: 'rate_limited', text: is };
    case 'unusable':
      return fail('bad_output');
    case 'refused':
    case 'failed':
      return fail('unavailable');
    case 'timeout':
    case 'never':
      return fail('timeout');
  }
}

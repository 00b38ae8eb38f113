/** What must be true of a world that has come to rest. Each broken promise is a sentence. */

import { isDeepStrictEqual } from 'node:util';
import type { Instant } from '../../src/core/base.ts';
import { HOUR, MINUTE } from '../../src/core/base.ts';
import { freshState } from '../../src/core/fresh.ts';
import type { Effect } from '../../src/core/effect.ts';
import type { TargetEvent, TargetId } from '../../src/core/model.ts';
import { reduce } from '../../src/core/reduce.ts';
import type { RoutePlan } from '../../src/core/route.ts';
import { isUnderWay, planRoute } from '../../src/core/weights.ts';
import type { Entry } from './books.ts';
import type { Fault } from './faults.ts';
import { OUR_NETWORK } from './faults.ts';
import { BUDGETS_USD } from './settings.ts';
import type { World } from './world.ts';

/** No run lives longer than a provider's deadline and a few polls. */
const RUN_MS_MAX = 30 * MINUTE;
const HARD_OUTAGE_MS_MIN = 2 * HOUR;
/** From the end of an outage until its end is seen: probes at most ten minutes apart, six passes at most. */
const HEAL_MS_MAX = 2 * HOUR;
/** A restart and a deaf router lie between a foreign write and our reading of it. */
const ASKED_MS_MAX = 8 * HOUR;
/** Of one message: the longest answer of a receiver's double, and what the loop adds. */
const ANSWER_MS_MAX = 1_600;
const FIRST_MS_MAX = 2_000;
/** The longest wait between two attempts, an attempt that still hangs, and some messages. */
const HEALED_MS_MAX = 3 * MINUTE;
/** Whoever has no money for canaries notices nothing. */
const POOR = 'thrift';

/** Judges a world after a few calm hours. Gives back what is broken, nothing where all is well. */
export async function brokenPromises(world: World): Promise<string[]> {
  const { books } = world;
  return [
    ...books.violations,
    ...untold(world),
    ...lateAfterHealing(world),
    ...(await outboxAtRest(world)),
    ...(await runsAtRest(world)),
    ...(await statesFolded(world)),
    ...(await routersInStep(world)),
    ...(await calmStates(world)),
    ...outagesSeen(world),
    ...outagesCaused(world),
    ...ownFaultsBlameNobody(world),
    ...networkTold(world),
    ...budgetsTold(world),
    ...freezesTold(world),
    ...driftsTold(world),
  ];
}

function entriesOf({ books }: World): Entry[] {
  return [...books.entries.values()].flat();
}

/** Every story was heard, by a receiver that throws repeated keys away, or is dead for a reason. */
function untold(world: World): string[] {
  return entriesOf(world)
    .filter(({ heard, settled }) => !heard && settled !== 'dead')
    .map(({ key, settled }) => `${key} was never heard (${settled ?? 'still due'})`);
}

/**
 * A receiver that works again is told of all that waits: the first message comes after the longest wait, and the others
 * right after it.
 */
function lateAfterHealing(world: World): string[] {
  if (!world.isPeaceful()) return [];
  const faults = world.faults.all();
  return world.settings().channels.flatMap(({ id, channel }) => {
    const own = faults.filter(({ who }) => who === id || who === OUR_NETWORK);
    const healings = own.filter(
      ({ untilAt }) =>
        !own.some((other) => other.fromAt < untilAt + HEALED_MS_MAX && other.untilAt > untilAt),
    );
    return healings.flatMap(({ untilAt }) => {
      // What was given up meanwhile is told later, with its end.
      const heard = entriesOf(world).filter(
        ({ channel, at, heardAt, settled }) =>
          channel === id && at < untilAt && settled !== 'dead' && heardAt !== null && heardAt >= untilAt,
      );
      const firstAt = Math.min(...heard.map(({ heardAt }) => heardAt ?? Infinity));
      const latestAt = firstAt + FIRST_MS_MAX + heard.length * (channel.gapMs + ANSWER_MS_MAX);
      return heard
        .filter(({ heardAt }) => (heardAt ?? 0) > Math.min(latestAt, untilAt + HEALED_MS_MAX))
        .map(({ key }) => `${key} waited although ${id} had healed at ${clockOf(untilAt)}`);
    });
  });
}

async function outboxAtRest({ store }: World): Promise<string[]> {
  const due = (await store.outboxCounts()).filter(({ due }) => due > 0);
  const unexplained = (await store.deadEntries(500)).filter(({ error }) => error === '');
  return [
    ...due.map(({ channel, due }) => `${due} stories are still due for ${channel}`),
    ...unexplained.map(({ key }) => `${key} is dead without a reason`),
  ];
}

async function runsAtRest({ store, time, books }: World): Promise<string[]> {
  const open = await store.openRuns();
  return [
    ...open
      .filter(({ startedAt }) => time.now() - startedAt > RUN_MS_MAX)
      .map(({ runId }) => `${runId} is still open`),
    ...[...books.openRuns.keys()]
      .filter((runId) => !open.some((run) => run.runId === runId))
      .map((runId) => `${runId} was claimed and never closed`),
  ];
}

/** Belief is nothing but the fold of what was recorded, and what is told is what followed from it. */
async function statesFolded(world: World): Promise<string[]> {
  const { books, store } = world;
  const { policy } = world.settings();
  const { states } = await store.peek();
  const broken: string[] = [];
  for (const [target, { bornAt, events }] of books.histories) {
    let state = freshState(target, bornAt);
    const effects: Effect[] = [];
    for (const event of events) {
      const step = reduce(state, event, policy);
      state = step.state;
      effects.push(...step.effects);
    }
    for (const { id, channel } of world.settings().channels) {
      const told = (books.entries.get(`${id} ${target}`) ?? []).map(({ story }) => story.effect);
      if (!isDeepStrictEqual(told, effects.filter(channel.hears)))
        broken.push(`what is told to ${id} of ${target} is not what followed from its events`);
    }
    const kept = states.find(({ id }) => id === target);
    if (!isDeepStrictEqual(kept, state)) broken.push(`${target} is not the fold of its events`);
    const tail = await store.events(target);
    if (!isDeepStrictEqual(tail, events.slice(events.length - tail.length)))
      broken.push(`the store holds other events of ${target} than were recorded`);
  }
  return broken;
}

/** The plan follows from the states, and each router holds the plan. */
async function routersInStep(world: World): Promise<string[]> {
  const { store, held } = world;
  const settings = world.settings();
  const board = await store.peek();
  const states = new Map(board.states.map((state) => [state.id, state]));
  const broken: string[] = [];
  for (const route of settings.routes) {
    const plan = board.plans.find((plan) => plan.route === route.id);
    if (plan === undefined) {
      broken.push(`${route.id} has no plan`);
      continue;
    }
    for (const { target } of route.members)
      if (!states.has(target)) states.set(target, freshState(target, plan.issuedAt));
    const wanted = planRoute(route, states, { ...plan, at: world.time.now() });
    const isFar = weightsIn(wanted).some(
      (weight, n) => Math.abs(weight - (weightsIn(plan)[n] ?? 0)) >= route.policy.deadband,
    );
    if (isFar && !isUnderWay(plan)) broken.push(`the weights of ${route.id} are not where they are wanted`);
    for (const { id, sink } of settings.sinks) {
      const isWanted = route.mode === 'enforce' && (sink.routes === null || sink.routes.includes(route.id));
      const holds = held.get(id)?.get(route.id);
      if (isWanted && holds?.generation !== plan.generation)
        broken.push(
          `${id} holds generation ${holds?.generation ?? 0} of ${route.id}, not ${plan.generation}`,
        );
      if (!isWanted && holds !== undefined) broken.push(`${id} was pushed ${route.id}, which is not for it`);
    }
  }
  return broken;
}

function weightsIn({ members }: RoutePlan): number[] {
  return members.map(({ weight }) => weight);
}

/** Hours after the last fault everybody is well, or retired. */
async function calmStates({ store }: World): Promise<string[]> {
  const { states } = await store.peek();
  return states
    .filter(({ id }) => !id.startsWith(POOR))
    .flatMap(({ id, incident, blind, health }) => [
      ...(incident === null ? [] : [`${id} still has an incident (${health})`]),
      ...(blind === null ? [] : [`${id} is still blind (${blind.cause})`]),
    ]);
}

/** A hard outage of hours is told, and so is its end. */
function outagesSeen(world: World): string[] {
  const faults = world.faults.all();
  const now = world.time.now();
  const hard = faults.filter(
    ({ who, kind, fromAt, untilAt }) =>
      (kind === 'down' || kind === 'refused') &&
      who in BUDGETS_USD &&
      who !== POOR &&
      untilAt - fromAt >= HARD_OUTAGE_MS_MIN,
  );
  return hard.flatMap((outage) =>
    targetsOf(world, outage.who).flatMap((target) => {
      if (isGone(world, target, outage.untilAt)) return [];
      const edges = effectsOf(world, target);
      const incident = edges.find(
        (effect) =>
          effect.type === 'incident.opened' &&
          effect.at >= outage.fromAt - HOUR &&
          effect.at <= outage.untilAt,
      );
      const earlier = edges.findLast((effect) => isEdge(effect) && effect.at < outage.fromAt);
      const wasOpen = earlier !== undefined && earlier.type !== 'incident.closed';
      const name = `${target} was ${outage.kind} from ${clockOf(outage.fromAt)} to ${clockOf(outage.untilAt)}`;
      if (incident === undefined && !wasOpen) return [`${name}, and nobody was told`];
      const isFollowed = faults.some(
        ({ who, fromAt }) =>
          (who === outage.who || who === OUR_NETWORK) &&
          fromAt >= outage.untilAt &&
          fromAt < outage.untilAt + HEAL_MS_MAX,
      );
      const end = edges.find((effect) => effect.type === 'incident.closed' && effect.at >= outage.untilAt);
      const latest = isFollowed ? now : outage.untilAt + HEAL_MS_MAX;
      return end !== undefined && end.at <= latest ? [] : [`${name}, and its end was not told in time`];
    }),
  );
}

/** A fault shows in jobs that were ordered while it lasted, and these end within a provider's deadline. */
const SHOWN_MS_MAX = 30 * MINUTE;

/** No incident is opened that no fault has brought about: what passes while we stand still is nobody's. */
function outagesCaused(world: World): string[] {
  const faults = world.faults.all();
  return world.settings().targets.flatMap(({ target: { id, provider } }) =>
    effectsOf(world, id)
      .filter((effect) => effect.type === 'incident.opened')
      .filter(
        ({ at }) =>
          !faults.some(
            ({ who, fromAt, untilAt }) =>
              (who === provider || who === OUR_NETWORK) && fromAt <= at && at <= untilAt + SHOWN_MS_MAX,
          ),
      )
      .map(({ at }) => `${id} had an incident at ${clockOf(at)}, and nothing was wrong`),
  );
}

function isEdge({ type }: Effect): boolean {
  return type.startsWith('incident.');
}

/** Whoever hears of routes is told of each freeze and of its end, once, in that order. */
function freezesTold(world: World): string[] {
  return [...world.books.freezes].flatMap(([route, freezes]) => {
    const told = routeEffectsOf(world, route).filter(({ type }) => type.startsWith('route.'));
    const isSame = isDeepStrictEqual(
      told.map(({ at, type }) => ({ at, is: type })),
      freezes,
    );
    return isSame ? [] : [`what is told of the freezes of ${route} is not what became of its plans`];
  });
}

/** A router that others write to is told of when it begins, and, long after the last time, when it is over. */
function driftsTold(world: World): string[] {
  const meddled = world.faults.all().filter(({ kind }) => kind === 'meddled');
  return [...world.books.freezes.keys()].flatMap((route) => {
    const told = routeEffectsOf(world, route).filter(({ type }) => type.startsWith('router.'));
    const isByTurns = told.every(({ type }, n) => type === ['router.drifted', 'router.settled'][n % 2]);
    const isOver = told.length % 2 === 0;
    const isCaused = told.every(
      ({ type, at }) =>
        type === 'router.settled' ||
        meddled.some(({ fromAt, untilAt }) => fromAt <= at && at <= untilAt + ASKED_MS_MAX),
    );
    return [
      ...(isByTurns ? [] : [`the drifts of ${route} are not told by turns`]),
      ...(isOver ? [] : [`the gateway has kept ${route} for hours, and nobody was told`]),
      ...(isCaused ? [] : [`a drift of ${route} was told that nobody caused`]),
    ];
  });
}

function routeEffectsOf({ books }: World, route: string): Effect[] {
  return (books.entries.get(`slack route:${route}`) ?? []).map(({ story }) => story.effect);
}

/** What the doubles answer where the fault is ours: our key, our credit, our limits, our line. */
const OURS = /answered (401|402|429)|our line is cut/;

/** A line that comes back between the failed call and our look at it cannot be told from one that never broke. */
const EDGE_MS = 2_000;
/** From a call that reached nobody until it is judged: a timeout, and the control addresses. */
const CUT_SEEN_MS_MAX = MINUTE;

function ownFaultsBlameNobody({ books, faults }: World): string[] {
  const cuts = faults.all().filter(({ who }) => who === OUR_NETWORK);
  const isAtEdge = (at: Instant) => cuts.some(({ untilAt }) => untilAt <= at && at < untilAt + EDGE_MS);
  return [...books.histories].flatMap(([target, { events }]) =>
    events
      .filter((event) => blames(event, OURS) && !isAtEdge(event.at))
      .map((event) => `${target} was blamed at ${clockOf(event.at)} for a fault of ours`),
  );
}

/** A cut of our line is told once when it begins and once when it ends, and nothing else is taken for one. */
function networkTold(world: World): string[] {
  const { books, faults } = world;
  const told = (books.entries.get('slack daemon:network') ?? []).map(({ story }) => story.effect);
  const cuts = faults.all().filter(({ who }) => who === OUR_NETWORK);
  const isCut = (at: Instant) =>
    cuts.some(({ fromAt, untilAt }) => fromAt <= at && at < untilAt + CUT_SEEN_MS_MAX) || isNobodyReached(at);
  const isNobodyReached = (at: Instant) =>
    Object.keys(BUDGETS_USD).every((provider) =>
      faults
        .all()
        .some(
          ({ who, kind, fromAt, untilAt }) =>
            who === provider &&
            (kind === 'refused' || kind === 'hang') &&
            fromAt <= at &&
            at < untilAt + MINUTE,
        ),
    );
  return told.flatMap(({ type, at }, n) => [
    ...(type === (n % 2 === 0 ? 'network.lost' : 'network.restored')
      ? []
      : [`${type} is told out of turn at ${clockOf(at)}`]),
    ...(type === 'network.restored' || isCut(at)
      ? []
      : [`our network is told to be cut at ${clockOf(at)}, and it is not`]),
    ...(n < told.length - 1 || type === 'network.restored' ? [] : ['that our network is cut is never over']),
  ]);
}

/** That a budget is low is told once when it begins and once when it ends, and of those alone that are exceeded. */
function budgetsTold({ books }: World): string[] {
  return [...books.entries].flatMap(([lane, entries]) => {
    if (!lane.startsWith('slack daemon:budget')) return [];
    const outOfTurn = entries
      .map(({ story }) => story.effect)
      .filter(({ type }, n) => type !== (n % 2 === 0 ? 'budget.low' : 'budget.restored'))
      .map(({ type, at }) => `${type} is told out of turn at ${clockOf(at)}`);
    return lane.endsWith(POOR) ? outOfTurn : [...outOfTurn, `${lane} is told, which has plenty`];
  });
}

function blames(event: TargetEvent, what: RegExp): boolean {
  if (!('verdict' in event) || event.verdict.is !== 'fail') return false;
  return event.verdict.blame === 'provider' && what.test(event.verdict.text);
}

function targetsOf(world: World, who: Fault['who']): TargetId[] {
  return world
    .settings()
    .targets.map(({ target }) => target)
    .filter(({ provider }) => who === OUR_NETWORK || provider === who)
    .map(({ id }) => id);
}

function effectsOf({ books }: World, target: TargetId): Effect[] {
  return (books.entries.get(`slack ${target}`) ?? []).map(({ story }) => story.effect);
}

function isGone(world: World, target: TargetId, at: Instant): boolean {
  return effectsOf(world, target).some(
    (effect) => effect.type === 'target.retired' && effect.at <= at + HOUR,
  );
}

function clockOf(at: Instant): string {
  return new Date(at).toISOString().slice(5, 16).replace('T', ' ');
}

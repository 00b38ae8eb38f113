/** The desk for what people say: it is weighed against the rules, written down, and all routes are planned with it. */

import type { Instant } from '../core/base.ts';
import { clamp, MINUTE, SECOND } from '../core/base.ts';
import type { Freeze, Refusal, RoutePin } from '../core/hands.ts';
import { livingAt, nextEndAt, whyNotAuthor, whyNotFreeze, whyNotMember, whyNotPin } from '../core/hands.ts';
import { FILE_AUTHOR, freezesOf } from '../core/hands.ts';
import type { TargetId } from '../core/model.ts';
import type { Clock } from '../ports/clock.ts';
import type { Done, Flag, Hands, Signed } from '../ports/hands.ts';
import type { Log } from '../ports/log.ts';
import type { Settings } from '../ports/settings.ts';
import type { Store } from '../ports/store.ts';
import type { Board } from './board.ts';
import type { Doorbell } from './doorbell.ts';
import { createDoorbell } from './doorbell.ts';
import type { Persist } from './persist.ts';
import type { Recorder } from './recorder.ts';

const IDLE_MS_MAX = 5 * MINUTE;
/** How often the freeze file is looked for. */
const LOOK_MS = SECOND;
const FILE_REASON = 'the freeze file is there';
const GONE_REASON = 'the freeze file is gone';

export interface HandsDeps {
  settings: Settings;
  store: Store;
  board: Board;
  clock: Clock;
  log: Log;
  persist: Persist;
  recorder: Recorder;
  /** null: no file is looked for. */
  flag: Flag | null;
}

export interface HandsDesk extends Hands {
  /** Takes up what was said in an earlier life, and what has ended since; to be called before the first plan. */
  load: () => Promise<void>;
  /** Sees to what ends by itself, and to the file, until the daemon stops. */
  run: (stop: AbortSignal) => Promise<void>;
}

interface Desk extends HandsDeps {
  bell: Doorbell;
  /** Deeds are done one at a time. */
  inTurn: <T>(work: () => Promise<T>) => Promise<T>;
  /** A write may have been done although its answer was lost: what the store holds is to be read again. */
  isDoubtful: boolean;
  wasUnknown: boolean;
}

export function createHands(deps: HandsDeps): HandsDesk {
  const bell = createDoorbell(deps.clock);
  const desk: Desk = { ...deps, bell, inTurn: createTurns(), isDoubtful: false, wasUnknown: false };
  const { inTurn } = desk;
  return {
    said: () => livingAt(deps.board.hands(), deps.clock.now()),
    pin: (given) => inTurn(() => pin(desk, given)),
    unpin: (route, target, by) => inTurn(() => unpin(desk, route, target, by)),
    freeze: (route, until, by) => inTurn(() => freeze(desk, route, until, by)),
    thaw: (route, by) => inTurn(() => thaw(desk, route, by)),
    load: () =>
      inTurn(async () => {
        await reload(desk);
        await endWhatHasEnded(desk);
        if (await look(desk)) await reload(desk);
      }),
    run: (stop) => run(desk, stop),
  };
}

async function run(desk: Desk, stop: AbortSignal): Promise<void> {
  const { board, clock, flag, inTurn, bell } = desk;
  while (!stop.aborted) {
    const now = clock.now();
    const endAt = nextEndAt(board.hands()) ?? Infinity;
    if (endAt <= now || desk.isDoubtful) {
      await inTurn(async () => {
        desk.isDoubtful = false;
        await endWhatHasEnded(desk);
        await settle(desk);
      });
      continue;
    }
    await bell.wait(clamp(endAt - now, 1, flag === null ? IDLE_MS_MAX : LOOK_MS), stop);
    if (stop.aborted || flag === null) continue;
    await inTurn(async () => {
      if (await look(desk)) await settle(desk);
    });
  }
}

async function reload({ board, persist, store }: Desk): Promise<void> {
  board.heard(await persist(store.hands));
}

async function settle(desk: Desk): Promise<void> {
  await reload(desk);
  await desk.recorder.planAll(desk.clock.now(), 0);
}

/** What the store does not take is not done, and whoever asked is told so at once. */
async function write<T>(desk: Desk, deed: () => Promise<T>): Promise<T> {
  desk.isDoubtful = true;
  try {
    const answer = await deed();
    await settle(desk);
    desk.isDoubtful = false;
    return answer;
  } finally {
    // The loop waits for the nearest end, which may now be another one.
    desk.bell.ring();
  }
}

async function endWhatHasEnded(desk: Desk): Promise<void> {
  const { clock, log, persist, store } = desk;
  const ended = await persist(() => store.endHands(clock.now()));
  if (ended === 0) return;
  log.info({ ended }, 'pins or freezes have ended by themselves');
  await reload(desk);
}

async function pin(desk: Desk, given: RoutePin): Promise<Done<RoutePin>> {
  const { clock, log, settings, store } = desk;
  const now = clock.now();
  const refusal = whyNotPin(given, settings.routes, now);
  if (refusal !== null) return { is: 'refused', refusal };
  await write(desk, () => store.pin(given, now));
  log.warn({ ...given }, 'a person has pinned a weight');
  return { is: 'done', what: given };
}

async function unpin(desk: Desk, route: string, target: TargetId, by: Signed): Promise<Done<RoutePin>> {
  const { board, clock, log, settings, store } = desk;
  const refusal = whyNotMember(route, target, settings.routes) ?? whyNotAuthor(by.author);
  if (refusal !== null) return { is: 'refused', refusal };
  const now = clock.now();
  const { pins } = livingAt(board.hands(), now);
  const isPinned = pins.some((one) => one.route === route && one.target === target);
  const gone = isPinned ? await write(desk, () => store.unpin(route, target, { at: now, ...by })) : null;
  if (gone === null) {
    const text = `${target} is not pinned in ${route}.`;
    return { is: 'refused', refusal: { code: 'not_pinned', text } };
  }
  log.warn({ route, target, ...by }, 'a person has taken a pin back');
  return { is: 'done', what: gone };
}

async function freeze(
  desk: Desk,
  route: string | null,
  until: Instant | null,
  by: Signed,
): Promise<Done<Freeze>> {
  const { clock, log, settings, store } = desk;
  const given: Freeze = { route, ...by, since: clock.now(), until };
  const refusal = whyNotFreeze(given, settings.routes);
  if (refusal !== null) return { is: 'refused', refusal };
  await write(desk, () => store.freeze(given));
  log.warn({ ...given }, 'a person has frozen weights');
  return { is: 'done', what: given };
}

async function thaw(
  desk: Desk,
  route: string | null,
  by: Signed,
): Promise<Done<{ lifted: number; held: string[] }>> {
  const { board, clock, log, settings, store } = desk;
  const now = clock.now();
  const refusal = whyNotFreeze({ route, ...by, since: now, until: null }, settings.routes);
  if (refusal !== null) return { is: 'refused', refusal };
  const routes = settings.routes.map(({ id }) => id).filter((id) => route === null || id === route);
  const own = livingAt(board.hands(), now).freezes.filter(
    (one) => one.route === route && one.author !== FILE_AUTHOR,
  );
  const ofPolicy = routes.filter((id) => board.plan(id)?.frozen?.by === 'policy');
  const lifted = own.length + ofPolicy.length;
  if (lifted === 0) return { is: 'refused', refusal: notFrozen(desk, route, routes, now) };
  await write(desk, () => store.thaw({ at: now, route, routes, ...by }));
  log.warn({ route, ...by }, 'a person has lifted a freeze');
  const held = routes.filter((id) => freezesOf(board.hands(), id, now).length > 0);
  return { is: 'done', what: { lifted, held } };
}

function notFrozen({ board }: Desk, route: string | null, routes: readonly string[], now: Instant): Refusal {
  const [holding] = routes.flatMap((id) => freezesOf(board.hands(), id, now));
  if (holding === undefined)
    return refusalOf(`${route ?? 'No route'} is ${route === null ? '' : 'not '}frozen.`);
  if (holding.author === FILE_AUTHOR)
    return refusalOf(`A file holds all routes (${holding.reason}): they move again when it is removed.`);
  return refusalOf(
    holding.route === null
      ? `${route ?? 'Every route'} is held by the freeze of all routes, by ${holding.author}: lift that one.`
      : `Not all routes are frozen, only ${holding.route}, by ${holding.author}: name that route.`,
  );
}

function refusalOf(text: string): Refusal {
  return { code: 'not_frozen', text };
}

/** Looks for the freeze file, and keeps what it says where all else is kept. @returns whether it says another thing */
async function look(desk: Desk): Promise<boolean> {
  const { board, clock, flag, log, persist, store } = desk;
  const seen = flag === null ? { is: 'absent' as const } : await flag.look();
  if (seen.is === 'unknown') {
    if (!desk.wasUnknown)
      log.warn({ why: seen.why }, 'the freeze file cannot be looked for; what it said last holds');
    desk.wasUnknown = true;
    return false;
  }
  desk.wasUnknown = false;
  const held = board.hands().freezes.find(({ author }) => author === FILE_AUTHOR);
  const reason = seen.is === 'there' ? seen.reason || FILE_REASON : null;
  if ((held?.reason ?? null) === reason) return false;
  const signed = { route: null, author: FILE_AUTHOR };
  const at = clock.now();
  if (reason === null) await persist(() => store.thaw({ ...signed, at, routes: [], reason: GONE_REASON }));
  else await persist(() => store.freeze({ ...signed, since: at, until: null, reason }));
  log.warn({ reason }, reason === null ? GONE_REASON : 'the freeze file holds all weights');
  return true;
}

/** A queue of one. */
function createTurns(): Desk['inTurn'] {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  };
}

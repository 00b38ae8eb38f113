/** The free checks: a call that costs nothing and proves key and API. */

import type { Instant } from '../core/base.ts';
import { DAY, fraction, SECOND } from '../core/base.ts';
import { causeOf, verdictOn } from '../core/classify.ts';
import { freeCheckPaceMs } from '../core/schedule.ts';
import { daysLeftOf } from '../core/funds.ts';
import type { Funds, TargetId, Verdict } from '../core/model.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { HttpError } from '../ports/http.ts';
import type { Checked, Provider } from '../ports/provider.ts';
import type { Settings, TargetSetting } from '../ports/settings.ts';
import type { Observer } from '../ports/view.ts';
import type { Board } from './board.ts';
import type { ClockWatch } from './clock-watch.ts';
import { describe } from './context.ts';
import { createDoorbell } from './doorbell.ts';
import { createDueQueue } from './due.ts';
import type { Network } from './network.ts';
import type { Recorder } from './recorder.ts';

/** However fast the pace, no provider is asked more often than this. */
const CHECK_MS_MIN = SECOND;
/** A retired target is looked at this often: only a canary or a later date can bring it back. */
const RETIRED_MS = DAY;
/** First checks are spread over so long, or over the usual time between two: of many targets none comes in bursts. */
const FIRST_MS = 10 * SECOND;
const FIRST_MS_EACH = 20;

export interface CheckerDeps {
  settings: Settings;
  clock: Clock;
  clockWatch: ClockWatch;
  board: Board;
  network: Network;
  recorder: Recorder;
  observer: Observer;
  log: Log;
  fatal: (error: unknown) => void;
}

interface Round {
  setting: TargetSetting;
  check: NonNullable<Provider['check']>;
  everyMs: number;
  /** When the last check began; in monotonic time, so that a clock that is set back delays none. */
  lastMs: number;
  isBegun: boolean;
}

/**
 * One loop for all targets that have a check: it sleeps until the next is due, or until beliefs change a pace. First
 * checks are spread out, so that a key is not used by all at once.
 */
export async function runChecks(deps: CheckerDeps, signal: AbortSignal): Promise<void> {
  const { board, clock } = deps;
  const rounds = new Map(deps.settings.targets.flatMap((setting) => roundOf(setting, clock.monotonicMs())));
  const due = createDueQueue<TargetId>();
  const running = new Map<TargetId, Promise<void>>();
  const bell = createDoorbell(clock);
  if (rounds.size === 0) return;
  for (const [id, round] of rounds) {
    const spreadMs = Math.min(round.everyMs, Math.max(FIRST_MS, rounds.size * FIRST_MS_EACH));
    due.set(id, round.lastMs + Math.floor(fraction(`${id}?`) * spreadMs));
  }
  const plan = (id: TargetId, round: Round) => due.set(id, round.lastMs + paceMs(deps, id, round.everyMs));
  const deaf = board.onChange((changed) => {
    for (const id of changed) {
      const round = rounds.get(id);
      // A first check stays where it was spread to; one under way is planned anew when it ends.
      if (round === undefined || !round.isBegun || running.has(id)) continue;
      plan(id, round);
      bell.ring();
    }
  });
  const broken = new AbortController();
  const stop = AbortSignal.any([signal, broken.signal]);
  while (!stop.aborted) {
    const nextMs = due.nextAt() ?? Infinity;
    await bell.wait(nextMs - clock.monotonicMs(), stop);
    if (stop.aborted) break;
    for (const id of due.take(clock.monotonicMs(), rounds.size)) {
      const round = rounds.get(id);
      if (round === undefined) continue;
      Object.assign(round, { lastMs: clock.monotonicMs(), isBegun: true });
      const ended = checkOnce(deps, round, signal)
        .catch((error: unknown) => {
          broken.abort();
          deps.fatal(error);
        })
        .finally(() => {
          running.delete(id);
          plan(id, round);
          bell.ring();
        });
      running.set(id, ended);
    }
  }
  deaf();
  await Promise.all(running.values());
}

function roundOf(setting: TargetSetting, nowMs: number): [TargetId, Round][] {
  const { check } = setting.provider;
  const everyMs = setting.checkEveryMs;
  if (check === null || everyMs === null) return [];
  return [[setting.target.id, { setting, check, everyMs, lastMs: nowMs, isBegun: false }]];
}

/** Free checks are made more often where something is suspected, or has been found. */
function paceMs({ board, settings }: CheckerDeps, id: TargetId, everyMs: number): number {
  const { demand } = settings.policy.detection;
  const state = board.state(id);
  if (state.health === 'retired') return Math.max(everyMs, RETIRED_MS);
  const wantedMs = freeCheckPaceMs(state, demand);
  return Math.max(CHECK_MS_MIN, (everyMs * wantedMs) / demand.freeCheckMs);
}

async function checkOnce(deps: CheckerDeps, { setting, check }: Round, signal: AbortSignal): Promise<void> {
  const { clock, recorder, network } = deps;
  const { id, provider, model } = setting.target;
  const startedAt = clock.now();
  const mark = deps.clockWatch.mark();
  const finished = async (at: Instant, verdict: Verdict, checked: Checked | null) => {
    const tookMs = at - startedAt;
    const { balanceUsd = null, limits = null } = checked ?? {};
    deps.observer.checked({ target: id, verdict, tookMs, balanceUsd });
    deps.board.checked(id, { at, tookMs, verdict, limits });
    const funds = balanceUsd === null ? {} : fundsOf(deps, setting, balanceUsd);
    return recorder.record(id, () => ({ event: { type: 'check.judged', at, startedAt, verdict, ...funds } }));
  };
  try {
    const checked = await check(model, signal);
    network.reached(provider);
    const at = clock.now();
    for (const notice of checked.notices) {
      await recorder.record(id, () => ({ event: { type: 'notice.seen', at, notice } }));
    }
    await finished(at, verdictOf(deps.board, id, checked), checked);
  } catch (error) {
    if (error instanceof HttpError && deps.clockWatch.since(mark).isBroken) {
      deps.log.debug(
        { targetId: id, error },
        'free check broken off by a jump of the clock: it says nothing',
      );
      return;
    }
    const failure = await describe(deps, setting, error, 'submit', signal);
    if (signal.aborted) return;
    // A check that asks for nothing new may hit a limit without that meaning anything for jobs.
    const cause = causeOf(failure);
    const verdict = verdictOn(cause, failure.message, deps.board.state(id).passesEver);
    deps.log.debug({ targetId: id, cause, message: failure.message }, 'free check failed');
    await finished(clock.now(), verdict, null);
  }
}

/** One target speaks for the account at its provider, so that people are told once: the first in service that is checked. */
function fundsOf(
  { board, settings }: CheckerDeps,
  { target }: TargetSetting,
  usd: number,
): { funds?: Funds } {
  const limits = settings.limits[target.provider];
  const funds = { usd, daysLeft: daysLeftOf(usd, limits?.plannedUsdPerDay ?? 0) };
  board.counted(target.provider, funds);
  const speaker = settings.targets.find(
    (one) =>
      one.target.provider === target.provider &&
      one.checkEveryMs !== null &&
      board.state(one.target.id).health !== 'retired',
  );
  return speaker?.target.id === target.id ? { funds } : {};
}

/** Absence from a list alone proves nothing about the model: it is said, and left to the canaries. */
function verdictOf(board: Board, id: TargetId, checked: Checked): Verdict {
  if (checked.isListed !== false || board.state(id).health === 'retired')
    return { is: 'pass', text: checked.text };
  return {
    is: 'inconclusive',
    cause: 'model_missing',
    text: `${checked.text}; the model is not in the list`,
  };
}

/** The free checks: a call that costs nothing and proves key and API. */

import type { Instant } from '../core/base.ts';
import { DAY, fraction, SECOND } from '../core/base.ts';
import { causeOf, verdictOn } from '../core/classify.ts';
import { freeCheckPaceMs } from '../core/schedule.ts';
import { daysLeftOf } from '../core/funds.ts';
import type { Funds, TargetId, Verdict } from '../core/model.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Checked } from '../ports/provider.ts';
import type { Settings, TargetSetting } from '../ports/settings.ts';
import type { Observer } from '../ports/view.ts';
import type { Board } from './board.ts';
import { describe } from './context.ts';
import { createDoorbell } from './doorbell.ts';
import type { Network } from './network.ts';
import type { Ourselves } from './ourselves.ts';
import type { Recorder } from './recorder.ts';

/** However fast the pace, no provider is asked more often than this. */
const CHECK_MS_MIN = SECOND;
/** A retired target is looked at this often: only a canary or a later date can bring it back. */
const RETIRED_MS = DAY;

export interface CheckerDeps {
  settings: Settings;
  clock: Clock;
  board: Board;
  network: Network;
  ourselves: Ourselves;
  recorder: Recorder;
  observer: Observer;
  log: Log;
  fatal: (error: unknown) => void;
}

/** One loop per target that has a check; they start spread out, so that a key is not used by all at once. */
export function runChecks(deps: CheckerDeps, signal: AbortSignal): Promise<void> {
  return Promise.all(deps.settings.targets.map((setting) => checkForever(deps, setting, signal))).then(
    () => undefined,
  );
}

async function checkForever(deps: CheckerDeps, setting: TargetSetting, signal: AbortSignal): Promise<void> {
  const everyMs = setting.checkEveryMs;
  const check = setting.provider.check;
  if (everyMs === null || check === null) return;
  const { board, clock } = deps;
  const { target } = setting;
  const bell = createDoorbell(clock);
  const paceNow = () => paceMs(deps, target.id, everyMs);
  let pace = paceNow();
  const deaf = board.onChange(() => {
    if (paceNow() !== pace) bell.ring();
  });
  await clock.sleep(Math.floor(fraction(`${target.id}?`) * Math.min(everyMs, 10_000)), signal);
  while (!signal.aborted) {
    // A clock that is set back delays no check.
    const lastMs = clock.monotonicMs();
    try {
      await checkOnce(deps, setting, (stop) => check(target.model, stop), signal);
    } catch (error) {
      return deps.fatal(error);
    }
    // Beliefs may change meanwhile, and with them the pace.
    for (let leftMs = Infinity; leftMs > 0 && !signal.aborted;) {
      pace = paceNow();
      leftMs = lastMs + pace - clock.monotonicMs();
      await bell.wait(leftMs, signal);
    }
  }
  deaf();
}

/** Free checks are made more often where something is suspected, or has been found. */
function paceMs({ board, settings }: CheckerDeps, id: TargetId, everyMs: number): number {
  const { demand } = settings.policy.detection;
  const state = board.state(id);
  if (state.health === 'retired') return Math.max(everyMs, RETIRED_MS);
  const wantedMs = freeCheckPaceMs(state, demand);
  return Math.max(CHECK_MS_MIN, (everyMs * wantedMs) / demand.freeCheckMs);
}

async function checkOnce(
  deps: CheckerDeps,
  setting: TargetSetting,
  check: (signal: AbortSignal) => Promise<Checked>,
  signal: AbortSignal,
): Promise<void> {
  const { clock, recorder, network, ourselves } = deps;
  const { id, provider } = setting.target;
  const startedAt = clock.now();
  const finished = async (at: Instant, own: Verdict, checked: Checked | null) => {
    const tookMs = at - startedAt;
    const verdict = await ourselves.saw(provider, own);
    const { balanceUsd = null, limits = null } = checked ?? {};
    deps.observer.checked({ target: id, verdict, tookMs, balanceUsd });
    deps.board.checked(id, { at, tookMs, verdict, limits });
    const funds = balanceUsd === null ? {} : fundsOf(deps, setting, balanceUsd);
    return recorder.record(id, () => ({ event: { type: 'check.judged', at, verdict, ...funds } }));
  };
  try {
    const checked = await check(signal);
    network.saw(provider, true);
    const at = clock.now();
    for (const notice of checked.notices) {
      await recorder.record(id, () => ({ event: { type: 'notice.seen', at, notice } }));
    }
    await finished(at, verdictOf(deps.board, id, checked), checked);
  } catch (error) {
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

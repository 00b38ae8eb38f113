/** What every stretch of one run shares: its tools, its order, its trace. */

import type { Instant } from '../core/base.ts';
import type { Opaque, RunId } from '../core/model.ts';
import type { Failure, Phase } from '../core/trace.ts';
import type { Clock } from '../ports/clock.ts';
import { HttpError } from '../ports/http.ts';
import type { Http } from '../ports/http.ts';
import type { Media, Scratch } from '../ports/media.ts';
import type { Order } from '../ports/provider.ts';
import type { Settings, TargetSetting } from '../ports/settings.ts';
import type { OpenRun } from '../ports/store.ts';
import type { ClockWatch } from './clock-watch.ts';
import { failureOf } from './failures.ts';
import { isUnreached } from './network.ts';
import type { Network } from './network.ts';
import type { Tracer } from './tracer.ts';

export interface CanaryDeps {
  clock: Clock;
  clockWatch: ClockWatch;
  http: Http;
  media: Media;
  scratch: Scratch;
  network: Network;
  download: Settings['download'];
  /** The checkpoint. After it, a restart goes on from here instead of ordering again. */
  saveJob: (runId: RunId, job: Opaque, jobId: string, at: Instant) => Promise<void>;
  moved: (runId: RunId, phase: Phase) => void;
}

export interface RunContext {
  deps: CanaryDeps;
  setting: TargetSetting;
  order: Order;
  run: OpenRun;
  trace: Tracer;
  stop: AbortSignal;
}

/** A thrown error as facts, with what is known about our own network where no answer came at all. */
export async function describe(
  deps: Pick<CanaryDeps, 'network'>,
  setting: TargetSetting,
  error: unknown,
  phase: Phase,
  signal: AbortSignal,
): Promise<Failure> {
  const { provider } = setting.target;
  if (error instanceof HttpError && isUnreached(error))
    return failureOf(error, phase, setting.provider, await deps.network.judge(provider, signal));
  // What we stopped ourselves, or refused to connect to, has reached nobody.
  const isAnswer = error instanceof HttpError && error.code !== 'aborted' && error.code !== 'address_refused';
  if (isAnswer) deps.network.reached(provider);
  return failureOf(error, phase, setting.provider, 'unknown');
}

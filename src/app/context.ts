/** What every stretch of one run shares: its tools, its order, its trace. */

import type { Instant } from '../core/base.ts';
import type { Opaque, RunId } from '../core/model.ts';
import type { Failure, Phase } from '../core/trace.ts';
import type { Clock } from '../ports/clock.ts';
import { HttpError, isTransport } from '../ports/http.ts';
import type { Http } from '../ports/http.ts';
import type { Media, Scratch } from '../ports/media.ts';
import type { Order } from '../ports/provider.ts';
import type { Settings, TargetSetting } from '../ports/settings.ts';
import type { OpenRun } from '../ports/store.ts';
import { failureOf } from './failures.ts';
import type { Network } from './network.ts';
import type { Tracer } from './tracer.ts';

export interface CanaryDeps {
  clock: Clock;
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
  const isUnreached = error instanceof HttpError && isTransport(error);
  deps.network.saw(setting.target.provider, !isUnreached);
  const network = isUnreached ? await deps.network.judge(setting.target.provider, signal) : 'unknown';
  return failureOf(error, phase, setting.provider, network);
}

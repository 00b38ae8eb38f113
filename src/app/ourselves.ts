/** Is it us? When our own network comes into doubt, what it made us believe is taken back; when it works again, we see. */

import type { TargetEvent, TargetId } from '../core/model.ts';
import type { Board } from './board.ts';
import { createNetwork } from './network.ts';
import type { Network } from './network.ts';
import type { Recorder } from './recorder.ts';
import type { Clock } from '../ports/clock.ts';
import type { Http } from '../ports/http.ts';
import type { Log } from '../ports/log.ts';
import type { Settings } from '../ports/settings.ts';

/** Records for each target what the network has come to. */
export function watchNetwork(deps: {
  settings: Settings;
  clock: Clock;
  log: Log;
  board: Board;
  recorder: Recorder;
  network: Network;
  fatal: (error: unknown) => void;
}): void {
  const { settings, clock, log, board, recorder, network, fatal } = deps;
  const record = (targets: readonly TargetId[], event: TargetEvent) => {
    for (const id of targets) recorder.record(id, () => ({ event })).catch(fatal);
  };
  const targets = settings.targets.map(({ target }) => target.id);
  network.onChange((is) => {
    const at = clock.now();
    if (is === 'lost') {
      log.warn({}, 'our own network is in doubt: failures are not held against anybody');
      record(targets, { type: 'sight.lost', at });
    } else {
      log.info({}, 'our own network works again');
      // The one that could not be reached first comes last: with it the outage is over, and its begin is what is told.
      const since = (id: TargetId) => board.state(id).blind?.since ?? Infinity;
      record(
        targets.toSorted((a, b) => since(b) - since(a)),
        { type: 'network.restored', at },
      );
    }
  });
}

export function openNetwork(
  { settings, http, clock }: { settings: Settings; http: Http; clock: Clock },
  board: Board,
): Network {
  return createNetwork({
    http,
    clock,
    controlUrls: settings.controlUrls,
    providers: new Set(settings.targets.map(({ target }) => target.provider)).size,
    policy: settings.policy.detection.ourselves,
    isLost: [...board.states().values()].some(({ blind }) => blind?.cause === 'unreachable'),
  });
}

/** Is it us? When unrelated providers fail at once, nothing that fails is held against any of them for a while. */

import type { Sight } from '../core/ourselves.ts';
import { FRESH_SIGHT, isFrozen, onProbe } from '../core/ourselves.ts';
import type { Cause, Verdict } from '../core/model.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Settings } from '../ports/settings.ts';
import type { Recorder } from './recorder.ts';

/** What a broken network or proxy of ours may look like. */
const LIKE_OURS: ReadonlySet<Cause> = new Set([
  'unavailable',
  'overloaded',
  'timeout',
  'garbled',
  'unreachable',
]);

export interface Ourselves {
  /** The verdict of a canary or check of ours, in the light of how all the others fare. */
  saw: (provider: string, verdict: Verdict) => Promise<Verdict>;
}

export function createOurselves(deps: {
  settings: Settings;
  clock: Clock;
  log: Log;
  recorder: Recorder;
}): Ourselves {
  const { settings, clock, log, recorder } = deps;
  const policy = settings.policy.detection.ourselves;
  let sight: Sight = FRESH_SIGHT;
  return {
    saw: async (provider, verdict) => {
      const at = clock.now();
      const isUnreached = verdict.is === 'fail' && verdict.cause === 'unreachable';
      const failed = verdict.is === 'fail' && LIKE_OURS.has(verdict.cause);
      const probed = { at, provider, failed, areControlsFine: !isUnreached };
      const next = onProbe(sight, probed, policy);
      sight = next.sight;
      if (next.froze) {
        log.warn(
          { probes: sight.probes },
          'our own network is in doubt: failures are not held against anybody',
        );
        for (const { target } of settings.targets)
          await recorder.record(target.id, () => ({ event: { type: 'sight.lost', at } }));
      }
      if (!failed || isUnreached || !isFrozen(sight, at)) return verdict;
      const text = `${verdict.text}; most providers fail at this moment`;
      return { is: 'fail', cause: 'unreachable', blame: 'us', text };
    },
  };
}

/** A target of which nothing is known yet. */

import type { Instant } from './base.ts';
import type { TargetState } from './model.ts';

export function freshState(id: string, at: Instant): TargetState {
  return {
    id,
    version: 0,
    health: 'unknown',
    since: at,
    blind: null,
    reason: { code: 'unknown', text: 'no canary has finished yet' },
    fails: 0,
    slows: 0,
    passes: 0,
    passesEver: 0,
    unsure: 0,
    troubleSince: null,
    evidence: [],
    incident: null,
    incidentCount: 0,
    closedAt: [],
    baseline: { logMs: 0, n: 0 },
    check: null,
    probe: null,
    lastRun: null,
    notice: null,
    low: null,
    belief: null,
    signs: [],
  };
}

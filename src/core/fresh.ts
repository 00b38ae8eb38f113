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
    trust: 1,
    fault: null,
    passesEver: 0,
    unsure: 0,
    gone: 0,
    evidence: [],
    incident: null,
    incidentCount: 0,
    check: null,
    lastRun: null,
    notice: null,
    measures: null,
    low: null,
    budgetLow: null,
    belief: null,
    signs: [],
    troubleCounts: null,
  };
}

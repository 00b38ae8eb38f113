/** Users' jobs in words, and as a piece of evidence. */

import type { Evidence, TargetEvent } from './model.ts';

type Traffic = Extract<TargetEvent, { type: 'outcomes.reported' }>;

/** `overloaded: 37 of 120 users' jobs failed`, without the cause. */
export function usersWords({ good, bad }: Pick<Traffic, 'good' | 'bad'>): string {
  return `${bad} of ${good + bad} users' jobs failed`;
}

/** What to show people of users' jobs that went wrong; null where none did. */
export function usersEvidence(event: Traffic): Evidence | null {
  const newest = event.reports.findLast(({ cause }) => cause !== undefined);
  if (newest?.cause === undefined || event.bad === 0) return null;
  const failed = event.reports.filter(({ cause }) => cause !== undefined);
  const since = Math.min(...failed.map(({ submittedAt }) => submittedAt));
  return { at: newest.at, since, runId: null, cause: newest.cause, text: usersWords(event), by: 'users' };
}

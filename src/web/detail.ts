/** What the API says about a single target beyond its line in the status document. */

import { z } from 'zod';
import { SECOND } from '../core/base.ts';
import type { TargetState } from '../core/model.ts';
import type { UserCounts } from '../ports/outcomes.ts';
import { RECENT_MS } from '../ports/outcomes.ts';
import type { LastCheck } from '../ports/view.ts';
import { iso, runLink } from './format.ts';
import { rounded } from './observed.ts';
import { at, observed, target } from './schema.ts';
import { run } from './shapes.ts';
import { why } from './why.ts';

export const targetDetail = target.extend({
  observed,
  users: z
    .object({
      window_s: z.number(),
      good: z.number().int(),
      bad: z.number().int(),
      success_rate: z.number(),
    })
    .nullable()
    .meta({
      description:
        "Users' jobs that routers told of, those that say something about the provider; null where there were none.",
    }),
  why: why
    .nullable()
    .meta({ description: 'Why it is believed to be as it is, as of now; null where nothing is believed.' }),
  evidence: z.array(
    z.object({
      at,
      run_id: z.string().nullable(),
      cause: z.string(),
      text: z.string(),
      link: z.string().nullable(),
    }),
  ),
  notice: z
    .object({
      kind: z.enum(['announced', 'retired']),
      subject: z.string(),
      effective_at: at.nullable(),
      replacement: z.string().nullable(),
      source: z.string(),
      url: z.string(),
      first_seen_at: at,
    })
    .nullable(),
  free_check: z
    .object({
      at,
      took_ms: z.number(),
      verdict: z.enum(['pass', 'slow', 'fail', 'inconclusive']),
      text: z.string(),
      limits: z
        .object({
          concurrent_max: z.number().nullable(),
          per_day_max: z.number().nullable(),
          used_today: z.number().nullable(),
        })
        .nullable()
        .meta({ description: 'What our account may do with the model, where the check tells it.' }),
    })
    .nullable(),
  runs: z.array(run),
});

/** How users' jobs went of late. */
export function usersShape(counts: UserCounts | undefined): z.infer<typeof targetDetail>['users'] {
  if (counts === undefined) return null;
  const { good, bad } = counts;
  return { window_s: RECENT_MS / SECOND, good, bad, success_rate: rounded(good / (good + bad), 4) };
}

/** What a target's own page adds to its line in the status document. */
export function targetExtras(
  state: TargetState,
  check: LastCheck | undefined,
): Pick<z.infer<typeof targetDetail>, 'evidence' | 'notice' | 'free_check'> {
  const { notice } = state;
  return {
    evidence: state.evidence.map(({ at, runId, cause, text }) => ({
      at: iso(at),
      run_id: runId,
      cause,
      text,
      link: runId === null ? null : runLink(runId),
    })),
    notice: notice && {
      kind: notice.kind,
      subject: notice.subject,
      effective_at: notice.effectiveAt === null ? null : iso(notice.effectiveAt),
      replacement: notice.replacement,
      source: notice.source,
      url: notice.url,
      first_seen_at: iso(notice.firstSeenAt),
    },
    free_check: check === undefined ? null : checkShape(check),
  };
}

function checkShape({ at, tookMs, verdict, limits }: LastCheck): z.infer<typeof targetDetail>['free_check'] {
  return {
    at: iso(at),
    took_ms: tookMs,
    verdict: verdict.is,
    text: verdict.text,
    limits: limits && {
      concurrent_max: limits.concurrentMax,
      per_day_max: limits.perDayMax,
      used_today: limits.usedToday,
    },
  };
}

/** What the API says about a single target beyond its line in the status document. */

import { z } from 'zod';
import type { TargetState } from '../core/model.ts';
import type { LastCheck } from '../ports/view.ts';
import { iso, runLink } from './format.ts';
import { at, observed, target } from './schema.ts';
import { run } from './shapes.ts';
import { why } from './why.ts';

export const targetDetail = target.extend({
  observed,
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

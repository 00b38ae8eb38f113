/** What the API says about a single target beyond its line in the status document. */

import { z } from 'zod';
import { SECOND } from '../core/base.ts';
import type { Target, TargetState } from '../core/model.ts';
import type { UserCounts } from '../ports/outcomes.ts';
import { RECENT_MS } from '../ports/outcomes.ts';
import type { LastCheck } from '../ports/view.ts';
import type { Known } from './document.ts';
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
  unpaid_since: at
    .nullable()
    .meta({ description: 'Since when its canaries are due but would cross a budget.' }),
  account: z
    .object({
      balance_usd: z.number(),
      days_left: z.number().nullable().meta({ description: 'How long it lasts for the planned canaries.' }),
      low_since: at.nullable(),
    })
    .nullable()
    .meta({ description: 'Our account at its provider, where the free check tells it.' }),
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

/**
 * What its canaries are paid from. It stands here and not in the status document: it moves on without a commit, and a
 * poller's tag is that of the last commit.
 */
export function paymentShape(
  { id, provider }: Target,
  { settings, view }: Known,
): Pick<z.infer<typeof targetDetail>, 'unpaid_since' | 'account'> {
  const unpaidAt = view.unpaid().get(id);
  const funds = view.funds().get(provider);
  // Low for all targets of a provider as soon as for one.
  const lows = settings.targets
    .filter(({ target }) => target.provider === provider)
    .flatMap(({ target }) => view.states().get(target.id)?.low ?? []);
  return {
    unpaid_since: unpaidAt === undefined ? null : iso(unpaidAt),
    account:
      funds === undefined
        ? null
        : {
            balance_usd: rounded(funds.usd, 2),
            days_left: funds.daysLeft === null ? null : rounded(funds.daysLeft, 1),
            low_since: lows[0] === undefined ? null : iso(lows[0].since),
          },
  };
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

/** What rows look like. Everything that is read from a database passes through here. */

import { z } from 'zod';
import { CAUSES, HEALTHS } from '../core/model.ts';
import type { TargetEvent, TargetState } from '../core/model.ts';
import { DAEMON_EFFECT_TYPES } from '../core/effect.ts';
import type { Story } from '../core/effect.ts';
import type { RoutePlan } from '../core/route.ts';
import { StoreError, type OutboxEntry, type Row, type Spending } from '../ports/store.ts';
import { planShape } from './plan-shape.ts';

const at = z.number();

// The columns that hold JSON are checked for what the daemon stands on; fields beyond that pass through unchanged.
const state = json<TargetState>(
  z.looseObject({
    id: z.string(),
    version: z.int().nonnegative(),
    health: z.enum(HEALTHS),
    since: at,
    blind: z.looseObject({ cause: z.enum(CAUSES), since: at }).nullable(),
    reason: z.looseObject({ code: z.string(), text: z.string() }),
    // What states of older releases do not have yet.
    trust: z.number().default(1),
    fault: z.number().nullable().default(null),
    gone: z.int().default(0),
    passesEver: z.int(),
    unsure: z.int(),
    evidence: z.array(z.looseObject({ at })),
    incident: z
      .looseObject({ id: z.string(), detectedAt: at, why: z.array(z.string()).default([]) })
      .nullable(),
    incidentCount: z.int(),
    check: z.looseObject({ ok: z.boolean(), since: at }).nullable(),
    lastRun: z.looseObject({ id: z.string(), at }).nullable(),
    notice: z.looseObject({ id: z.string() }).nullable(),
    // Belief of another version is begun anew.
    belief: z
      .looseObject({ v: z.literal(1), at, probabilities: z.array(z.number()) })
      .nullable()
      .catch(null),
    signs: z.array(z.looseObject({ factor: z.number(), times: z.int(), text: z.string() })).catch([]),
    troubleCounts: z.looseObject({ since: at }).nullable().catch(null),
    measures: z
      .looseObject({ good: z.number(), bad: z.number(), at, failsInRow: z.int() })
      .nullable()
      .catch(null),
    low: z.looseObject({ since: at, usd: z.number() }).nullable().default(null),
  }),
);
const event = json<TargetEvent>(
  z.looseObject({
    type: z.enum([
      'run.judged',
      'check.judged',
      'sibling.seen',
      'outcomes.reported',
      'looked',
      'sight.lost',
      'network.restored',
      'clock.jumped',
      'budget.checked',
      'notice.seen',
      'day.began',
    ]),
    at,
  }),
);
const moves = z.array(z.looseObject({ route: z.string() }));
const links = z.looseObject({ page: z.string() });
const story = json<Story>(
  z.union([
    z.looseObject({
      effect: z.looseObject({ type: z.string(), at, target: z.string() }),
      target: z.looseObject({ id: z.string(), provider: z.string(), model: z.string() }),
      moves,
      peers: z.looseObject({ fine: z.number() }),
      links,
    }),
    z.looseObject({ effect: z.looseObject({ type: z.string(), at, route: z.string() }), moves, links }),
    z.looseObject({ effect: z.looseObject({ type: z.enum(DAEMON_EFFECT_TYPES), at }), moves, links }),
  ]),
);
const plan = json<RoutePlan>(planShape);
export const stateRow = reader(z.object({ state }).transform((row) => row.state));
export const eventRow = reader(z.object({ event }).transform((row) => row.event));
export const planRow = reader(z.object({ plan }).transform((row) => row.plan));

const entry = z.object({
  key: z.string(),
  channel: z.string(),
  target: z.string(),
  story,
  created_at: at,
  attempts: z.int(),
});
const toEntry = (row: z.output<typeof entry>): OutboxEntry => ({
  key: row.key,
  channel: row.channel,
  target: row.target,
  story: row.story,
  createdAt: row.created_at,
  attempts: row.attempts,
});
export const entryRow = reader(entry.transform(toEntry));
export const deadEntryRow = reader(
  entry.extend({ error: z.string().nullable() }).transform((row) => ({
    ...toEntry(row),
    error: row.error ?? '',
  })),
);

export const duePushRow = reader(z.object({ sink: z.string(), plan, attempts: z.int() }));
export const pushStateRow = reader(
  z.object({
    sink: z.string(),
    route: z.string(),
    desired: z.int(),
    applied: z.int().nullable(),
    state: z.string(),
    error: z.string().nullable(),
    drift: json<[number, number, number, number]>(z.tuple([at, at, z.int(), z.int()]))
      .transform(([since, lastAt, times, sames]) => ({ since, lastAt, times, sames }))
      .nullable()
      .catch(null),
  }),
);
export const outboxCountRow = reader(z.object({ channel: z.string(), due: z.int(), dead: z.int() }));
export const spentRow = reader(z.object({ provider: z.string(), usd: z.number() }));
export const spendingRow = reader(
  z
    .object({ id: z.string(), provider: z.string(), started_at: at, usd: z.number() })
    .transform(({ id, provider, started_at, usd }): Spending => ({
      runId: id,
      provider,
      at: started_at,
      usd,
    })),
);
export const frameRow = reader(z.object({ jpeg: z.base64() }));
const numberRow = reader(z.object({ n: z.number().nullable() }));

/** The single value `n` of an answer; null where there is none. */
export function numberOf(rows: Row[]): number | null {
  return rows[0] ? numberRow(rows[0]).n : null;
}

/** Text with JSON in it, of which `essentials` are checked. */
export function json<T>(essentials: z.ZodType): z.ZodType<T> {
  return z.string().transform((text, context): T => {
    const result = essentials.safeParse(parse(text));
    if (result.success) return result.data as T;
    context.addIssue({ code: 'custom', message: z.prettifyError(result.error) });
    return z.NEVER;
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function reader<T>(schema: z.ZodType<T>): (row: Row) => T {
  return (row) => {
    const result = schema.safeParse(row);
    if (result.success) return result.data;
    throw new StoreError(
      'bad_row',
      `A row of the store does not have the shape that reelwatch writes: ${z.prettifyError(result.error)}`,
      result.error,
    );
  };
}

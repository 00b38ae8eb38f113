/**
 * A user's job as a line of a report. Many thousands come in a second, so that the shape is written down twice: as a
 * schema that documents it, and by hand for reading; a test holds the two together.
 */

import { z } from 'zod';
import type { Instant } from '../core/base.ts';
import type { Cause } from '../core/model.ts';
import { CAUSES } from '../core/model.ts';
import type { UserJob, UserOutcome } from '../core/outcomes.ts';
import { LATENCY_MS_MAX, OUTCOMES } from '../core/outcomes.ts';

/** Longer than any id that a configuration can make, and than ids of jobs or hashed users are. */
export const TARGET_CHARACTERS_MAX = 400;
export const NAME_CHARACTERS_MAX = 200;
/** RFC 3339: whoever leaves the zone out means a local time that nobody here knows. */
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;
const INSTANT_CHARACTERS_MAX = 40;
/** The last millisecond that a Date can hold (ECMA-262, 21.4.1.1). */
const INSTANT_MAX = 8.64e15;

const name = z.string().min(1).max(NAME_CHARACTERS_MAX);
const moment = z.union([
  z.number().int().min(0).max(INSTANT_MAX),
  z
    .string()
    .max(INSTANT_CHARACTERS_MAX)
    .regex(INSTANT)
    .refine((text) => Date.parse(text) >= 0),
]);

/** Absent and null are the same. */
export const jobSchema = z
  .strictObject({
    target: z.string().min(1).max(TARGET_CHARACTERS_MAX).meta({ description: 'The id of the target.' }),
    outcome: z.enum(OUTCOMES),
    cause: z
      .enum(CAUSES)
      .nullish()
      .meta({ description: 'Why it did not end well, where the router knows. Not beside `ok`.' }),
    latency_ms: z
      .number()
      .min(0)
      .max(LATENCY_MS_MAX)
      .nullish()
      .meta({ description: 'From the order to the end.' }),
    submitted_at: moment.nullish().meta({
      description:
        'When it was ordered: RFC 3339, or ms since 1970. A failure of a job that is older than one which ended well says little.',
    }),
    at: moment.nullish().meta({ description: 'When it ended; now if absent. At most 15 minutes ago.' }),
    job: name.nullish().meta({ description: 'Its id at the router: what is told twice counts once.' }),
    reporter: name.nullish().meta({
      description:
        'The user or tenant, best as a hash. Each has one voice; jobs without one share the voice of the sender.',
    }),
  })
  .refine(({ outcome, cause }) => outcome !== 'ok' || !cause);

const FIELDS: ReadonlySet<string> = new Set(Object.keys(jobSchema.shape));
const KNOWN_OUTCOMES: ReadonlySet<unknown> = new Set(OUTCOMES);
const KNOWN_CAUSES: ReadonlySet<unknown> = new Set(CAUSES);

/** A job, or what is wrong with the line: the same lines as `jobSchema` takes. */
export function readJob(value: unknown): UserJob | string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'expected an object';
  const line = value as Readonly<Record<string, unknown>>;
  for (const field of Object.keys(line)) if (!FIELDS.has(field)) return `unknown field ${field.slice(0, 40)}`;
  const { target, outcome, latency_ms: latencyMs = null, cause = null } = line;
  const { job = null, reporter = null, at = null, submitted_at: submittedAt = null } = line;
  if (!isName(target, TARGET_CHARACTERS_MAX)) return 'target: expected the id of a target';
  if (!KNOWN_OUTCOMES.has(outcome)) return `outcome: expected one of ${OUTCOMES.join(', ')}`;
  if (cause !== null && !KNOWN_CAUSES.has(cause)) return 'cause: expected one of the known causes';
  if (cause !== null && outcome === 'ok') return 'cause: a job that is ok has none';
  if (latencyMs !== null && !isLatency(latencyMs)) return 'latency_ms: expected 0 to 86400000';
  if (job !== null && !isName(job, NAME_CHARACTERS_MAX)) return `job: ${NAME_WANTED}`;
  if (reporter !== null && !isName(reporter, NAME_CHARACTERS_MAX)) return `reporter: ${NAME_WANTED}`;
  const endedAt = at === null ? null : instantOf(at);
  if (endedAt === undefined) return `at: ${INSTANT_WANTED}`;
  const orderedAt = submittedAt === null ? null : instantOf(submittedAt);
  if (orderedAt === undefined) return `submitted_at: ${INSTANT_WANTED}`;
  return {
    target,
    outcome: outcome as UserOutcome,
    cause: cause as Cause | null,
    latencyMs,
    submittedAt: orderedAt,
    at: endedAt,
    job,
    reporter,
  };
}

const NAME_WANTED = `expected 1 to ${NAME_CHARACTERS_MAX} characters`;
const INSTANT_WANTED = 'expected an RFC 3339 instant with its zone, or ms since 1970';

/** Characters are counted as JSON Schema counts them: in code points, which are one or two places long. */
function isName(value: unknown, charactersMax: number): value is string {
  if (typeof value !== 'string' || value.length === 0) return false;
  if (value.length <= charactersMax) return true;
  return value.length <= 2 * charactersMax && Array.from(value).length <= charactersMax;
}

function isLatency(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= LATENCY_MS_MAX;
}

function instantOf(value: unknown): Instant | undefined {
  if (typeof value === 'number')
    return Number.isInteger(value) && value >= 0 && value <= INSTANT_MAX ? value : undefined;
  if (typeof value !== 'string' || value.length > INSTANT_CHARACTERS_MAX || !INSTANT.test(value))
    return undefined;
  const at = Date.parse(value);
  return at >= 0 ? at : undefined;
}

/** What the daemon stands on of a plan in a row; plans of older releases are filled up. */

import { z } from 'zod';
import { AT_REST } from '../core/route.ts';

const at = z.number();

const member = z
  .looseObject({ target: z.string(), weight: z.number(), role: z.string() })
  .transform((row) => ({
    wanted: row.weight,
    ...AT_REST,
    ...row,
    factors: { ...AT_REST.factors, ...(row['factors'] as object | undefined) },
  }));

export const planShape = z.looseObject({
  route: z.string(),
  epoch: z.int(),
  generation: z.int(),
  previous: z.int(),
  issuedAt: at,
  members: z.array(member),
  fallback: z.array(z.string()),
  frozen: z.looseObject({ since: at, why: z.string(), by: z.string() }).nullable().default(null),
});

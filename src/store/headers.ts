/** Headers in which providers announce an end: each once, with when it was seen first and last. */

import { z } from 'zod';
import type { SeenHeader } from '../core/lifecycle-headers.ts';
import type { Db } from '../ports/store.ts';
import { readable } from './bad-rows.ts';
import { reader } from './rows.ts';

/** Of one provider; those that were not seen for longest go first. */
const HEADERS_PER_PROVIDER_MAX = 50;
const HEADERS_MAX = 1_000;

const headerRow = reader(
  z
    .object({
      provider: z.string(),
      name: z.enum(['deprecation', 'sunset', 'link']),
      value: z.string(),
      place: z.string(),
      first_seen_at: z.number(),
      last_seen_at: z.number(),
    })
    .transform(({ first_seen_at, last_seen_at, ...row }): SeenHeader => ({
      ...row,
      firstSeenAt: first_seen_at,
      lastSeenAt: last_seen_at,
    })),
);

/** @returns whether it is new */
export function noteHeader(db: Db, seen: SeenHeader): Promise<boolean> {
  const { provider, name, value, place, firstSeenAt, lastSeenAt } = seen;
  return db.transaction(async (tx) => {
    const key = [provider, name, value, place];
    const which = 'provider = $1 and name = $2 and value = $3 and place = $4';
    const known = await tx.query(`select 1 as n from lifecycle_headers where ${which}`, key);
    if (known.length > 0) {
      await tx.query(`update lifecycle_headers set last_seen_at = $5 where ${which} and last_seen_at < $5`, [
        ...key,
        lastSeenAt,
      ]);
      return false;
    }
    await tx.query(
      `insert into lifecycle_headers (provider, name, value, place, first_seen_at, last_seen_at)
       values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
      [...key, firstSeenAt, lastSeenAt],
    );
    await tx.query(
      `delete from lifecycle_headers where provider = $1 and last_seen_at < (
         select min(kept.last_seen_at) from (
           select last_seen_at from lifecycle_headers where provider = $1
           order by last_seen_at desc limit ${HEADERS_PER_PROVIDER_MAX}) kept)`,
      [provider],
    );
    return true;
  });
}

/** Those seen last come first. */
export async function seenHeaders(db: Db): Promise<SeenHeader[]> {
  const rows = await db.query(
    `select provider, name, value, place, first_seen_at, last_seen_at from lifecycle_headers
     order by last_seen_at desc, provider, place, name, value limit ${HEADERS_MAX}`,
  );
  return readable(rows, headerRow);
}

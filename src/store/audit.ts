/** The audit: rows that are added, read and in time forgotten, and never changed. */

import { z } from 'zod';
import { AUDIT_TYPES } from '../core/audit.ts';
import type { AuditEntry, AuditFact } from '../core/audit.ts';
import { invariant } from '../core/base.ts';
import type { Db, Param } from '../ports/store.ts';
import { clampLimit } from './limits.ts';
import { readable } from './bad-rows.ts';
import { json, numberOf, reader } from './rows.ts';
import { jsonText } from './text.ts';

const fact = json<AuditFact>(z.looseObject({ type: z.enum(AUDIT_TYPES), at: z.number() }));
const auditRow = reader(
  z.object({ n: z.int(), entry: fact }).transform(({ n, entry }): AuditEntry => ({ n, ...entry })),
);

/** Within the transaction that does what it tells of. */
export async function append(tx: Db, entry: AuditFact): Promise<void> {
  const n = numberOf(
    await tx.query("update meta set value = value + 1 where key = 'audit' returning value as n"),
  );
  invariant(n !== null, 'the audit has its counter');
  await tx.query('insert into audit (n, at, type, route, entry) values ($1, $2, $3, $4, $5)', [
    n,
    entry.at,
    entry.type,
    entry.route,
    jsonText(entry),
  ]);
}

/** The newest first. What concerns all routes concerns each. */
export async function audit(
  db: Db,
  query: { limit: number; before?: number; route?: string },
): Promise<AuditEntry[]> {
  const params: Param[] = [clampLimit(query.limit)];
  const conditions: string[] = [];
  if (query.before !== undefined) conditions.push(`n < $${params.push(query.before)}`);
  if (query.route !== undefined) conditions.push(`(route = $${params.push(query.route)} or route is null)`);
  const where = conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`;
  const rows = await db.query(`select n, entry from audit ${where} order by n desc limit $1`, params);
  return readable(rows, auditRow);
}

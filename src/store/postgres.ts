/** The door to PostgreSQL: for several daemons that share what they know. */

import { Client, DatabaseError, Pool, TypeOverrides, types, type PoolClient } from 'pg';
import { invariant } from '../core/base.ts';
import type { Clock } from '../ports/clock.ts';
import { StoreError, type Db, type Param, type Row, type StoreErrorCode } from '../ports/store.ts';
import { takeTurns } from './turns.ts';

const CONNECTIONS_MAX = 5;
const CONNECT_MS_MAX = 10_000;
const STATEMENT_MS_MAX = 30_000;
const LOCK_MS_MAX = 10_000;
const IDLE_IN_TRANSACTION_MS_MAX = 60_000;

/** A daemon that has just ended may hold its lock for a moment. */
const LOCK_TRIES_MAX = 5;
const LOCK_TRY_MS = 1_000;
const LOCK_LOOK_MS = 5_000;
/** A server that has lost the other end of a lock's connection lets go after half a minute instead of two hours. */
const KEEPALIVES =
  'set tcp_keepalives_idle = 15; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3';
/** Advisory locks are local to a database (https://www.postgresql.org/docs/18/explicit-locking.html, read 2026-12-01). */
const LOCK_CLASS = 0x7265656c;
const LOCK_SCHEMA = 'select oid::int4 from pg_namespace where nspname = current_schema()';
const TAKE = `select pg_try_advisory_lock(${LOCK_CLASS}, (${LOCK_SCHEMA})) as held`;
const HELD = `select count(*) = 1 as held from pg_locks where locktype = 'advisory' and granted
  and pid = pg_backend_pid() and classid = ${LOCK_CLASS} and objid = (${LOCK_SCHEMA})::oid`;

/** SQLSTATE codes, https://www.postgresql.org/docs/18/errcodes-appendix.html (read 2026-11-21); longest match wins. */
const CODES: Record<string, [StoreErrorCode, string]> = {
  '08': ['unavailable', 'the connection broke'],
  '22': ['refused', 'it refuses a value'],
  '23': ['refused', 'it refuses a row'],
  '23505': ['busy', 'another process wrote the same thing at the same moment'],
  '25006': ['read_only', 'it may only be read'],
  '28': ['unavailable', 'it refused the user or the password'],
  '3D000': ['unavailable', 'there is no database of that name'],
  '40': ['busy', 'another process was in the way'],
  '42501': ['unavailable', 'the user may not do that'],
  '42710': ['busy', 'another process made the same table at the same moment'],
  '42P07': ['busy', 'another process made the same table at the same moment'],
  '53': ['unavailable', 'it has no room for another connection or no memory left'],
  '53100': ['full', 'its disk is full'],
  '54': ['refused', 'a value is too large for it'],
  '55P03': ['busy', 'another process holds a lock and did not finish in time'],
  '57': ['unavailable', 'it is starting up or shutting down'],
  '57014': ['busy', 'a statement took too long'],
  XX001: ['corrupt', 'its data is damaged'],
  XX002: ['corrupt', 'its data is damaged'],
};

/**
 * Opens a pool of connections; nothing is sent before the first query. Transactions of one Db take turns, single
 * queries do not wait.
 * @param url `postgres://user:password@host:port/database`; the password never appears in messages
 */
export function openPostgres(url: string): Db {
  // Both arrive as text by default, though all of ours fit a number.
  const numbers = new TypeOverrides();
  numbers.setTypeParser(types.builtins.INT8, Number);
  numbers.setTypeParser(types.builtins.NUMERIC, Number);
  const pool = new Pool({
    connectionString: url,
    max: CONNECTIONS_MAX,
    connectionTimeoutMillis: CONNECT_MS_MAX,
    statement_timeout: STATEMENT_MS_MAX,
    query_timeout: STATEMENT_MS_MAX + LOCK_MS_MAX,
    lock_timeout: LOCK_MS_MAX,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS_MAX,
    application_name: 'reelwatch',
    types: numbers,
  });
  // A connection that breaks while idle is replaced at the next query; unheard, the event would end the process.
  pool.on('error', () => undefined);
  const inTurn = takeTurns();
  const where = nameOf(url);

  return {
    query: async (text, params) => ask(where, pool, text, params),
    transaction: (work) => inTurn(() => transact(where, pool, work)),
    close: () => inTurn(async () => (pool.ended ? undefined : pool.end())),
  };
}

/**
 * The same for a daemon, of which a database takes one at a time: it holds an advisory lock on a connection of its own,
 * and takes it again when that connection is lost. A proxy that gives each transaction another connection
 * (PgBouncer in transaction mode) loses the lock at once, and `trouble` says so.
 * @throws StoreError `busy` where another daemon holds it
 */
export async function openPostgresAlone(url: string, clock: Clock): Promise<Db> {
  const where = nameOf(url);
  let client = await guarded(where, () => lockAtStart(url, clock));
  if (client === null)
    throw new StoreError(
      'busy',
      `Another reelwatch runs on the PostgreSQL store ${where}; only one may pay for its canaries. Stop it, or give this one a database of its own.`,
    );
  const over = new AbortController();
  let isHeld = true;
  const keep = async () => {
    while (!over.signal.aborted) {
      await clock.sleep(LOCK_LOOK_MS, over.signal);
      if (over.signal.aborted) return;
      isHeld = client !== null && (await isTrue(client, HELD).catch(() => false));
      if (isHeld) continue;
      await client?.end().catch(() => undefined);
      client = await connectLocked(url).catch(() => null);
      isHeld = client !== null;
    }
  };
  const keeping = keep();
  const db = openPostgres(url);
  return {
    ...db,
    trouble: () => (isHeld ? null : 'not_alone'),
    close: async () => {
      over.abort();
      await keeping;
      await client?.end().catch(() => undefined);
      await db.close();
    },
  };
}

async function lockAtStart(url: string, clock: Clock): Promise<Client | null> {
  const never = new AbortController().signal;
  for (let tries = 1; ; tries++) {
    const client = await connectLocked(url);
    if (client !== null || tries === LOCK_TRIES_MAX) return client;
    await clock.sleep(LOCK_TRY_MS, never);
  }
}

/** A connection that holds the lock; null where another one does. */
async function connectLocked(url: string): Promise<Client | null> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_MS_MAX,
    query_timeout: LOCK_MS_MAX,
    keepAlive: true,
    application_name: 'reelwatch lock',
  });
  // A broken connection is found by the next look; unheard, the event would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(KEEPALIVES);
    if (await isTrue(client, TAKE)) return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
  await client.end();
  return null;
}

async function isTrue(client: Client, text: string): Promise<boolean> {
  const { rows } = await client.query<{ held: boolean }>(text);
  return rows[0]?.held === true;
}

async function transact<T>(where: string, pool: Pool, work: (tx: Db) => Promise<T>): Promise<T> {
  const client = await guarded(where, () => pool.connect());
  let isOver = false;
  let broken: Error | null = null;
  const hear = (error: Error) => {
    broken = error;
  };
  client.on('error', hear);
  const tx: Db = {
    query: async (text, params) => {
      invariant(!isOver, 'a query came after its transaction had ended');
      return ask(where, client, text, params);
    },
    transaction: (inner) => inner(tx),
    close: () => Promise.resolve(),
  };
  try {
    await ask(where, client, 'begin');
    const result = await work(tx);
    isOver = true;
    await ask(where, client, 'commit');
    return result;
  } catch (error) {
    isOver = true;
    // Where even the rollback fails the connection is thrown away, and the server rolls back by itself.
    await client.query('rollback').catch((failed: unknown) => {
      broken = failed instanceof Error ? failed : new Error('rollback failed');
    });
    throw error;
  } finally {
    client.off('error', hear);
    client.release(broken ?? false);
  }
}

async function ask(
  where: string,
  connection: Pool | PoolClient,
  text: string,
  params: readonly Param[] = [],
): Promise<Row[]> {
  const result = await guarded(where, () => connection.query<Row>(text, [...params]));
  return result.rows;
}

async function guarded<T>(where: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StoreError || !(error instanceof Error)) throw error;
    throw explain(where, error);
  }
}

function explain(where: string, error: Error & { code?: string }): StoreError {
  const state = error.code ?? '';
  const known = CODES[state] ?? (/^[0-9A-Z]{5}$/.test(state) ? CODES[state.slice(0, 2)] : undefined);
  // Whatever comes without an SQLSTATE is the network or the pool: refused, unknown host, timed out, ended.
  const isSql = error instanceof DatabaseError;
  const [code, words] = known ?? [isSql ? 'failed' : 'unavailable', error.message || state];
  return new StoreError(code, `The PostgreSQL store ${where} cannot be used: ${words}.`, error);
}

function nameOf(url: string): string {
  const parsed = URL.parse(url);
  return parsed ? `${parsed.host}${parsed.pathname}` : '(unreadable address)';
}

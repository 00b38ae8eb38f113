/** The tables, as numbered steps that each database takes once. The SQL is what both drivers understand. */

import { StoreError, type Db } from '../ports/store.ts';
import { numberOf } from './rows.ts';

interface Migration {
  version: number;
  name: string;
  statements: string[];
}

/** Never edited once released: a change is a new step at the end. */
export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    name: 'first tables',
    statements: [
      'create table meta (key text primary key, value bigint not null)',
      "insert into meta (key, value) values ('epoch', 0), ('generation', 0), ('budget', 0)",
      'create table states (target text primary key, version bigint not null, state text not null)',
      `create table events (
        target text not null, version bigint not null, at bigint not null, event text not null,
        primary key (target, version))`,
      'create index events_by_age on events (at)',
      `create table runs (
        id text primary key, target text not null, provider text not null, why text not null,
        started_at bigint not null, ended_at bigint, reserved_usd double precision not null,
        cost_usd double precision, job text, job_id text, accepted_at bigint, verdict text, trace text)`,
      'create index runs_by_target on runs (target, started_at)',
      // The last day's money is summed before each order: from the index alone, because the rows carry traces.
      'create index runs_by_age on runs (started_at, provider, ended_at, reserved_usd, cost_usd)',
      'create index runs_open on runs (started_at) where ended_at is null',
      `create table frames (
        run_id text primary key, target text not null, started_at bigint not null, jpeg text not null)`,
      'create index frames_by_target on frames (target, started_at, run_id)',
      `create table outbox (
        key text primary key, target text not null, channel text not null, version bigint not null,
        position bigint not null, story text not null, created_at bigint not null, attempts bigint not null,
        due_at bigint not null, state text not null, ended_at bigint, error text)`,
      "create index outbox_waiting on outbox (channel, target, version, position) where state = 'due'",
      "create index outbox_told on outbox (ended_at) where state <> 'due'",
      'create table plans (route text primary key, generation bigint not null, plan text not null)',
      `create table pushes (
        sink text not null, route text not null, generation bigint not null, attempts bigint not null,
        due_at bigint not null, state text not null, applied bigint, error text, primary key (sink, route))`,
    ],
  },
  {
    version: 2,
    name: 'what people say, and the audit',
    statements: [
      `create table pins (
        route text not null, target text not null, until bigint not null, pin text not null,
        primary key (route, target))`,
      // The freeze of all routes stands under '*', which is no name that a route can have; a file's under 'file'.
      `create table freezes (
        scope text not null, source text not null, until bigint, said text not null, primary key (scope, source))`,
      'create table thaws (route text primary key, at bigint not null)',
      "insert into meta (key, value) values ('audit', 0)",
      `create table audit (
        n bigint primary key, at bigint not null, type text not null, route text, entry text not null)`,
      'create index audit_by_age on audit (at)',
      'create index audit_by_route on audit (route, n)',
      // What the audit last said of this sink and route.
      'alter table pushes add column noted text',
    ],
  },
  {
    version: 3,
    name: 'routers that drift',
    statements: ['alter table pushes add column drift text'],
  },
  {
    version: 4,
    name: 'how often a job was taken up',
    statements: ['alter table runs add column resumes bigint not null default 0'],
  },
  {
    version: 5,
    name: 'runs are listed without their traces',
    statements: [
      'alter table runs add column ready_ms bigint',
      'alter table runs add column video_ms bigint',
      // What waits and what was given up are counted at every scrape; what was told is most of the table.
      "create index outbox_counted on outbox (channel, state) where state <> 'done'",
    ],
  },
  {
    version: 6,
    name: 'headers that announce an end',
    statements: [
      `create table lifecycle_headers (
        provider text not null, name text not null, value text not null, place text not null,
        first_seen_at bigint not null, last_seen_at bigint not null, primary key (provider, name, value, place))`,
    ],
  },
];

/** Two daemons that start together on one database get in each other's way a few times at most. */
const TRIES_MAX = 5;

/**
 * Takes the steps that the database has not taken yet, in one transaction.
 * @throws StoreError `newer` where the database knows steps that we do not
 */
export async function migrate(db: Db, migrations: readonly Migration[] = MIGRATIONS): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await db.transaction((tx) => takeSteps(tx, migrations));
      return;
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'busy' || tries >= TRIES_MAX) throw error;
    }
  }
}

/** For a database that we may only read. @throws StoreError `newer`, `older` */
export async function expectCurrent(db: Db, migrations: readonly Migration[] = MIGRATIONS): Promise<void> {
  const latest = migrations.at(-1)?.version ?? 0;
  const version = await versionOf(db).catch((error: unknown) => {
    // Without the table of steps, none was taken.
    if (error instanceof StoreError && error.code === 'failed') return 0;
    throw error;
  });
  refuseNewer(version, latest);
  if (version < latest)
    throw new StoreError(
      'older',
      `The store has version ${version} and this program expects ${latest}. Start the daemon once: it brings the store up to date.`,
    );
}

async function takeSteps(tx: Db, migrations: readonly Migration[]): Promise<void> {
  await tx.query('create table if not exists migrations (version bigint primary key, name text not null)');
  // A row lock that another process waits for, so that it then finds these steps taken.
  await tx.query("insert into migrations (version, name) values (0, 'empty') on conflict do nothing");
  await tx.query('update migrations set name = name where version = 0');
  const version = await versionOf(tx);
  refuseNewer(version, migrations.at(-1)?.version ?? 0);
  for (const step of migrations.filter((step) => step.version > version)) {
    for (const statement of step.statements) await tx.query(statement);
    await tx.query('insert into migrations (version, name) values ($1, $2)', [step.version, step.name]);
  }
}

async function versionOf(db: Db): Promise<number> {
  return numberOf(await db.query('select max(version) as n from migrations')) ?? 0;
}

function refuseNewer(version: number, latest: number): void {
  if (version > latest)
    throw new StoreError(
      'newer',
      `The store was written by a newer reelwatch (version ${version}, this program knows ${latest}). Run that newer program, or configure another store.`,
    );
}

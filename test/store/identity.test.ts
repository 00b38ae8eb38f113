import { describe, expect, it, onTestFinished } from 'vitest';
import type { Db } from '../../src/ports/store.ts';
import { openOwnStore } from '../../src/store/identity.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { openStore } from '../../src/store/store.ts';

const given = (more: Partial<Parameters<typeof openOwnStore>[1]> = {}) => ({
  isDemo: false,
  seenId: null,
  freshId: 7,
  ...more,
});

function database(): Db {
  const db = openSqlite(':memory:');
  onTestFinished(() => db.close());
  return db;
}

describe('a store of one’s own', () => {
  it('keeps the id that it was first opened with', async () => {
    const db = database();

    expect(await openOwnStore(db, given())).toMatchObject({ id: 7 });
    expect(await openOwnStore(db, given({ freshId: 8, seenId: 7 }))).toMatchObject({ id: 7 });
  });

  it('takes in one that was written before stores had an id', async () => {
    const db = database();
    await openStore(db);

    expect(await openOwnStore(db, given())).toMatchObject({ id: 7 });
  });

  it.each([
    [true, 'belongs to a demo'],
    [false, 'is not a demo’s'],
  ])('refuses one whose being a demo is %s as the other, and leaves it alone', async (isDemo, words) => {
    const db = database();
    await openOwnStore(db, given({ isDemo }));

    await expect(openOwnStore(db, given({ isDemo: !isDemo }))).rejects.toMatchObject({
      code: 'foreign',
      message: expect.stringContaining(words),
    });
    expect(await openOwnStore(db, given({ isDemo }))).toMatchObject({ id: 7 });
  });

  it('refuses an empty database where there was another one, and writes nothing into it', async () => {
    const db = database();

    await expect(openOwnStore(db, given({ seenId: 5 }))).rejects.toMatchObject({
      code: 'foreign',
      message: expect.stringContaining('--new-store'),
    });
    expect(await db.query('select name from sqlite_master')).toEqual([]);
  });

  it('refuses another one than before, and takes both where that is confirmed', async () => {
    const db = database();
    await openOwnStore(db, given());

    await expect(openOwnStore(db, given({ seenId: 5 }))).rejects.toMatchObject({ code: 'foreign' });
    expect(await openOwnStore(db, given({ seenId: null }))).toMatchObject({ id: 7 });
  });
});

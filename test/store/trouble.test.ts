import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openSqlite } from '../../src/store/sqlite.ts';
import { openStore } from '../../src/store/store.ts';
import { aClaim, aCommit, aState } from './samples.ts';

async function opened() {
  const folder = mkdtempSync(join(tmpdir(), 'reelwatch-trouble-'));
  const file = join(folder, 'store.db');
  const db = openSqlite(file);
  const store = await openStore(db);
  onTestFinished(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { db, store, file, folder };
}

it('has no trouble while its file is there and takes writes', async () => {
  const { store } = await opened();
  await store.commit(aCommit('a/m', 1));

  expect(await store.trouble()).toBeNull();
});

it('notices that its file was deleted, and orders nothing that nobody would remember', async () => {
  const { store, file } = await opened();
  rmSync(file);

  expect(await store.trouble()).toBe('replaced');
  await expect(store.claimRun(aClaim('a/m@1'))).rejects.toMatchObject({ code: 'unavailable' });
});

it('notices that its file was replaced by another one', async () => {
  const { store, file, folder } = await opened();
  const other = openSqlite(join(folder, 'other.db'));
  await other.close();
  renameSync(join(folder, 'other.db'), file);

  expect(await store.trouble()).toBe('replaced');
});

it('notices a full disk at the first write, and that there is room again without being written to', async () => {
  const { db, store } = await opened();
  const [row] = await db.query('pragma page_count');
  await db.query(`pragma max_page_count = ${Number(row?.['page_count'])}`);
  expect(await store.trouble()).toBeNull();
  const many = Array.from({ length: 200 }, () => 'slack');
  await expect(store.commit(aCommit('a/m', 1, many))).rejects.toMatchObject({ code: 'full' });

  expect(await store.trouble()).toBe('full');
  await store.peek();
  expect(await store.trouble()).toBe('full');

  await db.query('pragma max_page_count = 100000');
  expect(await store.trouble()).toBeNull();
  expect(await db.query('select count(*) as n from frames')).toMatchObject([{ n: 0 }]);
  await store.commit(aCommit('a/m', 1, many));
  expect((await store.peek()).states).toEqual([aState('a/m', 1)]);
});

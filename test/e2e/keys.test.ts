import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isSignedBy, type Signed } from '../routers/signed.ts';
import { freePorts, getJson, killAll, run, start, until, type Running } from './process.ts';

let directory: string;
let env: Record<string, string>;
let url: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'reelwatch-keys-'));
  const port = await freePorts();
  url = `http://127.0.0.1:${port}`;
  env = { REELWATCH_PORT: String(port), REELWATCH_DATA_DIR: directory };
});
afterAll(() => {
  killAll();
  rmSync(directory, { recursive: true, force: true });
});

/** The public keys of a running daemon, and the newest push to the simulated router beside it. */
async function said(): Promise<{ keys: string[]; push: Signed }> {
  const push = await until(async () => {
    const { pushes } = await getJson<{ pushes: (Signed & { status: number })[] }>(`${url}/router.json`);
    return pushes.findLast(({ status }) => status === 200) ?? null;
  });
  const { keys } = await getJson<{ keys: { webhook: string }[] }>(`${url}/.well-known/reelwatch.json`);
  return { keys: keys.map(({ webhook }) => webhook), push };
}

async function stop(daemon: Running): Promise<void> {
  daemon.kill('SIGINT');
  await daemon.end();
}

it('signs pushes with the key that it publishes, and exchanges it without refusing anybody', async () => {
  const first = start(['demo', '--no-incident'], env);
  const before = await said();
  expect(before.keys).toHaveLength(1);
  expect(isSignedBy(before.keys, before.push)).toBe(true);
  await stop(first);

  renameSync(join(directory, 'signing.key'), join(directory, 'signing.previous.key'));
  const second = start(['demo', '--no-incident'], env);
  const during = await said();
  const [fresh = '', old = ''] = during.keys;
  expect(during.keys).toEqual([fresh, before.keys[0]]);
  expect([isSignedBy([fresh], during.push), isSignedBy([old], during.push)]).toEqual([true, true]);
  await stop(second);

  rmSync(join(directory, 'signing.previous.key'));
  const third = start(['demo', '--no-incident'], env);
  const after = await said();
  expect(after.keys).toEqual([fresh]);
  expect([isSignedBy([fresh], after.push), isSignedBy([old], after.push)]).toEqual([true, false]);
  await stop(third);
});

it('says in a sentence what is wrong with a key, and does not start', async () => {
  writeFileSync(join(directory, 'signing.key'), 'nothing\n');

  const ended = await run(['demo'], env);

  expect(ended.code).toBe(4);
  expect(ended.err).toBe(
    `Answers and pushes cannot be signed: ${join(directory, 'signing.key')} holds no signing key ` +
      '(Expected whsk_ and the base64 of 32 or 64 bytes).\n',
  );
});

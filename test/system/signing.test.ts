import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSigner, PREVIOUS_FILE, SIGNING_FILE, signerOf } from '../../src/system/signing.ts';

/** Nothing configured: the keys of the data directory. */
const OWN = { current: undefined, previous: undefined };
const TEXT = Buffer.from('weights');
const key = (fill: number): string => `whsk_${Buffer.alloc(32, fill).toString('base64')}`;
let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'reelwatch-signing-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

it('makes a key once that only its owner may read, and signs with it ever after', () => {
  const first = openSigner(join(directory, 'data'), OWN);
  const again = openSigner(join(directory, 'data'), OWN);

  const file = join(directory, 'data', SIGNING_FILE);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, 'utf8')).toMatch(/^whsk_[A-Za-z0-9+/]{43}=\n$/);
  expect(again.publicKeys).toEqual(first.publicKeys);
  expect(again.publicKeys).toHaveLength(1);
});

it('signs so that the published key verifies it, and no other text', () => {
  const signer = openSigner(directory, OWN);
  const key = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: signer.publicKeys[0]?.x ?? '' },
    format: 'jwk',
  });
  const [version, base64 = ''] = signer.sign(Buffer.from('weights')).split(',');

  expect(version).toBe('v1a');
  expect(verify(null, Buffer.from('weights'), key, Buffer.from(base64, 'base64'))).toBe(true);
  expect(verify(null, Buffer.from('weight'), key, Buffer.from(base64, 'base64'))).toBe(false);
});

it('takes the key of the configuration before its own, with or without the public half', () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const { d = '', x = '' } = privateKey.export({ format: 'jwk' });
  const seed = Buffer.from(d, 'base64url');
  const whole = Buffer.concat([seed, Buffer.from(x, 'base64url')]);
  const short = openSigner(directory, { ...OWN, current: `whsk_${seed.toString('base64')}` });
  const long = openSigner(directory, { ...OWN, current: `whsk_${whole.toString('base64')}` });

  expect([...short.publicKeys, ...long.publicKeys].map((key) => key.x)).toEqual([x, x]);
});

it.each(['', 'whsk_', 'whsk_c2hvcnQ=', `whsec_${Buffer.alloc(32).toString('base64')}`])(
  'refuses the key %j without repeating it',
  (text) => {
    expect(() => signerOf(text)).toThrow(/^Expected whsk_ and the base64 of 32 or 64 bytes$/);
  },
);

it('refuses halves of two keys, and a file that holds none', () => {
  expect(() => signerOf(`whsk_${Buffer.alloc(64, 1).toString('base64')}`)).toThrow('second half');
  writeFileSync(join(directory, SIGNING_FILE), 'nothing');
  expect(() => openSigner(directory, OWN)).toThrow('signing.key holds no signing key');
});

describe('while keys are exchanged', () => {
  it('is done by moving the file: the new key comes first, and the old one goes on until its file is gone', () => {
    const [old] = openSigner(directory, OWN).publicKeys;
    renameSync(join(directory, SIGNING_FILE), join(directory, PREVIOUS_FILE));

    const during = openSigner(directory, OWN);
    rmSync(join(directory, PREVIOUS_FILE));
    const after = openSigner(directory, OWN);

    expect(during.publicKeys).toEqual([after.publicKeys[0], old]);
    expect(after.publicKeys[0]?.kid).not.toBe(old?.kid);
    expect(after.publicKeys).toHaveLength(1);
  });

  it('is done in the configuration by naming both keys, whatever lies in the data directory', () => {
    writeFileSync(join(directory, PREVIOUS_FILE), 'nothing');

    const { publicKeys } = openSigner(directory, { current: key(1), previous: key(2) });

    expect(publicKeys).toEqual([...signerOf(key(1)).publicKeys, ...signerOf(key(2)).publicKeys]);
  });

  it('carries a signature of each key, in the order in which they are published', () => {
    const [first, second] = [signerOf(key(1)), signerOf(key(2))].map((signer) => signer.sign(TEXT));

    expect(signerOf(key(1), key(2)).sign(TEXT)).toBe(`${first} ${second}`);
  });

  it('refuses a copy in the place of an old key, and an old file that holds none', () => {
    openSigner(directory, OWN);
    copyFileSync(join(directory, SIGNING_FILE), join(directory, PREVIOUS_FILE));
    expect(() => openSigner(directory, OWN)).toThrow('The previous signing key is the current one');

    writeFileSync(join(directory, PREVIOUS_FILE), 'nothing');
    expect(() => openSigner(directory, OWN)).toThrow('signing.previous.key holds no signing key');
  });
});

it('signs as the reference implementation does, by its own test vector', () => {
  // standard-webhooks/standard-webhooks, libraries/go/webhook_asymmetric_test.go, TestAsymmetricWebhookSign, read 2026-11-22.
  const signer = signerOf('whsk_VEVTVFNJR05JTkdLRVlET05PVFVTRVRISVNGT1JBTlk=');

  const signature = signer.sign(Buffer.from('msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}'));

  expect(signature).toBe(
    'v1a,tQ9V2XOqn7jL/DQenEFpqIugdBVtiMmER5mhSkXBNwM0mkATuDe6KYYUuxqtaiHeYGb7KaaBRdM5WqyeFiL8Ag==',
  );
});

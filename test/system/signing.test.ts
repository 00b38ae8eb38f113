import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openSigner, SIGNING_FILE, signerOf } from '../../src/system/signing.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'reelwatch-signing-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

it('makes a key once that only its owner may read, and signs with it ever after', () => {
  const first = openSigner(join(directory, 'data'), undefined);
  const again = openSigner(join(directory, 'data'), undefined);

  const file = join(directory, 'data', SIGNING_FILE);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, 'utf8')).toMatch(/^whsk_[A-Za-z0-9+/]{43}=\n$/);
  expect(again.publicKey).toEqual(first.publicKey);
});

it('signs so that the published key verifies it, and no other text', () => {
  const signer = openSigner(directory, undefined);
  const key = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: signer.publicKey.x },
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
  const short = openSigner(directory, `whsk_${seed.toString('base64')}`);
  const long = openSigner(
    directory,
    `whsk_${Buffer.concat([seed, Buffer.from(x, 'base64url')]).toString('base64')}`,
  );

  expect([short.publicKey.x, long.publicKey.x]).toEqual([x, x]);
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
  expect(() => openSigner(directory, undefined)).toThrow('holds no signing key');
});

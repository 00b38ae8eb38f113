/** The keys that answers and pushes are signed with: given, or made once and kept beside the data. */

import { createHash, createPrivateKey, createPublicKey, randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Signer } from '../ports/signer.ts';

export const SIGNING_FILE = 'signing.key';
/** Where an operator moves the key that is to be replaced. */
export const PREVIOUS_FILE = 'signing.previous.key';
const PREFIX = 'whsk_';
const SEED_BYTES = 32;
/** What stands before the seed in PKCS #8 (RFC 8410, 7). */
const PKCS8_HEX = '302e020100300506032b657004220420';

interface Key {
  secret: KeyObject;
  published: Signer['publicKeys'][number];
}

/**
 * The signer of keys as Standard Webhooks writes them: `whsk_` and the base64 of the seed, with or without the public key.
 * @throws where a text is no such key; the text is not in the message
 */
export function signerOf(current: string, previous?: string): Signer {
  return signerWith([current, ...(previous === undefined ? [] : [previous])].map(keyOf));
}

/**
 * The signer of this daemon: of the configured keys, else of those in the data directory. The current one is made if it
 * is not there; a previous one is there only where an operator put it.
 * @throws where the directory or a key cannot be used
 */
export function openSigner(
  directory: string,
  configured: { current: string | undefined; previous: string | undefined },
): Signer {
  if (configured.current !== undefined) return signerOf(configured.current, configured.previous);
  mkdirSync(directory, { recursive: true });
  const file = join(directory, SIGNING_FILE);
  try {
    const made = `${PREFIX}${randomBytes(SEED_BYTES).toString('base64')}`;
    writeFileSync(file, `${made}\n`, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  const previous = join(directory, PREVIOUS_FILE);
  return signerWith([keyIn(file), ...(existsSync(previous) ? [keyIn(previous)] : [])]);
}

function signerWith(keys: readonly Key[]): Signer {
  const publicKeys = keys.map(({ published }) => published);
  if (new Set(publicKeys.map(({ kid }) => kid)).size < keys.length)
    throw new Error('The previous signing key is the current one: a copy exchanges nothing');
  return {
    sign: (message) =>
      keys.map(({ secret }) => `v1a,${sign(null, message, secret).toString('base64')}`).join(' '),
    publicKeys,
  };
}

function keyOf(text: string): Key {
  const bytes = Buffer.from(text.trim().slice(PREFIX.length), 'base64');
  if (!text.startsWith(PREFIX) || ![SEED_BYTES, 2 * SEED_BYTES].includes(bytes.length))
    throw new Error(`Expected ${PREFIX} and the base64 of 32 or 64 bytes`);
  const der = Buffer.concat([Buffer.from(PKCS8_HEX, 'hex'), bytes.subarray(0, SEED_BYTES)]);
  const secret = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const { x = '' } = createPublicKey(secret).export({ format: 'jwk' });
  const raw = Buffer.from(x, 'base64url');
  if (bytes.length > SEED_BYTES && !bytes.subarray(SEED_BYTES).equals(raw))
    throw new Error('The second half of the key is not the public key of the first');
  return { secret, published: { kid: thumbprint(x), x, webhook: `whpk_${raw.toString('base64')}` } };
}

function keyIn(file: string): Key {
  try {
    return keyOf(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file} holds no signing key`, { cause: error });
  }
}

function thumbprint(x: string): string {
  const members = JSON.stringify({ crv: 'Ed25519', kty: 'OKP', x });
  return createHash('sha256').update(members).digest('base64url');
}

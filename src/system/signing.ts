/** The key that answers are signed with: given, or made once and kept beside the data. */

import { createHash, createPrivateKey, createPublicKey, randomBytes, sign } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Signer } from '../ports/signer.ts';

export const SIGNING_FILE = 'signing.key';
const PREFIX = 'whsk_';
const SEED_BYTES = 32;
/** What stands before the seed in PKCS #8 (RFC 8410, 7). */
const PKCS8_HEX = '302e020100300506032b657004220420';

/**
 * The signer of a key as Standard Webhooks writes them: `whsk_` and the base64 of the seed, with or without the public key.
 * @throws where the text is no such key; the text is not in the message
 */
export function signerOf(text: string): Signer {
  const bytes = Buffer.from(text.trim().slice(PREFIX.length), 'base64');
  if (!text.startsWith(PREFIX) || ![SEED_BYTES, 2 * SEED_BYTES].includes(bytes.length))
    throw new Error(`Expected ${PREFIX} and the base64 of 32 or 64 bytes`);
  const der = Buffer.concat([Buffer.from(PKCS8_HEX, 'hex'), bytes.subarray(0, SEED_BYTES)]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' });
  const raw = Buffer.from(x, 'base64url');
  if (bytes.length > SEED_BYTES && !bytes.subarray(SEED_BYTES).equals(raw))
    throw new Error('The second half of the key is not the public key of the first');
  return {
    sign: (message) => `v1a,${sign(null, message, key).toString('base64')}`,
    publicKey: { kid: thumbprint(x), x, webhook: `whpk_${raw.toString('base64')}` },
  };
}

/**
 * The signer of this daemon: of the configured key, else of the one in the data directory, which is made if it is not there.
 * @throws where the directory or the key cannot be used
 */
export function openSigner(directory: string, configured: string | undefined): Signer {
  if (configured !== undefined) return signerOf(configured);
  mkdirSync(directory, { recursive: true });
  const file = join(directory, SIGNING_FILE);
  try {
    const made = `${PREFIX}${randomBytes(SEED_BYTES).toString('base64')}`;
    writeFileSync(file, `${made}\n`, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  try {
    return signerOf(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file} holds no signing key`, { cause: error });
  }
}

function thumbprint(x: string): string {
  const members = JSON.stringify({ crv: 'Ed25519', kty: 'OKP', x });
  return createHash('sha256').update(members).digest('base64url');
}

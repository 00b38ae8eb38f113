/** Verifies `v1a` by the text of Standard Webhooks 1.0.0 ("Signature scheme", read 2026-11-22), apart from our own code. */

import { createPublicKey, verify } from 'node:crypto';

/** What stands before the 32 bytes of a public key in SPKI (RFC 8410, 4). */
const SPKI_HEX = '302a300506032b6570032100';

/** Whether one of these keys, as `whpk_…`, made one of the `v1a` signatures of a push. */
export function isSignedBy(publicKeys: readonly string[], { body, headers }: Signed): boolean {
  const signed = Buffer.from(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`);
  const signatures = (headers['webhook-signature'] ?? '').split(' ').filter((one) => one.startsWith('v1a,'));
  return publicKeys.some((text) => {
    const raw = Buffer.from(text.slice('whpk_'.length), 'base64');
    const der = Buffer.concat([Buffer.from(SPKI_HEX, 'hex'), raw]);
    const publicKey = createPublicKey({ key: der, format: 'der', type: 'spki' });
    return signatures.some((one) =>
      verify(null, signed, publicKey, Buffer.from(one.slice('v1a,'.length), 'base64')),
    );
  });
}

export interface Signed {
  body: string;
  headers: Record<string, string>;
}

/** Signs what leaves the daemon, so that a reader can tell who made it. Ed25519 (RFC 8032). */
export interface Signer {
  /**
   * A signature of the bytes by each key, separated by spaces, in the order of `publicKeys`: `v1a,` and base64, as
   * Standard Webhooks writes those that need no shared secret.
   */
  sign: (bytes: Uint8Array) => string;
  /** The newest first; a second one while keys are being exchanged. */
  publicKeys: readonly PublicKey[];
}

interface PublicKey {
  /** RFC 7638: the thumbprint of the key, the same for as long as the key is. */
  kid: string;
  /** The 32 bytes as a JSON Web Key writes them (RFC 8037): base64url. */
  x: string;
  /** As Standard Webhooks 1.0.0 writes it: `whpk_` and base64. */
  webhook: string;
}

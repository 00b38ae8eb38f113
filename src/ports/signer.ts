/** Signs what leaves the daemon, so that a reader can tell who made it. Ed25519 (RFC 8032). */
export interface Signer {
  /** The signature of the bytes as Standard Webhooks writes one that needs no shared secret: `v1a,` and base64. */
  sign: (bytes: Uint8Array) => string;
  publicKey: {
    /** RFC 7638: the thumbprint of the key, the same for as long as the key is. */
    kid: string;
    /** The 32 bytes as a JSON Web Key writes them (RFC 8037): base64url. */
    x: string;
    /** As Standard Webhooks 1.0.0 writes it: `whpk_` and base64. */
    webhook: string;
  };
}

/** The door to AWS's signer: Signature Version 4 for single requests. It is only loaded where something is signed. */

import type { Instant } from '../core/base.ts';

/** The credentials of an AWS user or role. */
export interface AwsKeys {
  accessKeyId: string;
  secretAccessKey: string;
  /** Of temporary credentials. */
  sessionToken?: string | undefined;
}

/** What is to be signed: the whole address, and the body exactly as it will be sent. */
interface Signable {
  method: 'GET' | 'POST';
  url: string;
  body?: string;
  contentType?: string;
  service: 'bedrock' | 's3';
  region: string;
  /** The date of the signature; AWS refuses one that is more than five minutes off. */
  at: Instant;
}

/** Signs one request. @returns the headers that have to be sent with it, names in lower case, `host` left to the door */
export async function sign(keys: AwsKeys, what: Signable): Promise<Record<string, string>> {
  const [{ SignatureV4 }, { Sha256 }] = await Promise.all([
    import('@smithy/signature-v4'),
    import('@aws-crypto/sha256-js'),
  ]);
  const { accessKeyId, secretAccessKey, sessionToken } = keys;
  const signer = new SignatureV4({
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
    region: what.region,
    service: what.service,
    sha256: Sha256,
    // S3 signs paths as they are, all other services encode them once more (docs.aws.amazon.com, 2026-11-21).
    uriEscapePath: what.service !== 's3',
  });
  const url = new URL(what.url);
  const { headers } = await signer.sign(
    {
      method: what.method,
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: {
        host: url.host,
        ...(what.contentType !== undefined && { 'content-type': what.contentType }),
      },
      ...(what.body !== undefined && { body: what.body }),
    },
    { signingDate: new Date(what.at) },
  );
  const { host: _host, ...rest } = headers;
  return rest;
}

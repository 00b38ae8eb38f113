/** Streams a body to a file: foreign URLs without credentials, own ones with them on their origin only. */

import { open, rm, type FileHandle } from 'node:fs/promises';
import type { Download, DownloadLimits } from '../ports/http.ts';
import { isRefusedLiteral } from './address.ts';
import { eachChunk, exchange, fault, redirectOf, requireOk, send, type Call, type Wire } from './exchange.ts';

/** Where a download begins. `own`: headers that go to this origin and nowhere else. */
export interface Source {
  url: URL;
  own: { origin: string; headers: Record<string, string> } | null;
}

/** Reads a URL that came from outside; throws 'address_refused' for anything but a plain http(s) URL. */
export function download(
  wire: Wire,
  source: Source | string,
  limits: DownloadLimits,
  signal: AbortSignal,
): Promise<Download> {
  const name = `GET ${shown(typeof source === 'string' ? source : source.url.href)}`;
  return exchange(wire, name, limits.timeMsMax, signal, async (call) => {
    const startedAt = wire.clock.now();
    const begin = typeof source === 'string' ? { url: foreign(call, source), own: null } : source;
    const answer = await follow(call, begin, limits);
    const bytes = await save(call, answer, limits);
    const finishedAt = wire.clock.now();
    return {
      file: limits.file,
      bytes,
      contentType: call.wire.masker.clean(answer.headers.get('content-type') ?? ''),
      tookMs: Math.max(0, finishedAt - startedAt),
      finishedAt,
    };
  });
}

/** Origin and path of a URL; the query often is a signature and stays out of messages. */
function shown(url: string): string {
  const parsed = URL.parse(url);
  return parsed ? `${parsed.protocol}//${parsed.host}${parsed.pathname}` : 'an unreadable URL';
}

function foreign(call: Call, text: string, base?: URL): URL {
  const url = URL.parse(text, base?.href);
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw fault(call, 'address_refused', 'is not an http or https URL');
  if (url.username !== '' || url.password !== '')
    throw fault(call, 'address_refused', 'carries a user name or password');
  return url;
}

async function follow(call: Call, source: Source, limits: DownloadLimits): Promise<Response> {
  let { url, own } = source;
  for (let hops = 0; ; hops++) {
    // Once off its origin, a chain of redirects never gets the credentials back.
    if (own && url.origin !== own.origin) own = null;
    const isPublicOnly = own === null && !limits.privateAddresses;
    if (isPublicOnly && isRefusedLiteral(url))
      throw fault(call, 'address_refused', `leads to ${url.hostname}, which is not public`);
    // Videos are compressed already; the size limits and content-length then speak of the same bytes.
    const headers = { 'user-agent': call.wire.userAgent, 'accept-encoding': 'identity', accept: '*/*' };
    const answer = await send(call, {
      method: 'GET',
      url,
      headers: { ...headers, ...own?.headers },
      body: null,
      isPublicOnly,
    });
    const location = redirectOf(answer);
    if (location === null) {
      await requireOk(call, answer);
      return answer;
    }
    void answer.body?.cancel().catch(() => {});
    if (hops >= limits.redirectsMax)
      throw fault(call, 'redirect', `redirects more than ${limits.redirectsMax} times`, { answer });
    url = foreign(call, location, url);
  }
}

async function save(call: Call, answer: Response, limits: DownloadLimits): Promise<number> {
  const isEncoded = answer.headers.has('content-encoding');
  const promised = Number(answer.headers.get('content-length') ?? Number.NaN);
  const tooLarge = () => {
    void answer.body?.cancel().catch(() => {});
    return fault(call, 'body_too_large', `sends more than ${limits.bytesMax} bytes`, { answer });
  };
  if (promised > limits.bytesMax) throw tooLarge();
  const file = await onDisk(call, () => open(limits.file, 'w', 0o600));
  let bytes = 0;
  try {
    await eachChunk(call, answer, async (chunk) => {
      bytes += chunk.length;
      if (bytes <= limits.bytesMax) await onDisk(call, () => writeAll(file, chunk));
      return bytes <= limits.bytesMax;
    });
    if (bytes > limits.bytesMax) throw tooLarge();
    if (!isEncoded && bytes < promised)
      throw fault(call, 'reset', `sent ${bytes} of ${promised} bytes`, { answer });
    return bytes;
  } catch (error) {
    await rm(limits.file, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  let written = 0;
  while (written < chunk.length) written += (await file.write(chunk, written)).bytesWritten;
}

/** A full or unwritable disk is ours, not the other side's: the call counts as stopped by ourselves. */
async function onDisk<T>(call: Call, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw fault(call, 'aborted', `could not be saved: ${text}`, { cause: error });
  }
}

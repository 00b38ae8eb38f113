/** Answers and bounded bodies, shared by all handlers of the simulator. */

/** No order, push or message that is meant for us is larger. */
export const BODY_BYTES_MAX = 1_000_000;

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return Response.json(body, { status, headers });
}

/** An RFC 9457 problem, for the simulator's own control paths. */
export function problem(status: number, title: string, more: Record<string, unknown> = {}): Response {
  return json(
    status,
    { type: 'about:blank', title, status, ...more },
    { 'content-type': 'application/problem+json' },
  );
}

export function html(body: string): Response {
  return new Response(body, {
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy':
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src * data:",
    },
  });
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** The request's body as text; null where it is longer than `BODY_BYTES_MAX`. */
export async function readText(request: Request): Promise<string | null> {
  return (await readBytes(request))?.toString('utf8') ?? null;
}

/** The request's body as it came; null where it is longer than `BODY_BYTES_MAX`. */
export async function readBytes(request: Request): Promise<Buffer<ArrayBuffer> | null> {
  if (request.body === null) return Buffer.alloc(0);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body) {
    bytes += chunk.byteLength;
    if (bytes > BODY_BYTES_MAX) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The request's body as a JSON object; null where it is none. */
export async function readObject(request: Request): Promise<Record<string, unknown> | null> {
  const text = await readText(request);
  return text === null ? null : parseObject(text);
}

export function parseObject(text: string): Record<string, unknown> | null {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return null;
  }
}

export function asObject(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}

export function asText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The key after the scheme; null where it is missing, empty, of another scheme, or begins with `bad`. */
export function keyOf(request: Request, scheme: 'Bearer' | 'Key'): string | null {
  const [given, key = ''] = (request.headers.get('authorization') ?? '').split(' ', 2);
  return given?.toLowerCase() === scheme.toLowerCase() ? goodKey(key) : null;
}

/** The key in a header of its own; null where it is missing, empty, or begins with `bad`. */
export function keyIn(request: Request, header: string): string | null {
  return goodKey(request.headers.get(header) ?? '');
}

/** The key in a header, or in the query; null where both are missing, empty, or begin with `bad`. */
export function keyInEither(request: Request, header: string, parameter: string): string | null {
  return keyIn(request, header) ?? goodKey(new URL(request.url).searchParams.get(parameter) ?? '');
}

function goodKey(key: string): string | null {
  return key === '' || key.startsWith('bad') ? null : key;
}

/** `500ms`, `90s`, `2m`, `1h`, `3d` in ms; null for anything else. */
export function parseDuration(text: string): number | null {
  const match = /^(\d{1,6}(?:\.\d{1,3})?)(ms|s|m|h|d)$/.exec(text.trim());
  if (match === null) return null;
  const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
  return Number(match[1]) * (units[match[2] ?? ''] ?? Number.NaN);
}

/** An error that a caller in the same process sees as a broken connection; the server breaks it for real. */
export function connectionReset(): Error {
  return Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
}

/**
 * The rule by which two requests count as the same, whoever sent them.
 *
 * Compared: method; path with sorted query; scheme and value of `authorization`; `content-type` without its boundary,
 * where there is a body; vendor headers; the parsed JSON or the ordered parts of a form.
 * Left out: what every HTTP client says in its own way (user-agent, accept-*, connection, length, host, x-stainless-*,
 * x-goog-api-client) and the content type of requests that have no content.
 */

export interface Recorded {
  method: string;
  /** Path with query. */
  url: string;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

export interface Comparable {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: unknown;
}

const VENDOR =
  /^(authorization|api-key|prefer|ai-[\w-]+|x-(runway|fal|goog(?!-api-client)|dashscope|amz-target|vercel)\b.*)$/;

export function comparable({ method, url, headers, body }: Recorded): Comparable {
  const { pathname, searchParams } = new URL(url, 'http://127.0.0.1');
  searchParams.sort();
  const query = searchParams.toString();
  const compared: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers))
    if (VENDOR.test(name.toLowerCase())) compared[name.toLowerCase()] = String(value);
  const type = String(headers['content-type'] ?? '');
  if (body !== '') compared['content-type'] = type.replace(/;.*/, '');
  return {
    method: method.toUpperCase(),
    path: query === '' ? pathname : `${pathname}?${query}`,
    headers: compared,
    body: bodyOf(body, type),
  };
}

function bodyOf(body: string, type: string): unknown {
  if (body === '') return null;
  if (type.startsWith('application/x-www-form-urlencoded'))
    return { form: Object.fromEntries(new URLSearchParams(body)) };
  const boundary = /^multipart\/form-data;.*boundary=("?)([^";]+)\1/.exec(type)?.[2];
  return boundary === undefined ? (JSON.parse(body) as unknown) : { multipart: partsOf(body, boundary) };
}

interface Part {
  name: string;
  value: string;
  /** Of a file. */
  filename?: string;
  type?: string;
}

function partsOf(body: string, boundary: string): Part[] {
  const pieces = body.split(`--${boundary}`);
  if (!pieces.at(-1)?.startsWith('--')) throw new Error('the form does not end');
  return pieces.slice(1, -1).map((piece) => {
    const [, head = '', value = ''] = /^\r\n([\s\S]*?)\r\n\r\n([\s\S]*)\r\n$/.exec(piece) ?? [];
    const filename = /\bfilename="([^"]*)"/i.exec(head)?.[1];
    const type = /^content-type:\s*(\S+)/im.exec(head)?.[1] ?? '';
    const name = /\bname="([^"]*)"/i.exec(head)?.[1] ?? '';
    return { name, value, ...(filename !== undefined && { filename, type }) };
  });
}

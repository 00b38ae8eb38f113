/** Writing down what is said on the wire, so that users with keys can refresh the fixtures of the tests. */

import type { Transport } from './exchange.ts';

/** What is read of an answer; nothing but a video is longer. */
const BODY_CHARS_MAX = 256 * 1024;
/** Longer texts inside of JSON are videos in base64. */
const TEXT_CHARS_MAX = 4_000;

/** One request and its answer, without secrets. */
export interface Recorded {
  request: { method: string; url: string; headers: Record<string, string>; body: unknown };
  /** null where none came. */
  answer: { status: number; headers: Record<string, string>; body: unknown } | null;
}

/** Does what `transport` does, and hands over what went out and what came back, scrubbed. */
export function recorded(
  transport: Transport,
  mask: (text: string) => string,
  take: (exchange: Recorded) => void,
): Transport {
  const scrub = (text: string) => scrubText(mask(text));
  return async (outgoing) => {
    const { method, url, headers, body } = outgoing;
    const request = {
      method,
      url: scrub(url.href),
      headers: headersOf(Object.entries(headers), SENT, scrub),
      body: bodyOf(headers['content-type'] ?? '', body, scrub),
    };
    let answer: Response;
    try {
      answer = await transport(outgoing);
    } catch (error) {
      take({ request, answer: null });
      throw error;
    }
    const type = answer.headers.get('content-type') ?? '';
    take({
      request,
      answer: {
        status: answer.status,
        headers: headersOf(answer.headers, HEARD, scrub),
        body: bodyOf(type, isText(type) ? await beginningOf(answer.clone()) : null, scrub),
      },
    });
    return answer;
  };
}

/** What a parity test compares, and what tells how an API behaves; everything else stays out, credentials first. */
const SENT = /^(accept|content-type|prefer|x-(runway|fal|dashscope|amz-target)[\w-]*)$/;
const HEARD =
  /^(content-type|retry-after|location|deprecation|sunset|link|x-ratelimit[\w-]*|x-fal-[\w-]+|x-amzn-errortype)$/;

function headersOf(
  headers: Iterable<readonly [string, string]>,
  kept: RegExp,
  scrub: (text: string) => string,
): Record<string, string> {
  const entries = [...headers].map(([name, value]) => [name.toLowerCase(), value] as const);
  return Object.fromEntries(
    entries.filter(([name]) => kept.test(name)).map(([name, value]) => [name, scrub(value)]),
  );
}

function isText(type: string): boolean {
  return type === '' || /json|^text\/|xml/i.test(type);
}

/** JSON as it is, with long texts cut; other text as text; of anything else only what it is. */
function bodyOf(type: string, body: string | Uint8Array | null, scrub: (text: string) => string): unknown {
  if (!isText(type)) return type === '' ? null : `<${type.replace(/;.*/, '')}>`;
  if (typeof body !== 'string' || body === '') return null;
  const text = scrub(body);
  try {
    return JSON.parse(text, (_key, value: unknown) => shortened(value)) as unknown;
  } catch {
    return shortened(text);
  }
}

function shortened(value: unknown): unknown {
  if (typeof value !== 'string' || value.length <= TEXT_CHARS_MAX) return value;
  return `${value.slice(0, 40)}… <${value.length} characters>`;
}

async function beginningOf(answer: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const chunk of answer.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length > BODY_CHARS_MAX) break;
    }
  } catch {
    // What broke off is recorded as far as it came; the reader of the answer itself hears of it.
  }
  return text;
}

/** Parameters of signed URLs, by which anybody could fetch what they lead to. */
const SIGNED =
  /([?&](?=[\w-]*=)(?:x-amz-[\w-]+|x-goog-[\w-]+|awsaccesskeyid|googleaccessid|signature|sig|se|st|sp|sv|sr|policy|key-pair-id|expires|[\w-]*(?:token|key|secret|auth|jwt)[\w-]*)=)[^&"'\s\\<>]+/gi;
const MAIL = /[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+/g;
/** What OAuth's token endpoints give: nobody has configured it, so that no mask knows it. */
const TOKEN = /("(?:access|refresh|id)_token"\s*:\s*")[^"]+/gi;
/** The parts are looked for once for a run of their characters; from each `eyJ`, that would take quadratic time. */
const JWT = /(?<![\w-])(?=[\w-]+\.[\w-]{10,}\.)([\w-]*?\b)eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]*/g;

/** Takes out what is nobody's business and no configured secret: signatures, mail addresses, tokens. */
export function scrubText(text: string): string {
  return text.replace(SIGNED, '$1***').replace(TOKEN, '$1***').replace(MAIL, '***@***').replace(JWT, '$1***');
}

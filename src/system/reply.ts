/** From an answer's bytes to a typed value: the one place where text from outside comes in. */

import type { CallOptions, Reply, Shape } from '../ports/http.ts';
import { fault, readBody, readText, redirectOf, requireOk, type Call } from './exchange.ts';
import { createInlineReader } from './inline.ts';

const REASON_CHARS_MAX = 300;

/** Reads the JSON of an answer, without secrets and invisible characters; throws HttpError for anything else. */
export async function readReply<T>(
  call: Call,
  answer: Response,
  bytesMax: number,
  shape: Shape<T>,
  options: CallOptions,
): Promise<Reply<T>> {
  const { clean } = call.wire.masker;
  const location = redirectOf(answer);
  if (location !== null) {
    void answer.body?.cancel().catch(() => {});
    throw fault(call, 'redirect', `answered ${answer.status} to another place`, { answer });
  }
  await requireOk(call, answer);
  const { text, fileAt } = await readJson(call, answer, bytesMax, options);
  const isLogin = options.credentials !== undefined;
  // Nothing is shown of an answer that may hold a token.
  const wrong = (what: string, why = '') =>
    fault(call, 'bad_json', `answered ${answer.status} ${what}${isLogin ? '' : why}`, {
      answer,
      body: isLogin ? '' : text,
    });
  let value: unknown;
  if (text.trim() === '') {
    if (options.whenEmpty === undefined) throw wrong('with an empty body');
    value = options.whenEmpty;
  } else {
    try {
      value = JSON.parse(text);
    } catch {
      // The parser's own words quote the body.
      throw wrong('with a body that is not JSON');
    }
  }
  try {
    const headers = Object.fromEntries([...answer.headers].map(([name, told]) => [name, clean(told)]));
    return { status: answer.status, headers, body: shape.parse(isLogin ? value : clean(value, fileAt)) };
  } catch (error) {
    throw wrong('with JSON of another shape', `: ${reasonOf(error)}`);
  }
}

interface Read {
  text: string;
  fileAt?: (text: string) => unknown;
}

async function readJson(call: Call, answer: Response, bytesMax: number, options: CallOptions): Promise<Read> {
  if (options.bytesMax === undefined) return { text: await readText(call, answer, bytesMax) };
  const reader = createInlineReader();
  await readBody(call, answer, options.bytesMax, (chunk) => {
    reader.write(chunk);
    return reader.restBytes() <= bytesMax;
  });
  return { text: reader.end(), fileAt: reader.fileAt };
}

/** The first things a schema found wrong, in one line. Zod's errors carry `issues`; any other error its message. */
function reasonOf(error: unknown): string {
  const issues: unknown = error instanceof Error ? Reflect.get(error, 'issues') : null;
  const lines = Array.isArray(issues)
    ? issues.slice(0, 3).map((issue: { path?: PropertyKey[]; message?: string }) => {
        const path = (issue.path ?? []).map(String).join('.');
        return `${path === '' ? 'the whole' : path}: ${issue.message ?? 'is wrong'}`;
      })
    : [error instanceof Error ? error.message : String(error)];
  return lines.join('; ').slice(0, REASON_CHARS_MAX);
}

/** Answers read by JSONPath. What has to be there and is not makes an answer bad JSON, never a guess. */

import { InlineFile, type Reply } from '../ports/http.ts';
import type { Asset, JobStatus } from '../ports/provider.ts';
import type { HttpOptions } from './http-options.ts';
import { firstAt } from './http-paths.ts';
import { within } from './http-calls.ts';
import { codeOf, costOf, errorIn, jobId, progressOf, readAs, say, videoUrl } from './read.ts';

const VALUE_CHARACTERS_MAX = 4_000;
const WORD_CHARACTERS_MAX = 100;
const DATA_URL = /^data:[^,]{0,100},/;

/** An amount in an answer: where it stands, and what one of it is worth in dollars. */
type Money = NonNullable<HttpOptions['poll']['cost']>;

/** A text, number or truth as text. @throws HttpError `bad_json` where there is none */
function scalarAt(path: string, reply: Reply<unknown>, what: string): string {
  const found = firstAt(path, reply.body);
  if (typeof found === 'string' || typeof found === 'number' || typeof found === 'boolean')
    return String(found);
  const why = found === undefined ? 'finds nothing' : 'finds no text';
  throw errorIn(reply, 'bad_json', `${what}: ${path} ${why} in an answer with status ${reply.status}`);
}

function inlineAt(path: string, reply: Reply<unknown>): string | InlineFile {
  const found = firstAt(path, reply.body);
  return found instanceof InlineFile ? found : scalarAt(path, reply, 'video.base64').replace(DATA_URL, '');
}

/** An error may come with a good status: then what the description calls success decides. */
export function requireSuccess({ unless }: HttpOptions['errors'], reply: Reply<unknown>): void {
  if (unless === undefined) return;
  const said = scalarAt(unless.path, reply, 'errors.unless');
  if (unless.is.includes(said)) return;
  const text = `answered ${reply.status}, but ${unless.path} is ${said.slice(0, WORD_CHARACTERS_MAX)}`;
  throw errorIn(reply, 'status', text);
}

/** The values that later calls need, by name. @throws HttpError `bad_json` where one is missing */
export function valuesAt(
  paths: Readonly<Record<string, string>>,
  reply: Reply<unknown>,
  where: string,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(paths).map(([name, path]) => {
      const value = scalarAt(path, reply, `${where}.${name}`);
      if (value.length > VALUE_CHARACTERS_MAX)
        throw errorIn(reply, 'bad_json', `${where}.${name}: ${path} finds ${value.length} characters`);
      return [`job.${name}`, name === 'id' ? readAs(jobId, value, reply) : value];
    }),
  );
}

/** Dollars, where an answer tells them; JSON can write numbers that are too large to be any (1e999). */
export function dollarsAt(money: Money | undefined, body: unknown): number | null {
  const found = money === undefined ? undefined : firstAt(money.path, body);
  const amount = typeof found === 'string' && /^\d+(\.\d+)?$/.test(found) ? Number(found) : found;
  const usd = typeof amount === 'number' ? amount * (money?.usd ?? 1) : null;
  return Number.isFinite(usd) ? usd : null;
}

/** What an answer to asking says; `done` where the video is to be looked for. */
export function stateOf(poll: HttpOptions['poll'], reply: Reply<unknown>): JobStatus | 'done' {
  const word = scalarAt(poll.status, reply, 'poll.status');
  const { queue, generate, done, failed } = poll.words;
  if (done.includes(word)) return 'done';
  if (failed.includes(word)) {
    const code = poll.code === undefined ? null : codeOf(firstAt(poll.code, reply.body));
    const said = poll.message === undefined ? null : say(firstAt(poll.message, reply.body));
    const message = said ?? `the job ended as ${word.slice(0, WORD_CHARACTERS_MAX)} without a reason`;
    return { is: 'failed', code, message, costUsd: costOf(dollarsAt(poll.cost, reply.body)) };
  }
  const { path, of } = poll.progress ?? { path: null, of: 1 };
  const progress = path === null ? null : progressOf(firstAt(path, reply.body), of);
  if (queue.includes(word)) return { is: 'pending', phase: 'queue', progress: null };
  if (generate.includes(word)) return { is: 'pending', phase: 'generate', progress };
  return { is: 'strange', word: word.slice(0, WORD_CHARACTERS_MAX) };
}

/** Where the video of a finished job lies. @throws HttpError `bad_json` where the answer names none */
export function videoOf(
  options: HttpOptions,
  reply: Reply<unknown>,
  pathTo: (path: string) => string,
): Asset {
  const { url, urlWithKey, path, base64 } = options.video;
  if (url !== undefined)
    return { at: 'foreign', url: readAs(videoUrl, scalarAt(url, reply, 'video.url'), reply) };
  if (base64 !== undefined) return { at: 'inline', base64: inlineAt(base64, reply) };
  if (urlWithKey === undefined) return { at: 'own', path: pathTo(path ?? '') };
  const told = scalarAt(urlWithKey, reply, 'video.urlWithKey').slice(0, VALUE_CHARACTERS_MAX);
  return { at: 'own', path: within(options.baseUrl, told, 'video.urlWithKey') };
}

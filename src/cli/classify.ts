/** `reelwatch classify`: whose fault an error is. JSON lines on stdin, or one error as it was copied. */

import { end, EXIT } from './exit.ts';
import { linesOf } from './lines.ts';
import { opinionOf, type Opinion, type Pasted } from './opinion.ts';

export const LINE_CHARACTERS_MAX = 200_000;
export const LINES_MAX = 100_000;
const ID_CHARACTERS_MAX = 200;

export interface ClassifyOptions {
  provider?: string;
  status?: string;
  workedBefore?: true;
}

interface Complaint {
  id: string | number;
  error: string;
}
export type Answer = Opinion | Complaint;

/** Reads errors from stdin and prints an opinion about each; ends with exit code 2 where some could not be read. */
export async function classify(options: ClassifyOptions): Promise<void> {
  const status = options.status === undefined ? null : Number(options.status);
  if (status !== null && !isStatus(status))
    end(EXIT.usage, `--status: expected an HTTP status such as 429, got ${options.status}.`);
  if (process.stdin.isTTY) process.stderr.write('Paste an error, then press Ctrl-D on a line of its own.\n');
  // `| head` closes our output when it has seen enough.
  process.stdout.on('error', () => process.exit(EXIT.ok));
  const given = { provider: options.provider ?? '', status, workedBefore: options.workedBefore === true };
  let count = 0;
  let badCount = 0;
  for await (const answer of answersTo(process.stdin, given)) {
    count++;
    if ('error' in answer) badCount++;
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
  if (count === 0) end(EXIT.usage, 'Expected an error on stdin, got nothing.');
  if (badCount > 0) process.exitCode = EXIT.usage;
}

interface Given {
  provider: string;
  status: number | null;
  workedBefore: boolean;
}

/** An answer to each line; one answer in all where no line is an entry: then it is one error, copied with its line breaks. */
export async function* answersTo(stdin: AsyncIterable<Uint8Array>, given: Given): AsyncGenerator<Answer> {
  const copied: string[] = [];
  let copiedCharacters = 0;
  let isLines = false;
  let number = 0;
  for await (const line of linesOf(stdin, LINE_CHARACTERS_MAX)) {
    if (line?.trim() === '') continue;
    if (++number > LINES_MAX) return yield { id: number, error: `Expected at most ${LINES_MAX} lines` };
    const entry = line === null ? null : entryIn(line);
    isLines ||= entry !== null || line === null || copiedCharacters > LINE_CHARACTERS_MAX;
    if (isLines) {
      for (const [n] of copied.splice(0).entries()) yield notAnEntry(n + 1);
      yield line === null
        ? tooLong(number)
        : entry === null
          ? notAnEntry(number)
          : answerTo(entry, number, given);
    } else {
      copied.push(line ?? '');
      copiedCharacters += line?.length ?? 0;
    }
  }
  if (copied.length === 0) return;
  const { provider, status, workedBefore } = given;
  yield opinionOf({ id: 1, provider, httpStatus: status, body: copied.join('\n'), workedBefore });
}

function tooLong(id: number): Complaint {
  return { id, error: `Expected a line of at most ${LINE_CHARACTERS_MAX} characters` };
}

function notAnEntry(id: number): Complaint {
  return { id, error: 'Expected a JSON object with a provider and a body or a text' };
}

type Entry = Readonly<Record<string, unknown>>;

const ENTRY_FIELDS = ['provider', 'http_status', 'worked_before', 'text'];

/** An entry of ours is told from an error that somebody copied by its fields; null for anything else. */
function entryIn(line: string): Entry | null {
  try {
    const value: unknown = JSON.parse(line);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject && ENTRY_FIELDS.some((field) => Object.hasOwn(value, field)) ? (value as Entry) : null;
  } catch {
    return null;
  }
}

function answerTo(entry: Entry, number: number, given: Given): Answer {
  const id = idOf(entry['id']) ?? number;
  const pasted = pastedFrom(entry, id, given);
  return 'error' in pasted ? pasted : opinionOf(pasted);
}

function pastedFrom(entry: Entry, id: string | number, given: Given): Pasted | Complaint {
  const { provider = given.provider, http_status: status = given.status } = entry;
  const { worked_before: workedBefore = given.workedBefore } = entry;
  const body = entry['body'] ?? entry['text'];
  if (typeof provider !== 'string') return { id, error: 'provider: expected a name' };
  if (status !== null && !isStatus(status))
    return { id, error: 'http_status: expected a number from 100 to 599, or null' };
  if (typeof workedBefore !== 'boolean') return { id, error: 'worked_before: expected true or false' };
  if (body === undefined || body === null) return { id, error: 'Expected a body or a text' };
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { id, provider, httpStatus: status, body: text, workedBefore };
}

function isStatus(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 100 && value <= 599;
}

function idOf(id: unknown): string | number | null {
  return typeof id === 'number'
    ? id
    : typeof id === 'string' && id !== ''
      ? id.slice(0, ID_CHARACTERS_MAX)
      : null;
}

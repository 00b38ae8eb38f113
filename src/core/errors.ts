/** What an error answer says, whatever its shape: code words, sentences, and a status where none came with it. */

export interface Heard {
  /** Short names and numbers from fields that hold codes, in the order met, verbatim. */
  codes: string[];
  /** The sentences for people, one after the other, without line breaks. */
  text: string;
  /** An HTTP status that stands in the body or in the text; null where there is none. */
  status: number | null;
}

const BODY_CHARACTERS_MAX = 20_000;
const TEXT_CHARACTERS_MAX = 2_000;
const CODE_CHARACTERS_MAX = 100;
const CODES_MAX = 30;
const DEPTH_MAX = 8;
const NODES_MAX = 500;
const STARTS_MAX = 8;

const CODE_FIELDS = new Set(
  (
    'code type status reason name title error error_type error_code errorType errorCode status_code statusCode ' +
    'http_code httpCode failureCode failure_code failureReason __type'
  ).split(' '),
);
const TEXT_FIELDS = new Set(
  (
    'message msg detail details error errors error_message errorMessage description status_msg task_status_msg ' +
    'statusMessage failure failureMessage failure_message failure_reason fail_reason reason raiMediaFilteredReasons ' +
    'param hint body text raw'
  ).split(' '),
);
/** What the caller had sent, addresses of help pages, and names of things: words there mean nothing. */
const DEAF_FIELDS = new Set(
  'input ctx loc links request_id requestId user_id id violations prompt'.split(' '),
);

/** Reads a body or a pasted text. JSON inside of JSON is unwrapped; of broken JSON, what can be read. Never throws. */
export function hear(given: string): Heard {
  const body = given.slice(0, BODY_CHARACTERS_MAX);
  const ear: Ear = { codes: [], texts: [], nodes: 0 };
  listen(body, 'body', 0, ear);
  const text = clean(ear.texts.join(' ')).slice(0, TEXT_CHARACTERS_MAX);
  const codes = [...new Set([...ear.codes, ...namesIn(text)])].slice(0, CODES_MAX);
  return { codes, text, status: codes.map(statusOf).find((status) => status !== null) ?? statusIn(text) };
}

/** An HTTP status that is written as a code; null where it is none or no error's. */
export function statusOf(code: string | null): number | null {
  return code !== null && /^[45]\d\d$/.test(code) ? Number(code) : null;
}

/** The value of the first JSON in a text; undefined where there is none that parses. */
export function jsonIn(text: string): { value: unknown; before: string } | undefined {
  const end = Math.max(text.lastIndexOf('}'), text.lastIndexOf(']')) + 1;
  let start = -1;
  for (let tries = 0; tries < STARTS_MAX; tries++) {
    const found = text.slice(start + 1, end).search(/[[{]/);
    if (found < 0) return undefined;
    start += 1 + found;
    try {
      return { value: JSON.parse(text.slice(start, end)) as unknown, before: text.slice(0, start) };
    } catch {
      // The next bracket may begin it.
    }
  }
  return undefined;
}

/** Fields of JSON that was cut off, of Python's or JavaScript's way to print an object, and of `code: NAME` in a text. */
export function salvage(text: string): Record<string, string | number> {
  const found: Record<string, string | number> = {};
  for (const match of text.slice(0, BODY_CHARACTERS_MAX).matchAll(FIELD)) {
    const [, name = '', double, single, bare] = match;
    if (bare !== undefined && !CODE_FIELDS.has(name)) continue;
    const quoted = (double ?? single)?.replaceAll(/\\(.)/gs, (_, char: string) =>
      char === 'n' ? ' ' : char,
    );
    const value = quoted ?? (/^-?\d+$/.test(bare ?? '') ? Number(bare) : bare);
    if (value !== undefined && !Object.hasOwn(found, name)) found[name] = value;
  }
  return found;
}

const FIELD_NAMES = [...new Set([...CODE_FIELDS, ...TEXT_FIELDS])].join('|');
const FIELD = new RegExp(
  String.raw`\b(${FIELD_NAMES})["']?\s{0,3}:\s{0,3}(?:"((?:[^"\\]|\\.){0,2000})"|'((?:[^'\\]|\\.){0,2000})'|(-?\d{1,9}|[A-Za-z][\w.-]{2,60})(?![\w'"]))`,
  'g',
);

interface Ear {
  codes: string[];
  texts: string[];
  nodes: number;
}

function listen(value: unknown, field: string, depth: number, ear: Ear): void {
  if (depth > DEPTH_MAX || ear.nodes++ > NODES_MAX || DEAF_FIELDS.has(field)) return;
  if (typeof value === 'number') note(String(value), field, ear);
  else if (typeof value === 'string') listenTo(value, field, depth, ear);
  else if (Array.isArray(value)) for (const item of value) listen(item, field, depth + 1, ear);
  else if (typeof value === 'object' && value !== null)
    for (const [name, inner] of Object.entries(value)) listen(inner, asUsual(name), depth + 1, ear);
}

/** Tencent and .NET write `Code` and `Message`. */
function asUsual(name: string): string {
  return name.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());
}

function listenTo(text: string, field: string, depth: number, ear: Ear): void {
  const inner = jsonIn(text) ?? (text.includes('\\"') ? jsonIn(unescaped(text)) : undefined);
  if (inner !== undefined && typeof inner.value === 'object') {
    listen(inner.value, field, depth + 1, ear);
    if (TEXT_FIELDS.has(field)) ear.texts.push(inner.before);
    return;
  }
  note(text, field, ear);
  if (!TEXT_FIELDS.has(field)) return;
  const fields = field === 'body' || /[{]/.test(text) ? Object.entries(salvage(text)) : [];
  for (const [name, said] of fields) note(String(said), name, ear);
  const sentences = fields
    .filter(([name, said]) => TEXT_FIELDS.has(name) && String(said).includes(' '))
    .map(([, said]) => said);
  const [before = ''] = text.split('{', 1);
  ear.texts.push(sentences.length > 0 ? [before, ...sentences].join(' ') : withoutTags(text));
}

function note(text: string, field: string, ear: Ear): void {
  const code = text.trim();
  if (CODE_FIELDS.has(field) && code !== '' && code.length <= CODE_CHARACTERS_MAX) ear.codes.push(code);
}

/** `ThrottlingException`, `ServiceModelDeprecated: …`: how SDKs print a code. Classes named Error only repeat a status. */
function namesIn(text: string): string[] {
  const thrown = [...text.matchAll(/\b[A-Z][A-Za-z]{3,60}Exception\b/g)].map(([name]) => name);
  const leading = /^[A-Z][a-z]+(?:[A-Z][a-z]+){1,6}(?=:)/.exec(text)?.[0];
  return leading === undefined || leading.endsWith('Error') ? thrown : [leading, ...thrown];
}

const STATUS_BEFORE = /^\W{0,2}([45]\d\d)(?=[\s:,.;/"{]|$)/;
const STATUS_NAMED = /\b(?:status(?: code)?|http|error(?: code)?|code)\b[^\w\n]{0,4}\b([45]\d\d)\b/i;
const STATUS_WITH_WORD = /[[('"]([45]\d\d) [A-Z][a-z]+/;

function statusIn(text: string): number | null {
  const found = STATUS_BEFORE.exec(text) ?? STATUS_NAMED.exec(text) ?? STATUS_WITH_WORD.exec(text);
  return found === null ? null : Number(found[1]);
}

/** JSON as it stands in a log line that was itself written as JSON. */
function unescaped(text: string): string {
  return text.replaceAll(/(?<!\\)\\+n/g, ' ').replaceAll(/(?<!\\)\\+"/g, '"');
}

function withoutTags(text: string): string {
  return text
    .replaceAll(/<(script|style)\b[^<>]{0,500}>[^<]*<\/\1>/gi, ' ')
    .replaceAll(/<[a-z!/][^<>]{0,500}>/gi, ' ');
}

function clean(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

/** The ways in which an answer goes wrong. Each takes the truth and gives what is said instead. */

import type { Draw } from '../../src/simulator/random.ts';
import type { Flow } from './bodies.ts';
import { ERRORS, HUGE_VALUES, mutateJson, ODD_VALUES, WHOLES } from './json.ts';
import { below, BREAKS, EVIL, HTML, oneOf, RETRY_AFTERS, STATUSES, TYPES, URLS } from './values.ts';

/** An answer before it is sent. */
export interface Said {
  status: number;
  headers: [name: string, value: string][];
  bytes: Uint8Array;
  flow: Flow;
}

/** What is said, or how there is no answer at all: the connection breaks, or nothing comes. */
export type Lie = Said | { breaks: string } | 'never';

export interface Given {
  draw: Draw;
  /** The address that was asked for. */
  url: string;
  /** The proofs that the caller sent. */
  proofs: readonly string[];
  /** What the simulator said at other steps of the same kind of run. */
  others: readonly Said[];
}

type Mutation = (truth: Said, given: Given) => Lie;

const encoder = new TextEncoder();
const REDIRECTS = [300, 301, 302, 303, 304, 305, 307, 308] as const;

function saying(truth: Said, text: string | Uint8Array): Said {
  const bytes = typeof text === 'string' ? encoder.encode(text) : text;
  return { ...truth, headers: without(truth, 'content-length'), bytes };
}

function without(said: Said, name: string): Said['headers'] {
  return said.headers.filter(([one]) => one !== name);
}

function withHeader(said: Said, name: string, value: string | null): Said {
  return {
    ...said,
    headers: [...without(said, name), ...(value === null ? [] : [[name, value] as [string, string]])],
  };
}

function textOf({ bytes }: Said): string {
  return new TextDecoder().decode(bytes);
}

function flipped(bytes: Uint8Array, draw: Draw): Uint8Array {
  const copy = Uint8Array.from(bytes);
  for (let n = 1 + below(draw, 8); n > 0; n--) copy[below(draw, copy.length)] = below(draw, 256);
  return copy;
}

function utf16(text: string, isMarked: boolean): Uint8Array {
  return Buffer.from(`${isMarked ? '\u{feff}' : ''}${text}`, 'utf16le');
}

/** What undici gives a reader where the body is not what its content-encoding says. */
function badGzip(truth: Said, draw: Draw): Said {
  const encoding = oneOf(draw, ['gzip', 'br', 'deflate', 'zstd', 'gzip, gzip', 'x']);
  const said = withHeader(truth, 'content-encoding', encoding);
  if (encoding === 'x') return said;
  const code = oneOf(draw, [
    'Z_DATA_ERROR',
    'Z_BUF_ERROR',
    'ERR__ERROR_FORMAT_PADDING_1',
    'ZSTD_error_prefix_unknown',
  ]);
  return { ...said, flow: { is: 'broken', after: 0, code } };
}

function flowing(truth: Said, flow: Flow): Said {
  return { ...truth, flow };
}

const part = ({ bytes }: Said, draw: Draw) => below(draw, bytes.byteLength + 1);

/** Name, how often it is drawn, and what it does. */
const TABLE: readonly (readonly [name: string, weight: number, mutate: Mutation])[] = [
  ['json', 24, (truth, { draw }) => saying(truth, mutateJson(textOf(truth), draw))],
  [
    'json, several',
    6,
    (truth, { draw }) =>
      saying(
        truth,
        Array.from({ length: 2 + below(draw, 4) }).reduce<string>(
          (text) => mutateJson(text, draw),
          textOf(truth),
        ),
      ),
  ],
  ['json, another whole', 3, (truth, { draw }) => saying(truth, oneOf(draw, [...ODD_VALUES, ...WHOLES]))],
  ['json, huge whole', 0.4, (truth, { draw }) => saying(truth, oneOf(draw, HUGE_VALUES)())],
  [
    'error, mutated',
    5,
    (truth, { draw }) => ({
      ...saying(truth, mutateJson(oneOf(draw, ERRORS), draw)),
      status: oneOf(draw, STATUSES),
    }),
  ],
  ['cut', 6, (truth, { draw }) => saying(truth, truth.bytes.slice(0, part(truth, draw)))],
  [
    'cut, promised whole',
    3,
    (truth, { draw }) => ({ ...truth, bytes: truth.bytes.slice(0, part(truth, draw)) }),
  ],
  ['bytes', 4, (truth, { draw }) => saying(truth, flipped(truth.bytes, draw))],
  ['twice', 1, (truth) => saying(truth, `${textOf(truth)}${textOf(truth)}`)],
  ['text in text', 1, (truth) => saying(truth, JSON.stringify(textOf(truth)))],
  ['padded', 1, (truth) => saying(truth, `)]}',\n${textOf(truth)}`)],
  ['type', 3, (truth, { draw }) => withHeader(truth, 'content-type', oneOf(draw, TYPES))],
  ['html', 2, (truth) => withHeader(saying(truth, HTML), 'content-type', 'text/html')],
  ['utf-16', 2, (truth, { draw }) => saying(truth, utf16(textOf(truth), draw() < 0.5))],
  ['bom', 1, (truth) => saying(truth, `\u{feff}${textOf(truth)}`)],
  ['not utf-8', 1, (truth) => saying(truth, Buffer.from(textOf(truth).replace(/[aeiou]/g, 'é'), 'latin1'))],
  ['not as encoded', 2, (truth, { draw }) => badGzip(truth, draw)],
  [
    'bomb',
    0.5,
    (truth) => ({ ...withHeader(saying(truth, ''), 'content-encoding', 'gzip'), flow: { is: 'endless' } }),
  ],
  ['status', 6, (truth, { draw }) => ({ ...truth, status: oneOf(draw, STATUSES) })],
  [
    'empty',
    3,
    (truth, { draw }) => ({ ...saying(truth, ''), status: oneOf(draw, [200, 201, 202, 204, 205, 304, 404]) }),
  ],
  ['redirect', 5, redirected],
  ['retry-after', 4, retried],
  ['headers', 2, oddHeaders],
  ['drip', 2, (truth) => flowing(truth, { is: 'drip' })],
  ['silent', 2, (truth, { draw }) => flowing(truth, { is: 'silent', after: part(truth, draw) })],
  ['endless', 0.5, (truth) => flowing(saying(truth, truth.bytes), { is: 'endless' })],
  [
    'reset',
    3,
    (truth, { draw }) =>
      flowing(truth, { is: 'broken', after: part(truth, draw), code: oneOf(draw, BREAKS) }),
  ],
  ['no answer', 2, () => 'never'],
  ['no connection', 2, (_, { draw }) => ({ breaks: oneOf(draw, BREAKS) })],
  ['swapped', 5, (truth, { draw, others }) => (others.length === 0 ? truth : oneOf(draw, others))],
  ['echo', 2, echoed],
];

function redirected(truth: Said, { draw, url }: Given): Said {
  const location = oneOf(draw, [
    ...URLS,
    url,
    url,
    `${EVIL}/v.mp4`,
    `${EVIL}/v.mp4`,
    `${EVIL}/again`,
    `${url}/../x`,
    '?again',
    'a'.repeat(20_000),
  ]);
  const safe = encodeURI(location).slice(0, 60_000);
  return withHeader({ ...truth, status: oneOf(draw, REDIRECTS) }, 'location', safe);
}

function retried(truth: Said, { draw }: Given): Said {
  const said = { ...truth, status: oneOf(draw, [429, 429, 503, 500, 200, 202, 408]) };
  const first = withHeader(said, 'retry-after', oneOf(draw, RETRY_AFTERS));
  if (draw() < 0.7) return first;
  return { ...first, headers: [...first.headers, ['retry-after', oneOf(draw, RETRY_AFTERS)]] };
}

function oddHeaders(truth: Said, { draw }: Given): Said {
  const [name, value] = oneOf(draw, [
    ['content-length', '1'],
    ['content-length', '-1'],
    ['content-length', '99999999999999999999'],
    ['content-length', 'many'],
    ['content-type', 'video/mp4'],
    ['set-cookie', `a=${'b'.repeat(100_000)}`],
    ['x-odd', '\u00ff'.repeat(1_000)],
    ['location', EVIL],
    ['sunset', 'Wed, 31 Feb 2099 25:61:61 GMT'],
    ['x-request-id', 'a'.repeat(500_000)],
    ['date', 'soon'],
  ] as const);
  return withHeader(truth, name, value);
}

/** A gateway that repeats the request's headers, as debugging pages do. */
function echoed(truth: Said, { draw, proofs }: Given): Said {
  const text = proofs.join(' ') || 'nothing';
  const said = `bad key ${text}`;
  const body = oneOf(draw, [
    JSON.stringify({ error: { message: said, code: text } }),
    JSON.stringify({ code: text, message: text, detail: text, msg: text }),
    JSON.stringify({ code: 1000, message: said, base_resp: { status_code: 1004, status_msg: said } }),
    JSON.stringify({ ...jsonOf(truth), status: 'failed', error: said, message: said, failure: said }),
    `<html>${text}</html>`,
  ]);
  return { ...saying(truth, body), status: oneOf(draw, [200, 200, 400, 401, 403, 404, 429, 500, 502]) };
}

function jsonOf(truth: Said): object {
  try {
    return JSON.parse(textOf(truth)) as object;
  } catch {
    return {};
  }
}

export const MUTATIONS: readonly string[] = TABLE.map(([name]) => name);
const WHOLE_WEIGHT = TABLE.reduce((sum, [, weight]) => sum + weight, 0);

/** Draws a mutation by its weight. */
export function drawMutation(draw: Draw): string {
  let left = draw() * WHOLE_WEIGHT;
  for (const [name, weight] of TABLE) if ((left -= weight) < 0) return name;
  return 'json';
}

export function mutate(name: string, truth: Said, given: Given): Lie {
  const row = TABLE.find(([one]) => one === name);
  if (!row) throw new Error(`no mutation is called ${name}`);
  return row[2](truth, given);
}

/** Mutates JSON, as text: some of what comes out is no JSON any more. */

import type { Draw } from '../../src/simulator/random.ts';
import { below, IDS, LONG, oneOf, URLS, WORDS } from './values.ts';

interface Place {
  holder: Record<string, unknown> | unknown[];
  key: string | number;
}

const PLACES_MAX = 5_000;
const MARK = '\u{e000}here\u{e000}';
const HUGE_SHARE = 0.03;

/** One value or key of a JSON text changed; the whole replaced where it has no inside, or is no JSON. */
export function mutateJson(text: string, draw: Draw): string {
  const root = parse(text);
  const places = root === undefined ? [] : placesOf(root);
  if (places.length === 0 || draw() < 0.04) return anyValue(draw);
  const place = oneOf(draw, places);
  const { holder, key } = place;
  const old = Reflect.get(holder, key) as unknown;
  const raw = rawFor(draw, String(key), old, !Array.isArray(holder));
  if (raw === null) {
    if (Array.isArray(holder)) holder.splice(Number(key), 1);
    else Reflect.deleteProperty(holder, key);
    return JSON.stringify(root);
  }
  Reflect.set(holder, key, MARK);
  return JSON.stringify(root).replace(`"${MARK}"`, () => raw);
}

/** What stands in the place, as text that may also add neighbours; null takes the place away. */
function rawFor(draw: Draw, key: string, old: unknown, isNamed: boolean): string | null {
  const was = JSON.stringify(old);
  const roll = draw();
  if (roll < 0.1) return null;
  if (roll < 0.2 && isNamed) return besides(draw, key, was);
  if (roll < 0.3) return wrapped(draw, old, was);
  if (roll < 0.7) {
    const meant = meantFor(draw, key, old);
    if (meant !== null) return JSON.stringify(meant);
  }
  return anyValue(draw);
}

function anyValue(draw: Draw): string {
  return draw() < HUGE_SHARE ? oneOf(draw, HUGE_VALUES)() : oneOf(draw, ODD_VALUES);
}

/** The same key twice, or keys that every object has already. */
function besides(draw: Draw, key: string, was: string): string {
  const name = JSON.stringify(key);
  return oneOf(draw, [
    () => `${was},${name}:${anyValue(draw)}`,
    () => `${anyValue(draw)},${name}:${was}`,
    () => `${was},"__proto__":{${name}:${was},"polluted":1},"constructor":{"prototype":{"polluted":1}}`,
    () => `${was},${JSON.stringify(key.toUpperCase())}:${anyValue(draw)}`,
  ])();
}

function wrapped(draw: Draw, old: unknown, was: string): string {
  return oneOf(draw, [
    () => `[${was}]`,
    () => `{"value":${was}}`,
    () => JSON.stringify(was),
    () => JSON.stringify(String(old)),
    () => (typeof old === 'number' ? String(-old) : `"${'é'.repeat(below(draw, 2_000))}"`),
    () => (typeof old === 'number' ? String(old * 1e6) : JSON.stringify(`${String(old)}\u0000`)),
  ])();
}

/** A lie of the kind that this value is: an address, an id, a word; null where it is none of them. */
function meantFor(draw: Draw, key: string, old: unknown): string | null {
  if (typeof old !== 'string') return null;
  if (/^(https?|gs|s3):/.test(old) || /ur[il]s?$|href$/i.test(key)) return oneOf(draw, URLS);
  if (/status|state|phase|done/i.test(key)) return oneOf(draw, WORDS);
  if (/id$|name|arn|^job|task|operation/i.test(key)) return oneOf(draw, IDS);
  return draw() < 0.5 ? oneOf(draw, [...WORDS, ...IDS.slice(0, 12), ...URLS.slice(0, 8)]) : null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function placesOf(root: unknown): Place[] {
  const places: Place[] = [];
  const waiting = [root];
  for (let here = waiting.pop(); here !== undefined; here = waiting.pop()) {
    if (typeof here !== 'object' || here === null) continue;
    const holder = here as Place['holder'];
    for (const [key, value] of Object.entries(holder)) {
      if (places.length >= PLACES_MAX) return places;
      places.push({ holder, key: Array.isArray(holder) ? Number(key) : key });
      waiting.push(value ?? null);
    }
  }
  return places;
}

/** Small values of every type, as JSON text: some of them are no JSON. */
export const ODD_VALUES: readonly string[] = [
  'null',
  'true',
  'false',
  '0',
  '-1',
  '-0',
  '0.1',
  '1e308',
  '1e999',
  '-1e999',
  '9007199254740993',
  'NaN',
  'Infinity',
  'undefined',
  '',
  '01',
  "'x'",
  '""',
  '" "',
  '"NaN"',
  '"null"',
  '"-1"',
  '"1e308"',
  '"0"',
  '"true"',
  '"__proto__"',
  '"constructor"',
  '"\\u0000"',
  '"\\ud800"',
  '"\\u202e"',
  '"a\\r\\nx-evil: 1"',
  '"<script>alert(1)</script>"',
  '[]',
  '{}',
  '[null]',
  '[[]]',
  '[{}]',
  '{"":null}',
  '{"a":{"b":[]}}',
  '{"toString":1,"length":-1}',
  '{"__proto__":{"status":"failed"}}',
  '{"constructor":{"prototype":{"polluted":1}}}',
];

/** Values without measure, made when they are wanted. */
export const HUGE_VALUES: readonly (() => string)[] = [
  () => `"${LONG}"`,
  () => `"${'\\u0000'.repeat(100_000)}"`,
  () => '9'.repeat(100_000),
  () => `[${'0,'.repeat(100_000)}0]`,
  () => `[${'{},'.repeat(100_000)}{}]`,
  () => `${'['.repeat(10_000)}${']'.repeat(10_000)}`,
  () => `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`,
  () => `${'['.repeat(300_000)}${']'.repeat(300_000)}`,
  () => `{${Array.from({ length: 20_000 }, (_, n) => `"k${n}":${n}`).join(',')}}`,
];

/** The usual shapes of an error, to be mutated. */
export const ERRORS: readonly string[] = [
  '{"error":{"code":"internal_error","message":"Something broke.","status":"INTERNAL","type":"server_error"}}',
  '{"code":1303,"message":"parallel task over resource pack limit","request_id":"1"}',
  '{"detail":[{"loc":["body","prompt"],"msg":"field required","type":"value_error"}]}',
  '{"error":"Your account is out of credits","docUrl":"https://evil.fuzz.test","issues":[{"message":"x"}]}',
  '{"base_resp":{"status_code":1008,"status_msg":"insufficient balance"}}',
  '{"error":{"message":"{\\"error\\":{\\"message\\":\\"{\\\\\\"error\\\\\\":1}\\"}}"},"errors":["a","b"],"name":"x"}',
];
/** Beginnings and ends of JSON that are none. */
export const WHOLES: readonly string[] = [
  '[',
  '{',
  '"',
  '{"a"',
  '{"a":1,}',
  '[1,]',
  'null null',
  '/* */{}',
  '{"a":1}//',
  'true,',
  '\\',
];

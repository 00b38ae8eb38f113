/** From a YAML file to a configuration, or to sentences that say what is wrong and where. */

import type { z } from 'zod';
import { LineCounter, isAlias, isMap as isYamlMap, isSeq, parseDocument, visit } from 'yaml';
import type { Document, Node } from 'yaml';
import type { Instant } from '../core/base.ts';
import { complaintsOf, retype } from './complaints.ts';
import type { Complaint } from './complaints.ts';
import { interpolate } from './interpolate.ts';
import type { Interpolated } from './interpolate.ts';
import { resolve } from './resolve.ts';
import type { ResolvedConfig } from './resolve.ts';
import { REGISTRIES, fileSchema } from './schema.ts';
import type { Registries } from './schema.ts';
import { errorCode, maskText, readSecrets, secretValues } from './secrets.ts';
import { isMap } from './walk.ts';
import { issueText, pathText, show } from './words.ts';
import type { ConfigProblem } from './words.ts';

export const FILE_BYTES_MAX = 2 ** 20;
/** An alias that repeats an alias that repeats an alias … makes gigabytes of a few lines. */
export const ALIASES_MAX = 100;
export const NESTING_MAX = 32;
export const PROBLEMS_MAX = 50;

type Locate = (complaint: Complaint) => ConfigProblem;

export type Loaded =
  | { ok: true; config: ResolvedConfig; warnings: ConfigProblem[] }
  | { ok: false; errors: ConfigProblem[] };

export interface LoadTools {
  env: Readonly<Record<string, string | undefined>>;
  /** Reads a text file, throws where it cannot; config/files.ts has the bounded one. */
  readFile: (path: string) => string;
  /** Whether a text is a cron expression. */
  isCron: (text: string) => boolean;
  /** For retirements: a model that has ended costs nothing. */
  now: Instant;
  registries?: Registries;
}

/** Reads, checks and resolves a configuration file. Never throws for anything that stands in it. */
export function loadConfig(file: string, tools: LoadTools): Loaded {
  const read = readText(file, tools.readFile);
  if ('error' in read) return { ok: false, errors: [nowhere('', read.error)] };
  const parsed = parseYaml(read.text);
  if ('errors' in parsed) return { ok: false, errors: parsed.errors.slice(0, PROBLEMS_MAX) };
  const { locate } = parsed;
  const interpolated = interpolate(parsed.value ?? {}, tools.env);
  const overridden = override(withoutEmpty(interpolated.value), tools.env);
  if ('errors' in overridden) return { ok: false, errors: overridden.errors };
  if (!isMap(overridden.value)) {
    const text = `Expected a map of options, got ${show(overridden.value)}`;
    return { ok: false, errors: [locate({ path: [], text })] };
  }
  const outcome = judge(overridden.value, interpolated, tools, locate);
  if (!outcome.ok && interpolated.problems.length > 0) {
    // What could not be put in is wrong once: its path is not judged again.
    const paths = new Set(interpolated.problems.map(({ path }) => pathText(path)));
    const others = outcome.errors.filter((error) => !paths.has(error.path));
    return failure([...interpolated.problems.map(locate), ...others]);
  }
  if (interpolated.problems.length > 0) return failure(interpolated.problems.map(locate));
  return outcome;
}

/**
 * One section of a file, checked and with the environment put in. Whatever else stands in the file may be incomplete.
 * @param schema for a map of this one section
 */
export function loadSection(
  file: string,
  name: string,
  schema: z.ZodType,
  tools: Pick<LoadTools, 'env' | 'readFile'>,
): { ok: true; value: unknown } | { ok: false; errors: ConfigProblem[] } {
  const read = readText(file, tools.readFile);
  if ('error' in read) return { ok: false, errors: [nowhere('', read.error)] };
  const parsed = parseYaml(read.text);
  if ('errors' in parsed) return { ok: false, errors: parsed.errors.slice(0, PROBLEMS_MAX) };
  const { locate } = parsed;
  const whole = withoutEmpty(parsed.value ?? {});
  if (!isMap(whole)) {
    const text = `Expected a map of options, got ${show(whole)}`;
    return { ok: false, errors: [locate({ path: [], text })] };
  }
  const { value, written, problems } = interpolate({ [name]: whole[name] }, tools.env);
  if (problems.length > 0) return failure(problems.map(locate));
  const retyped = retype(schema, value, written);
  const result = schema.safeParse(retyped, { error: issueText });
  if (result.success) return { ok: true, value: isMap(retyped) ? retyped[name] : undefined };
  return failure(complaintsOf(result.error.issues, schema, retyped, written).map(locate));
}

function failure(errors: ConfigProblem[]): { ok: false; errors: ConfigProblem[] } {
  return { ok: false, errors: errors.toSorted((a, b) => a.line - b.line).slice(0, PROBLEMS_MAX) };
}

function judge(
  value: Record<string, unknown>,
  interpolated: Interpolated,
  tools: LoadTools,
  locate: Locate,
): Loaded {
  const registries = tools.registries ?? REGISTRIES;
  const schema = fileSchema(registries, value);
  const secrets = readSecrets({ ...tools, schema, value, written: interpolated.written });
  const masks = secretValues(schema, secrets.value);
  const say: Locate = (complaint) => locate({ ...complaint, text: maskText(complaint.text, masks) });
  const retyped = retype(schema, secrets.value, interpolated.written);
  const result = schema.safeParse(retyped, { error: issueText });
  if (!result.success) {
    const complaints = complaintsOf(result.error.issues, schema, retyped, interpolated.written);
    return failure([...secrets.problems, ...complaints].map(say));
  }
  if (secrets.problems.length > 0) return failure(secrets.problems.map(say));
  const resolved = resolve({ options: result.data, input: retyped, schema, registries, ...tools });
  if (resolved.problems.length > 0) return failure(resolved.problems.map(say));
  const warnings = [...secrets.warnings, ...resolved.warnings].map(say);
  return { ok: true, config: resolved.config, warnings };
}

function readText(file: string, readFile: (path: string) => string): { text: string } | { error: string } {
  try {
    const text = readFile(file);
    const bytes = Buffer.byteLength(text);
    if (bytes <= FILE_BYTES_MAX) return { text };
    return { error: `Expected a file of at most ${FILE_BYTES_MAX} bytes, got ${bytes}` };
  } catch (error) {
    return { error: `Expected a readable file: ${errorCode(error)}` };
  }
}

function nowhere(path: string, text: string): ConfigProblem {
  return { path, line: 0, column: 0, text };
}

function parseYaml(text: string): { value: unknown; locate: Locate } | { errors: ConfigProblem[] } {
  const lines = new LineCounter();
  const tooDeep = { errors: [nowhere('', `Expected at most ${NESTING_MAX} levels of nesting`)] };
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  const faults = faultsOf(document);
  if (faults.some(({ code }) => code === 'RESOURCE_EXHAUSTION')) return tooDeep;
  if (faults.length > 0) return { errors: faults.map((fault) => yamlProblem(fault, lines)) };
  try {
    const value: unknown = document.toJS({ maxAliasCount: ALIASES_MAX });
    if (isDeeper(value, NESTING_MAX)) return tooDeep;
    return { value, locate: (complaint) => place(document, lines, complaint) };
  } catch {
    // Every alias has its anchor: what is left to go wrong is that they are too many.
    return { errors: [nowhere('', `Expected at most ${ALIASES_MAX} uses of aliases`)] };
  }
}

interface Fault {
  code: string;
  message: string;
  pos: [number, number];
}

/** What the parser finds wrong. Of broken syntax only the first: the rest follows from it. */
function faultsOf(document: Document.Parsed): Fault[] {
  const all: Fault[] = [...document.errors, ...document.warnings];
  const broken = all.filter(({ code }) => code !== 'DUPLICATE_KEY');
  const exhausted = broken.find(({ code }) => code === 'RESOURCE_EXHAUSTION');
  if (exhausted !== undefined) return [exhausted];
  if (all.length > 0) return all.filter((fault) => !broken.includes(fault) || fault === broken[0]);
  const dangling: Fault[] = [];
  visit(document, {
    Alias: (_, alias) => {
      if (alias.resolve(document) !== undefined) return;
      const from = alias.range?.[0] ?? 0;
      dangling.push({ code: 'ALIAS', message: `There is no anchor &${alias.source}`, pos: [from, from] });
    },
  });
  return dangling;
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}

function yamlProblem(fault: Fault, lines: LineCounter): ConfigProblem {
  const { line, col } = lines.linePos(fault.pos[0]);
  // What follows a colon quotes the file, where a secret may stand.
  const [message = ''] = fault.message.split(/: ["']/);
  const isDouble = fault.code === 'DUPLICATE_KEY';
  const text = isDouble ? 'The same option stands here twice' : `Not YAML: ${message}`;
  return { path: '', line, column: col, text };
}

/** Finds the place of a path, or of its nearest parent that stands in the file. */
function place(document: Document, lines: LineCounter, complaint: Complaint): ConfigProblem {
  let node: unknown = document.contents;
  let offset = document.contents?.range?.[0] ?? 0;
  for (const [depth, key] of complaint.path.entries()) {
    const collection: unknown = isAlias(node) ? node.resolve(document) : node;
    const isLast = depth === complaint.path.length - 1;
    if (isYamlMap(collection)) {
      const pair = collection.items.find((item) => keyOf(item.key) === String(key));
      if (pair === undefined) break;
      const wanted = isLast && complaint.key === true ? pair.key : (pair.value ?? pair.key);
      offset = (wanted as Node).range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(collection)) {
      node = collection.items[Number(key)];
      offset = (node as Node | undefined)?.range?.[0] ?? offset;
    } else break;
  }
  const { line, col } = lines.linePos(offset);
  return { path: pathText(complaint.path), line, column: col, text: complaint.text };
}

function keyOf(key: unknown): string {
  const value: unknown = typeof key === 'object' && key !== null && 'value' in key ? key.value : key;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A section whose options are all commented out reads as null, and means its defaults. */
function withoutEmpty(value: unknown): unknown {
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, section]) => section !== null));
}

/** REELWATCH_HOST, REELWATCH_PORT and REELWATCH_DATA_DIR stand above the file: containers set them. */
function override(value: unknown, env: LoadTools['env']): { value: unknown } | { errors: ConfigProblem[] } {
  const host = env['REELWATCH_HOST'] ?? '';
  const port = env['REELWATCH_PORT'] ?? '';
  const dir = env['REELWATCH_DATA_DIR'] ?? '';
  if (!/^\d{0,5}$/.test(port) || Number(port) > 65_535) {
    return { errors: [nowhere('REELWATCH_PORT', `Expected a port of 0 to 65535, got ${show(port)}`)] };
  }
  const withHost = host === '' ? value : set(value, 'server', 'host', host);
  const withPort = port === '' ? withHost : set(withHost, 'server', 'port', Number(port));
  return { value: dir === '' ? withPort : set(withPort, 'data', 'dir', dir) };
}

function set(value: unknown, section: string, option: string, content: unknown): unknown {
  if (!isMap(value)) return value;
  const inner = value[section] ?? {};
  return isMap(inner) ? { ...value, [section]: { ...inner, [option]: content } } : value;
}

/** From a YAML file to a configuration, or to sentences that say what is wrong and where. */

import type { z } from 'zod';
import type { Instant } from '../core/base.ts';
import { complaintsOf, retype } from './complaints.ts';
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
import { nowhere, parseYaml } from './yaml.ts';
import type { Locate } from './yaml.ts';

export const FILE_BYTES_MAX = 2 ** 20;
export const PROBLEMS_MAX = 50;

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
  const parsed = parseFile(file, tools.readFile);
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
 * Some sections of a file, checked and with the environment and secret files put in. The others may be incomplete.
 * @param schema for a map of these sections
 * @returns the content as the file has it, without defaults
 */
export function loadSections(
  file: string,
  names: readonly string[],
  schema: z.ZodType,
  tools: Pick<LoadTools, 'env' | 'readFile'>,
): { ok: true; value: Record<string, unknown> } | { ok: false; errors: ConfigProblem[] } {
  const parsed = parseFile(file, tools.readFile);
  if ('errors' in parsed) return { ok: false, errors: parsed.errors.slice(0, PROBLEMS_MAX) };
  const { locate } = parsed;
  const whole = withoutEmpty(parsed.value ?? {});
  if (!isMap(whole)) {
    const text = `Expected a map of options, got ${show(whole)}`;
    return { ok: false, errors: [locate({ path: [], text })] };
  }
  const { value: filled, written, problems } = interpolate(pick(whole, names), tools.env);
  if (problems.length > 0) return failure(problems.map(locate));
  const overridden = override(filled, tools.env);
  if ('errors' in overridden) return { ok: false, errors: overridden.errors };
  const picked = pick(overridden.value, names);
  const secrets = readSecrets({ schema, value: picked, written, readFile: tools.readFile });
  if (secrets.problems.length > 0) return failure(secrets.problems.map(locate));
  const value = retype(schema, secrets.value, written);
  const result = schema.safeParse(value, { error: issueText });
  if (result.success && isMap(value)) return { ok: true, value };
  return failure(complaintsOf(result.error?.issues ?? [], schema, value, written).map(locate));
}

function pick(value: unknown, names: readonly string[]): Record<string, unknown> {
  const entries = Object.entries(isMap(value) ? value : {});
  return Object.fromEntries(entries.filter(([name]) => names.includes(name)));
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

function parseFile(file: string, readFile: LoadTools['readFile']): ReturnType<typeof parseYaml> {
  const read = readText(file, readFile);
  return 'error' in read ? { errors: [nowhere('', read.error)] } : parseYaml(read.text);
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

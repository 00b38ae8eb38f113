/** What if: the health options of a configuration with a few others in their place. */

import { z } from 'zod';
import type { HealthPolicy } from '../core/policy.ts';
import { complaintsOf, retype } from './complaints.ts';
import { pathKey } from './interpolate.ts';
import { healthSchema } from './judging.ts';
import { loadSections } from './load.ts';
import type { LoadTools } from './load.ts';
import { policyOf } from './policy.ts';
import type { ReadConfig } from './reading.ts';
import { isMap, mapOptions } from './walk.ts';
import { issueText, pathText, sentence, show } from './words.ts';

/** More changes at once than there are options make no sense. */
export const SETS_MAX = 50;

const schema = z.strictObject({ health: healthSchema });
type Option = keyof z.output<typeof healthSchema>;

/** An option that differs, as the file would have it. */
export interface Change {
  name: string;
  from: string;
  to: string;
  /** It moves verdicts; else only when canaries are ordered, and how many. */
  isJudging: boolean;
}

export type Supposed =
  | { ok: true; present: HealthPolicy; policy: HealthPolicy; changes: Change[] }
  | { ok: false; errors: string[] };

/**
 * The numbers to decide by: those of the configuration, or those of another file's health section, with single options
 * set. What is set follows the schema of the file, units and all. Never throws for anything that was typed.
 * @param sets texts such as `alertAt=0.9`
 * @param other another configuration, of which only the health section must be complete
 */
export function supposing(
  config: Pick<ReadConfig, 'source'> & { options: Pick<ReadConfig['options'], 'budget' | 'health'> },
  { sets, other }: { sets: readonly string[]; other: string | null },
  tools: Pick<LoadTools, 'env' | 'readFile'>,
): Supposed {
  const own = isMap(config.source.value) ? config.source.value['health'] : undefined;
  const base = other === null ? { ok: true as const, value: own } : readHealth(other, tools);
  if (!base.ok) return base;
  const given = setAll(base.value, sets);
  if (!given.ok) return given;
  const parsed = schema.safeParse(given.value, { error: issueText });
  if (!parsed.success) {
    const complaints = complaintsOf(parsed.error.issues, schema, given.value, new Map());
    return { ok: false, errors: complaints.map(({ path, text }) => `--set: ${pathText(path)}: ${text}`) };
  }
  const { budget, health } = config.options;
  const policy = (options: typeof health) => policyOf({ health: options, budget });
  const [before, after] = [plain(own), plain(given.value.health)];
  const changes = Object.keys(after)
    .filter((name) => parsed.data.health[name as Option] !== health[name as Option])
    .map((name): Change => {
      const alone = { ...health, [name]: parsed.data.health[name as Option] };
      const isJudging = judging(policy(alone)) !== judging(policy(health));
      return { name, from: before[name] ?? '', to: after[name] ?? '', isJudging };
    });
  return { ok: true, present: policy(health), policy: policy(parsed.data.health), changes };
}

function readHealth(
  file: string,
  tools: Pick<LoadTools, 'env' | 'readFile'>,
): { ok: true; value: unknown } | { ok: false; errors: string[] } {
  const section = loadSections(file, ['health'], schema, tools);
  if (section.ok) return { ok: true, value: section.value['health'] };
  return { ok: false, errors: section.errors.map((problem) => sentence(file, problem)) };
}

/** What was typed is text; where the schema wants a number, it becomes one. */
function setAll(
  health: unknown,
  sets: readonly string[],
): { ok: true; value: { health: unknown } } | { ok: false; errors: string[] } {
  if (sets.length > SETS_MAX)
    return { ok: false, errors: [`--set: Expected at most ${SETS_MAX} of them, got ${sets.length}`] };
  const pairs = sets.map((text) => /^([^=]+)=(.*)$/s.exec(text));
  const odd = sets.find((_, n) => pairs[n] === null);
  if (odd !== undefined)
    return { ok: false, errors: [`--set: Expected NAME=VALUE such as alertAt=0.9, got ${show(odd)}`] };
  const typed = new Map(pairs.map((pair) => [(pair?.[1] ?? '').trim(), (pair?.[2] ?? '').trim()]));
  const value = { health: { ...(isMap(health) && health), ...Object.fromEntries(typed) } };
  const written = new Map([...typed].map(([name, text]) => [pathKey(['health', name]), text]));
  return { ok: true, value: retype(schema, value, written) as { health: unknown } };
}

/** Every option as the file would have it, its default where it is silent. */
function plain(health: unknown): Record<string, string> {
  const filled = mapOptions(healthSchema, health, ({ value }) => value);
  return Object.fromEntries(Object.entries(isMap(filled) ? filled : {}).map(([k, v]) => [k, String(v)]));
}

/** The part of a policy that events are folded with: what only orders canaries left out. */
function judging({ detection, ...others }: HealthPolicy): string {
  const { demand: _, ...rest } = detection;
  return JSON.stringify([others, rest]);
}

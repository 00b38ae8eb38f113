/** What commands that only read the store need of a configuration: no adapter, and no secret but the database's. */

import { z } from 'zod';
import type { Target } from '../core/model.ts';
import { loadSections } from './load.ts';
import type { LoadTools } from './load.ts';
import { PLAIN_SECTIONS } from './schema.ts';
import type { FileOptions } from './schema.ts';
import { targetIdOf } from './watching.ts';
import type { ConfigProblem } from './words.ts';

const SECTIONS = ['data', 'budget', 'health', 'targets', 'plans'] as const;
type Section = (typeof SECTIONS)[number];

export interface ReadConfig {
  options: Pick<FileOptions, Section>;
  targets: Target[];
  /** The file's own content of these sections. */
  source: { value: unknown };
}

/**
 * The sections of a file that say where the store is, and how what it holds is evaluated. Secrets of other sections may be
 * missing. Never throws for anything that stands in the file.
 */
export function loadForReading(
  file: string,
  tools: Pick<LoadTools, 'env' | 'readFile'>,
): { ok: true; config: ReadConfig } | { ok: false; errors: ConfigProblem[] } {
  const { data, budget, health, targets, plans } = PLAIN_SECTIONS;
  const schema = z.strictObject({ data, budget, health, targets, plans });
  const loaded = loadSections(file, SECTIONS, schema, tools);
  if (!loaded.ok) return loaded;
  const options = schema.parse(loaded.value);
  return {
    ok: true,
    config: { options, targets: options.targets.map(targetOf), source: { value: loaded.value } },
  };
}

function targetOf(wanted: FileOptions['targets'][number]): Target {
  const { provider, model, region = null } = wanted;
  return { id: targetIdOf(wanted), provider, model, region };
}

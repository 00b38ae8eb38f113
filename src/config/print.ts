/** The configuration as it may be seen: masked, hashed, and the list of what must never be. */

import { createHash } from 'node:crypto';
import type { ResolvedConfig } from './resolve.ts';
import { maskOptions, secretValues } from './secrets.ts';

/** Every option with its value as the file would have it, defaults filled in, secrets as `***`. */
export function masked(config: ResolvedConfig): unknown {
  return maskOptions(config.source.schema, config.source.value);
}

/** Every secret value, longest first: what logs and messages must mask. */
export function secretsOf(config: ResolvedConfig): string[] {
  return secretValues(config.source.schema, config.source.value);
}

/** `sha256:…` of the masked configuration with sorted keys: the same for the same meaning, whatever the keys are. */
export function configHash(config: ResolvedConfig): string {
  return `sha256:${createHash('sha256')
    .update(canonical(masked(config)))
    .digest('hex')}`;
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}

import type { Target } from '../../src/core/model.ts';

/** The target that an id without a region names. */
export function targetOf(id: string): Target {
  const [provider = '', model = ''] = id.split('/');
  return { id, provider, model, region: null };
}

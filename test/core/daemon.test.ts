import { describe, expect, it } from 'vitest';
import { MINUTE } from '../../src/core/base.ts';
import { daemonEffects } from '../../src/core/daemon.ts';
import { freshState } from '../../src/core/fresh.ts';
import type { TargetState } from '../../src/core/model.ts';
import { NOON } from './life.ts';

const seen = (id: string): TargetState => freshState(id, NOON);
const cut = (id: string, since = NOON): TargetState => ({
  ...seen(id),
  blind: { cause: 'unreachable', since, text: 'getaddrinfo ENOTFOUND', by: 'check' },
});
const all = (...states: TargetState[]) => new Map(states.map((state) => [state.id, state]));

describe('that nothing can be reached from here', () => {
  it('is told with the first target that cannot be watched for it, and not with the others', () => {
    expect(daemonEffects(all(seen('a'), seen('b')), cut('a'), NOON)).toEqual([
      { type: 'network.lost', at: NOON, text: 'getaddrinfo ENOTFOUND' },
    ]);
    expect(daemonEffects(all(cut('a'), seen('b')), cut('b'), NOON)).toEqual([]);
  });

  it('is told as over with the last one that can be watched again, as long as that one could not be', () => {
    const at = NOON + 9 * MINUTE;

    expect(daemonEffects(all(cut('a'), cut('b')), seen('a'), at)).toEqual([]);
    expect(daemonEffects(all(seen('a'), cut('b', NOON + MINUTE)), seen('b'), at)).toEqual([
      { type: 'network.restored', at, durationMs: 8 * MINUTE },
    ]);
  });

  it('is nothing where a target stays as it was, or cannot be watched for a reason of its own', () => {
    const refused: TargetState = { ...cut('a'), blind: { cause: 'auth', since: NOON, text: '', by: 'run' } };

    expect(daemonEffects(all(cut('a')), cut('a'), NOON)).toEqual([]);
    expect(daemonEffects(all(seen('a')), refused, NOON)).toEqual([]);
  });
});

describe('that a budget is low', () => {
  const returnsAt = NOON + 5 * MINUTE;
  const low = (id: string, provider: string | null = 'acme', since = NOON): TargetState => ({
    ...seen(id),
    budgetLow: { since, provider, budgetUsd: 1, returnsAt },
  });

  it('is told with the first target that it keeps waiting, once for each budget', () => {
    expect(daemonEffects(all(seen('a'), seen('b')), low('a'), NOON)).toEqual([
      { type: 'budget.low', at: NOON, provider: 'acme', budgetUsd: 1, waiting: 'a', returnsAt },
    ]);
    expect(daemonEffects(all(low('a'), seen('b')), low('b'), NOON)).toEqual([]);
    expect(daemonEffects(all(low('a'), seen('b')), low('b', null), NOON)).toMatchObject([{ provider: null }]);
  });

  it('is told as over with the last one', () => {
    const at = NOON + 9 * MINUTE;

    expect(daemonEffects(all(low('a'), low('b')), seen('a'), at)).toEqual([]);
    expect(daemonEffects(all(low('a', null), low('b')), seen('b'), at)).toEqual([
      { type: 'budget.restored', at, provider: 'acme', budgetUsd: 1, durationMs: 9 * MINUTE },
    ]);
  });
});

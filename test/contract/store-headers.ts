/** Headers in which providers announce an end. */

import { expect, it } from 'vitest';
import { HOUR } from '../../src/core/base.ts';
import type { SeenHeader } from '../../src/core/lifecycle-headers.ts';
import { NOON } from '../store/samples.ts';
import type { Given } from './store.ts';

function seen(more: Partial<SeenHeader> = {}): SeenHeader {
  return {
    provider: 'krea',
    name: 'sunset',
    value: 'Mon, 27 Apr 2026 00:00:00 GMT',
    place: 'api.krea.ai/jobs/{id}',
    firstSeenAt: NOON,
    lastSeenAt: NOON,
    ...more,
  };
}

export function describeHeaders({ fresh }: Given): void {
  it('keeps a header of a provider once, with when it was seen first and last', async () => {
    const { store } = await fresh();

    const first = await store.noteHeader(seen());
    const again = await store.noteHeader(seen({ firstSeenAt: NOON + HOUR, lastSeenAt: NOON + HOUR }));
    const late = await store.noteHeader(seen({ firstSeenAt: NOON - HOUR, lastSeenAt: NOON - HOUR }));

    expect([first, again, late]).toEqual([true, false, false]);
    expect(await store.seenHeaders()).toEqual([seen({ lastSeenAt: NOON + HOUR })]);
  });

  it('tells headers apart by provider, name, value and place, those seen last first', async () => {
    const { store } = await fresh();
    const others = [
      seen({ provider: 'acme' }),
      seen({ name: 'deprecation', value: 'true' }),
      seen({ value: '@1777248000' }),
      seen({ place: 'api.krea.ai/generate/video' }),
    ].map((header, i) => ({ ...header, lastSeenAt: NOON + i + 1 }));

    for (const header of [seen(), ...others]) expect(await store.noteHeader(header)).toBe(true);

    expect(await store.seenHeaders()).toEqual([...others.toReversed(), seen()]);
  });

  it('keeps fifty of a provider, those seen last', async () => {
    const { store } = await fresh();
    await store.noteHeader(seen({ provider: 'acme' }));

    for (let i = 0; i < 60; i++) await store.noteHeader(seen({ value: `@${i}`, lastSeenAt: NOON + i }));

    const kept = await store.seenHeaders();
    expect(kept.filter(({ provider }) => provider === 'krea').map(({ value }) => value)).toEqual(
      Array.from({ length: 50 }, (_, i) => `@${59 - i}`),
    );
    expect(kept.filter(({ provider }) => provider === 'acme')).toHaveLength(1);
  });
}

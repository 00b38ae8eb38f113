import { expect, it } from 'vitest';
import { HEALTHS } from '../../src/core/model.ts';
import { peersOf } from '../../src/core/peers.ts';
import type { Member } from './routes.ts';
import { statesOf } from './routes.ts';
import { targetOf } from './targets.ts';

const view = (members: Member[], targets = members.map(([id]) => targetOf(id))) =>
  peersOf(targetOf('acme/one'), targets, statesOf(members));

it.each([
  ['unknown', { fine: 0, troubled: [], blind: 0 }],
  ['healthy', { fine: 1, troubled: [], blind: 0 }],
  ['suspect', { fine: 0, troubled: ['blame/x'], blind: 0 }],
  ['degraded', { fine: 0, troubled: ['blame/x'], blind: 0 }],
  ['down', { fine: 0, troubled: ['blame/x'], blind: 0 }],
  ['recovering', { fine: 0, troubled: ['blame/x'], blind: 0 }],
  ['retired', { fine: 0, troubled: [], blind: 0 }],
] as const)('sees another provider that is %s as %j', (health, expected) => {
  expect(HEALTHS).toContain(health);
  expect(view([['blame/x', 1, health]])).toEqual(expected);
});

it('sees a blind target as blind, whatever lies beneath', () => {
  expect(
    view([
      ['blame/x', 1, 'down', 'blind'],
      ['cord/y', 1, 'healthy', 'blind'],
    ]),
  ).toEqual({
    fine: 0,
    troubled: [],
    blind: 2,
  });
});

it('does not count other targets of the same provider: they say nothing about others', () => {
  expect(
    view([
      ['acme/one', 1, 'down'],
      ['acme/two', 1, 'down'],
    ]),
  ).toEqual({ fine: 0, troubled: [], blind: 0 });
});

it('does not count what nobody watches yet', () => {
  expect(view([], [targetOf('blame/x')])).toEqual({ fine: 0, troubled: [], blind: 0 });
});

it('names the troubled in the order of the configuration', () => {
  const { troubled, fine } = view([
    ['cord/y', 1, 'down'],
    ['blame/x', 1, 'suspect'],
    ['dune/z', 1, 'healthy'],
  ]);

  expect(troubled).toEqual(['cord/y', 'blame/x']);
  expect(fine).toBe(1);
});

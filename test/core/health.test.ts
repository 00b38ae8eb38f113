import { describe, expect, it } from 'vitest';
import { DAY, MINUTE } from '../../src/core/base.ts';
import { BLAME } from '../../src/core/classify.ts';
import { freshState } from '../../src/core/fresh.ts';
import type { Health } from '../../src/core/model.ts';
import { CAUSES, HEALTHS } from '../../src/core/model.ts';
import type { Life, Said } from './life.ts';
import { ID, NOON, lifeIn } from './life.ts';

/**
 * All rules of health: the line is what was seen, the column the health before, the cell the health after.
 * Here `down` comes with an incident, of which `recovering` has seen one pass of the two that end it.
 * Every cause of failure stands under the one to blame for it.
 */
const RULES = `
  seen                 | unknown | healthy | suspect  | degraded   | down       | recovering | retired
  pass                 | healthy | healthy | healthy  | recovering | recovering | healthy    | healthy
  slow                 | suspect | suspect | suspect  | degraded   | recovering | healthy    | suspect
  provider's fault     | suspect | suspect | down     | degraded   | down       | down       | retired
  our fault            | unknown | healthy | suspect  | degraded   | down       | recovering | retired
  nobody's fault       | unknown | healthy | suspect  | degraded   | down       | recovering | retired
  model is retired     | retired | retired | retired  | retired    | retired    | retired    | retired
  check: ok            | unknown | healthy | suspect  | degraded   | down       | recovering | retired
  check: slow          | unknown | healthy | suspect  | degraded   | down       | recovering | retired
  check: provider      | suspect | suspect | suspect  | degraded   | down       | recovering | retired
  check: us            | unknown | healthy | suspect  | degraded   | down       | recovering | retired
  check: nobody        | unknown | healthy | suspect  | degraded   | down       | recovering | retired
  check: retired       | suspect | suspect | suspect  | degraded   | down       | recovering | retired
  notice for next year | unknown | healthy | suspect  | degraded   | down       | recovering | retired
  notice, now due      | retired | retired | retired  | retired    | retired    | retired    | retired
  midnight             | unknown | healthy | suspect  | degraded   | down       | recovering | retired
`;
const [healths = [], ...rules] = RULES.trim()
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()));

const runs =
  (...said: Said[]) =>
  (life: Life, n: number) =>
    life.run(NOON, said[n % said.length] ?? 'pass');
const checks =
  (...said: Said[]) =>
  (life: Life, n: number) =>
    life.check(NOON, said[n % said.length] ?? 'pass');

// `model_missing` changes sides with what the model has done, so it stands with neither here.
const THEIRS = CAUSES.filter((cause) => BLAME[cause] === 'provider' && cause !== 'retired');
const OURS = CAUSES.filter((cause) => BLAME[cause] === 'us' && cause !== 'model_missing');
const NOBODYS = CAUSES.filter((cause) => BLAME[cause] === 'nobody');

/** How each line of the table is acted, and in how many variants. */
const ACTED: Record<string, { variants: number; act: (life: Life, n: number) => unknown }> = {
  pass: { variants: 1, act: runs('pass') },
  slow: { variants: 1, act: runs('slow') },
  "provider's fault": { variants: THEIRS.length, act: runs(...THEIRS) },
  'our fault': { variants: OURS.length, act: runs(...OURS) },
  "nobody's fault": { variants: NOBODYS.length, act: runs(...NOBODYS) },
  'model is retired': { variants: 1, act: runs('retired') },
  'check: ok': { variants: 1, act: checks('pass') },
  'check: slow': { variants: 1, act: checks('slow') },
  'check: provider': { variants: THEIRS.length, act: checks(...THEIRS) },
  'check: us': { variants: OURS.length, act: checks(...OURS) },
  'check: nobody': { variants: NOBODYS.length, act: checks(...NOBODYS) },
  'check: retired': { variants: 1, act: checks('retired') },
  'notice for next year': {
    variants: 1,
    act: (life) => life.notice(NOON, { effectiveAt: NOON + 365 * DAY }),
  },
  'notice, now due': { variants: 1, act: (life) => life.notice(NOON, { effectiveAt: NOON - MINUTE }) },
  midnight: { variants: 1, act: (life) => life.day(NOON) },
};

describe('the rules of health', () => {
  it('are complete: every health, and everything that can be seen', () => {
    expect(healths).toEqual(['seen', ...HEALTHS]);
    expect(rules.map(([seen]) => seen)).toEqual(Object.keys(ACTED));
    expect([...THEIRS, ...OURS, ...NOBODYS, 'retired', 'model_missing'].toSorted()).toEqual(
      CAUSES.toSorted(),
    );
  });

  const cells = rules.flatMap(([seen = '', ...after]) =>
    after.map((to, n) => [seen, HEALTHS[n], to] as const),
  );
  it.each(cells)('%s makes %s %s', (seen, from, to) => {
    const { variants, act } = ACTED[seen]!;
    const reached = Array.from({ length: variants }, (_, n) => {
      const life = lifeIn(from!);
      act(life, n);
      return life.state.health;
    });

    expect(reached).toEqual(Array.from({ length: variants }, () => to));
  });
});

it('begins by knowing nothing and telling nothing', () => {
  const state = freshState(ID, NOON);

  expect(state).toMatchObject({ id: ID, version: 0, health: 'unknown', since: NOON, incident: null });
  expect(state).toMatchObject({
    blind: null,
    probe: null,
    notice: null,
    lastRun: null,
    reason: { code: 'unknown' },
  });
});

it.each(HEALTHS)('keeps the moment at which %s began, however often it is confirmed', (health: Health) => {
  const life = lifeIn(health);
  const { since } = life.state;
  life.run(NOON, 'rate_limited');
  life.run(NOON + MINUTE, 'auth');

  expect(life.state.health).toBe(health);
  expect(life.state.since).toBe(since);
});

it('keeps the five newest pieces of evidence, the newest first', () => {
  const life = lifeIn('healthy');
  for (let n = 0; n < 7; n++) life.run(NOON + n * MINUTE, 'unavailable');

  expect(life.state.evidence.map(({ at }) => (at - NOON) / MINUTE)).toEqual([6, 5, 4, 3, 2]);
  expect(life.state.incident?.evidence).toEqual(life.state.evidence);
});

it('remembers the ends of the eight newest incidents', () => {
  const life = lifeIn('healthy');
  const spells = Array.from({ length: 10 }, (_, n) => NOON + n * DAY);
  for (const at of spells) {
    for (const said of ['unavailable', 'unavailable', 'pass', 'pass'] as const) life.run(at, said);
  }

  expect(life.state.closedAt).toEqual(spells.slice(-8));
  expect(life.state.incidentCount).toBe(10);
});

import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../src/core/base.ts';
import { BLAME } from '../../src/core/classify.ts';
import { freshState } from '../../src/core/fresh.ts';
import type { Blame, Cause, Health } from '../../src/core/model.ts';
import { CAUSES, HEALTHS } from '../../src/core/model.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import type { Life, Said } from './life.ts';
import { ID, NOON, job, lifeIn, wellLife } from './life.ts';

/**
 * All rules of health: the line is what was seen, the column the health before, the cell the health after.
 * Here `suspect` has seen one failure, `down` four of them, `recovering` one good video after those, and `degraded`
 * five slow ones. Every cause of failure stands under the one to blame for it, but where it weighs otherwise.
 */
const RULES = `
  seen                 | unknown | healthy | suspect | degraded   | down       | recovering | retired
  pass                 | healthy | healthy | healthy | recovering | recovering | recovering | healthy
  slow                 | healthy | healthy | healthy | degraded   | down       | degraded   | healthy
  provider's fault     | suspect | suspect | suspect | degraded   | down       | down       | retired
  bad video            | suspect | suspect | suspect | degraded   | down       | down       | retired
  model is gone        | suspect | healthy | suspect | degraded   | down       | down       | retired
  our fault            | unknown | healthy | suspect | degraded   | down       | recovering | retired
  nobody's fault       | unknown | healthy | suspect | degraded   | down       | recovering | retired
  refused              | unknown | healthy | healthy | degraded   | down       | degraded   | retired
  check: ok            | unknown | healthy | suspect | degraded   | down       | recovering | retired
  check: provider      | suspect | suspect | suspect | degraded   | down       | down       | retired
  check: gone          | suspect | healthy | suspect | degraded   | down       | down       | retired
  check: us            | unknown | healthy | suspect | degraded   | down       | recovering | retired
  check: nobody        | unknown | healthy | suspect | degraded   | down       | recovering | retired
  sibling: ok          | unknown | healthy | suspect | degraded   | down       | recovering | retired
  sibling: fail        | unknown | healthy | suspect | degraded   | down       | recovering | retired
  a moment passes      | unknown | healthy | suspect | degraded   | down       | recovering | retired
  two hours pass       | unknown | healthy | healthy | degraded   | down       | recovering | retired
  and it stays away    | unknown | healthy | healthy | degraded   | down       | healthy    | retired
  a job is on time     | unknown | healthy | suspect | degraded   | down       | recovering | retired
  a job is overdue     | unknown | suspect | suspect | degraded   | down       | recovering | retired
  three are overdue    | unknown | down    | down    | down       | down       | recovering | retired
  sight is lost        | unknown | healthy | healthy | degraded   | down       | recovering | retired
  notice for next year | unknown | healthy | suspect | degraded   | down       | recovering | retired
  notice, now due      | retired | retired | retired | retired    | retired    | retired    | retired
  midnight             | unknown | healthy | suspect | degraded   | down       | recovering | retired
`;
const [healths = [], ...rules] = RULES.trim()
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()));

interface Acted {
  variants: number;
  act: (life: Life, n: number) => unknown;
}
const runs = (...said: Said[]): Acted => ({
  variants: said.length,
  act: (life, n) => life.run(NOON, said[n] ?? 'pass'),
});
const checks = (...said: Said[]): Acted => ({
  variants: said.length,
  act: (life, n) => life.check(NOON, said[n] ?? 'pass'),
});
const acts = (act: (life: Life) => unknown): Acted => ({ variants: 1, act });
const jobs = (...minutesAgo: number[]) => minutesAgo.map((minutes) => job(NOON - minutes * MINUTE));

/** What has rules of its own; `model_missing` changes sides with what the model has done. */
const SPECIAL: readonly Cause[] = ['bad_output', 'retired', 'model_missing', 'moderated'];
const blamedOn = (blame: Blame) =>
  CAUSES.filter((cause) => BLAME[cause] === blame && !SPECIAL.includes(cause));
const THEIRS = blamedOn('provider');
const OURS = blamedOn('us');
const NOBODYS = blamedOn('nobody');

/** How each line of the table is acted, and in how many variants. */
const ACTED: Record<string, Acted> = {
  pass: runs('pass'),
  slow: runs('slow'),
  "provider's fault": runs(...THEIRS),
  'bad video': runs('bad_output'),
  'model is gone': runs('retired'),
  'our fault': runs(...OURS),
  "nobody's fault": runs(...NOBODYS),
  refused: runs('moderated'),
  'check: ok': checks('pass', 'slow'),
  'check: provider': checks(...THEIRS, 'bad_output'),
  'check: gone': checks('retired'),
  'check: us': checks(...OURS),
  'check: nobody': checks(...NOBODYS, 'moderated'),
  'sibling: ok': acts((life) => life.sibling(NOON, 'ok')),
  'sibling: fail': acts((life) => life.sibling(NOON, 'fail')),
  'a moment passes': acts((life) => life.look(NOON)),
  'two hours pass': acts((life) => life.look(NOON + 2 * HOUR)),
  'and it stays away': acts((life) => {
    life.look(NOON + 2 * HOUR);
    life.look(NOON + 2 * HOUR + DEFAULT_POLICY.settleMs);
  }),
  'a job is on time': acts((life) => life.look(NOON, jobs(0.5))),
  'a job is overdue': acts((life) => life.look(NOON, jobs(5))),
  'three are overdue': acts((life) => life.look(NOON, jobs(10, 9, 8))),
  'sight is lost': acts((life) => life.sightLost(NOON)),
  'notice for next year': acts((life) => life.notice(NOON, { effectiveAt: NOON + 365 * DAY })),
  'notice, now due': acts((life) => life.notice(NOON, { effectiveAt: NOON - MINUTE })),
  midnight: acts((life) => life.day(NOON)),
};

describe('the rules of health', () => {
  it('are complete: every health, and everything that can be seen', () => {
    expect(healths).toEqual(['seen', ...HEALTHS]);
    expect(rules.map(([seen]) => seen)).toEqual(Object.keys(ACTED));
    expect([...THEIRS, ...OURS, ...NOBODYS, ...SPECIAL].toSorted()).toEqual(CAUSES.toSorted());
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
    belief: null,
    signs: [],
    trust: 1,
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

it('takes free checks that say the same one after the other as one piece of evidence, the newest', () => {
  const life = lifeIn('healthy');
  for (let n = 0; n < 3; n++) life.check(NOON + n * MINUTE, 'unavailable');
  life.check(NOON + 3 * MINUTE, 'overloaded');
  life.run(NOON + 4 * MINUTE, 'overloaded');

  const seen = life.state.evidence.map(({ at, cause, runId }) => [
    (at - NOON) / MINUTE,
    cause,
    runId === null,
  ]);
  expect(seen).toEqual([
    [4, 'overloaded', false],
    [3, 'overloaded', true],
    [2, 'unavailable', true],
  ]);
});

it('forgets evidence once nothing is suspected any more', () => {
  const life = lifeIn('suspect');
  expect(life.state.evidence).toHaveLength(1);
  life.run(NOON, 'pass');
  life.look(NOON + HOUR);

  expect(life.state).toMatchObject({ health: 'healthy', evidence: [] });
  expect(life.state.belief?.troubleSince).toBeNull();
});

it('numbers the incidents of a target, and remembers of their ends no more than the last hours', () => {
  const life = lifeIn('healthy');
  for (let n = 0; n < 4; n++) {
    const at = NOON + n * DAY;
    for (let k = 0; k < 4; k++) life.run(at + k * MINUTE, 'unavailable');
    for (let k = 4; k < 15; k++) life.run(at + k * MINUTE, 'pass');
  }

  const opened = life.told.flatMap((effect) =>
    effect.type === 'incident.opened' ? [effect.incident.id] : [],
  );
  expect(opened).toEqual([1, 2, 3, 4].map((n) => `${ID}!${n}`));
  expect(life.state).toMatchObject({ incidentCount: 4, incident: null });
  expect(life.state.belief?.closes).toHaveLength(1);
});

describe('blindness over health', () => {
  it('takes back no suspicion, and no trust, whatever else our account answers', () => {
    const life = lifeIn('suspect');
    life.run(NOON, 'unavailable');
    const { trust } = life.state;
    for (let n = 1; n <= 3; n++) life.run(NOON + n * MINUTE, 'auth');

    expect(trust).toBeLessThan(0.5);
    expect(life.state.health).toBe('suspect');
    expect(Math.abs(life.state.trust - trust)).toBeLessThan(0.1);
  });

  it('does not hide an outage that begins beneath it', () => {
    const life = wellLife();
    life.run(NOON, 'auth');
    life.run(NOON + MINUTE, 'auth');
    for (let n = 2; n < 6; n++) life.run(NOON + n * MINUTE, 'unavailable');

    expect(life.state).toMatchObject({
      health: 'down',
      blind: { cause: 'auth' },
      incident: { worst: 'down' },
    });
    expect(life.told.map(({ type }) => type)).toEqual(['blind.began', 'incident.opened']);
  });
});

describe('an outage that gets worse where we are blind', () => {
  it('is shown as what it is told to be', () => {
    const life = lifeIn('degraded');
    life.run(NOON, 'auth');
    life.run(NOON + MINUTE, 'auth');
    for (let n = 2; n < 12; n++) {
      const told = life.run(NOON + n * MINUTE, 'unavailable').map(({ type }) => type);
      expect(life.state.health).toBe(life.state.incident?.worst);
      expect(told).toEqual(
        life.state.incident?.worst === 'down' && told.length > 0 ? ['incident.changed'] : [],
      );
    }

    expect(life.state).toMatchObject({
      health: 'down',
      blind: { cause: 'auth' },
      incident: { worst: 'down' },
    });
  });
});

describe('trust', () => {
  it('follows belief where there is no verdict, and is whole elsewhere', () => {
    const life = wellLife();
    const said = ['unavailable', 'unavailable', 'unavailable', 'pass', 'pass', 'pass'] as const;
    const trusts = said.map((one, n) => {
      life.run(NOON + n * MINUTE, one);
      return `${life.state.health} ${life.state.trust < 0.5 ? 'in doubt' : life.state.trust}`;
    });
    life.look(NOON + 20 * MINUTE);

    expect(trusts).toEqual([
      'suspect 1',
      'suspect in doubt',
      'down 1',
      'recovering in doubt',
      'recovering in doubt',
      'recovering 1',
    ]);
    expect(life.state).toMatchObject({ health: 'healthy', trust: 1 });
  });

  it.each(HEALTHS)('of a target that is %s is a share, and less than whole only in doubt', (health) => {
    const { trust } = lifeIn(health).state;

    expect(trust).toBeGreaterThan(0);
    expect(trust).toBeLessThanOrEqual(1);
    expect(trust < 1).toBe(health === 'recovering');
  });
});

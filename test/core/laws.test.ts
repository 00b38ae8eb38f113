/** What holds for every life that a target can have, whatever is seen in whatever order. */

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MINUTE } from '../../src/core/base.ts';
import { BLAME } from '../../src/core/classify.ts';
import type { Effect } from '../../src/core/effect.ts';
import { EVIDENCE_MAX } from '../../src/core/health.ts';
import type { TargetState } from '../../src/core/model.ts';
import { CAUSES } from '../../src/core/model.ts';
import { ID } from './life.ts';
import type { Seen, Step } from './sequences.ts';
import { foldAll, lives, policies, seen } from './sequences.ts';

/** The shortest life that breaks a law, as fast-check reports it; undefined where every life that was tried keeps it. */
function brokenBy(law: (steps: Step[]) => boolean, life: fc.Arbitrary<Seen[]> = lives()): string | undefined {
  const property = fc.property(life, policies, (sights, policy) => law(foldAll(sights, policy)));
  return fc.defaultReportMessage(fc.check(property));
}

/** The same for what comes after any life. */
function brokenAfter(
  sights: fc.Arbitrary<Seen[]>,
  law: (steps: Step[], past: TargetState) => boolean,
): string | undefined {
  const property = fc.property(lives(), sights, (past, later) => {
    const last = foldAll(past).at(-1);
    return last === undefined || law(foldAll(later, undefined, last.after, last.event.at), last.after);
  });
  return fc.defaultReportMessage(fc.check(property));
}

const told = <T extends Effect['type']>({ effects }: Pick<Step, 'effects'>, type: T) =>
  effects.filter((effect): effect is Extract<Effect, { type: T }> => effect.type === type);
const everyStep = (law: (step: Step) => boolean) => (steps: Step[]) => steps.every(law);

it('is tried on lives that know outages, worse ones, their ends, blindness, retirement and revival', () => {
  const tally: Record<string, number> = {};
  for (const sights of fc.sample(lives(), { seed: 7, numRuns: 100 })) {
    for (const { before, after, effects } of foldAll(sights)) {
      const revived = before.health === 'retired' && after.health !== 'retired';
      for (const what of [...effects.map(({ type }) => type), ...(revived ? ['revived'] : [])])
        tally[what] = (tally[what] ?? 0) + 1;
    }
  }

  const rare = Object.entries(tally).filter(([, times]) => times < 10);
  expect(Object.keys(tally)).toHaveLength(9);
  expect(rare).toEqual([]);
});

describe('whatever is seen', () => {
  it('the version counts the changes, and what teaches nothing changes and tells nothing', () => {
    const law = everyStep(({ before, after, effects, changed }) =>
      changed ? after.version === before.version + 1 : after === before && effects.length === 0,
    );

    expect(brokenBy(law)).toBeUndefined();
  });

  it('an incident is open exactly while health is bad', () => {
    const law = everyStep(
      ({ after }) => (after.incident !== null) === ['degraded', 'down', 'recovering'].includes(after.health),
    );

    expect(brokenBy(law)).toBeUndefined();
  });

  it('another look is wanted exactly under suspicion and during an incident, and never in the past', () => {
    const law = everyStep(({ before, event, after }) => {
      const isWanted = after.health === 'suspect' || after.incident !== null;
      const isFresh = after.probe === before.probe || after.probe === null || after.probe.at > event.at;
      return (after.probe !== null) === isWanted && isFresh;
    });

    expect(brokenBy(law)).toBeUndefined();
  });

  it('incidents open and close in turn, are numbered, and get worse at most once', () => {
    const law = (steps: Step[]): boolean => {
      let open: string | null = null;
      let worst = 'degraded';
      let opened = 0;
      return steps
        .flatMap(({ effects }) => effects)
        .every((effect) => {
          if (!('incident' in effect)) return true;
          const { incident, type } = effect;
          const isInTurn =
            type === 'incident.opened'
              ? open === null && incident.id === `${ID}!${++opened}`
              : open === incident.id && (type === 'incident.closed' || worst === 'degraded');
          open = type === 'incident.closed' ? null : incident.id;
          worst = incident.worst;
          return isInTurn && (type !== 'incident.changed' || worst === 'down');
        });
    };

    expect(brokenBy(law)).toBeUndefined();
  });

  it('an incident begins with something that was seen, and its length is counted from there', () => {
    const law = (steps: Step[]): boolean => {
      const sights = new Set(steps.map(({ event }) => event.at));
      return steps.every((step) => {
        const isOpenedWell = told(step, 'incident.opened').every(
          ({ incident }) =>
            sights.has(incident.firstFailureAt) &&
            incident.detectedAt === step.event.at &&
            incident.evidence.every(({ at }) => at >= incident.firstFailureAt) &&
            incident.evidence[0]?.cause === incident.cause,
        );
        const isClosedWell = told(step, 'incident.closed').every(
          ({ incident, durationMs }) => durationMs === step.event.at - incident.firstFailureAt,
        );
        return isOpenedWell && isClosedWell;
      });
    };

    expect(brokenBy(law)).toBeUndefined();
  });

  it('blindness is told when it begins and when it ends, and health is held', () => {
    const law = everyStep((step) => {
      const { before, after } = step;
      const begins = after.blind !== null && before.blind === null;
      const ends = before.blind !== null && after.blind === null;
      return (
        told(step, 'blind.began').length === (begins ? 1 : 0) &&
        told(step, 'blind.ended').length === (ends ? 1 : 0) &&
        (!begins || after.health === before.health)
      );
    });

    expect(brokenBy(law)).toBeUndefined();
  });

  it('a target is told as retired exactly when it becomes so', () => {
    const law = everyStep((step) => {
      const becomes = step.before.health !== 'retired' && step.after.health === 'retired';
      return told(step, 'target.retired').length === (becomes ? 1 : 0);
    });

    expect(brokenBy(law)).toBeUndefined();
  });

  it('the state stays small', () => {
    const law = everyStep(
      ({ after }) =>
        after.evidence.length <= EVIDENCE_MAX &&
        (after.incident?.evidence.length ?? 0) <= EVIDENCE_MAX &&
        after.closedAt.length <= 8 &&
        after.baseline.n <= 50,
    );

    expect(brokenBy(law)).toBeUndefined();
  });

  it('no span is negative, even where clocks go back', () => {
    const law = everyStep(({ effects }) =>
      effects.every((effect) => !('durationMs' in effect) || effect.durationMs >= 0),
    );

    expect(brokenBy(law, lives(-30 * MINUTE))).toBeUndefined();
  });
});

it('folds the same events into the same state, also where a restart lay between them', () => {
  const property = fc.property(lives(), lives(), policies, (early, late, policy) => {
    const half = foldAll(early, policy).at(-1);
    if (half === undefined) return;
    const kept = JSON.parse(JSON.stringify(half.after)) as TargetState;
    const whole = foldAll([...early, ...late], policy).slice(early.length);
    const resumed = foldAll(late, policy, kept, half.event.at);

    expect(kept).toStrictEqual(half.after);
    expect(resumed.map(({ after, effects }) => [after, effects])).toStrictEqual(
      whole.map(({ after, effects }) => [after, effects]),
    );
  });

  fc.assert(property, { numRuns: 50 });
});

describe('blame', () => {
  const notTheirs = CAUSES.filter((cause) => BLAME[cause] !== 'provider');
  const onlyBlind = ({ effects }: Step) => effects.every(({ type }) => type.startsWith('blind.'));

  it('that is ours or nobody’s never makes a provider look bad', () => {
    const law = everyStep((step) => step.after.health === 'unknown' && onlyBlind(step));

    expect(brokenBy(law, fc.array(seen(notTheirs), { maxLength: 60, size: 'max' }))).toBeUndefined();
  });

  it('that is ours or nobody’s moves no health, not in the middle of an outage either', () => {
    const alien = fc.array(seen(notTheirs.filter((cause) => cause !== 'model_missing')), { maxLength: 20 });
    const belief = ({ health, since, incident, evidence, fails, slows, passes }: TargetState) =>
      JSON.stringify([health, since, incident, evidence, fails, slows, passes]);

    expect(
      brokenAfter(alien, (steps, past) => steps.every(({ after }) => belief(after) === belief(past))),
    ).toBeUndefined();
  });

  it('found by free checks casts suspicion at most: no incident, no retirement, no end of either', () => {
    const checks = fc.array(
      seen().filter(({ what }) => what.is === 'check'),
      { maxLength: 40 },
    );
    const law = everyStep((step) => {
      const { before, after } = step;
      const isSuspected = ['healthy', 'unknown'].includes(before.health) && after.health === 'suspect';
      return (before.health === after.health || isSuspected) && onlyBlind(step);
    });

    expect(brokenAfter(checks, law)).toBeUndefined();
  });

  it('laid on a provider twice in a row means down, unless it is retired', () => {
    const failure: Seen = { gapMs: MINUTE, what: { is: 'run', said: 'unavailable', totalMs: null } };
    const law = (steps: Step[], past: TargetState) =>
      steps.at(-1)?.after.health === (past.health === 'retired' ? 'retired' : 'down');

    expect(brokenAfter(fc.constant([failure, failure]), law)).toBeUndefined();
  });

  it('forgotten after six good videos in a row, whatever came before', () => {
    const pass: Seen = { gapMs: MINUTE, what: { is: 'run', said: 'pass', totalMs: 20_000 } };
    const law = (steps: Step[]) => steps.at(-1)?.after.health === 'healthy';

    expect(brokenAfter(fc.constant(Array.from({ length: 6 }, () => pass)), law)).toBeUndefined();
  });
});

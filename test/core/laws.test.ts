/** What holds for every life that a target can have, whatever is seen in whatever order. */

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MINUTE } from '../../src/core/base.ts';
import { faultOf } from '../../src/core/belief.ts';
import { BLAME, SHARED_CAUSES } from '../../src/core/classify.ts';
import type { Effect } from '../../src/core/effect.ts';
import { hazardOf } from '../../src/core/hazard.ts';
import type { TargetEvent, TargetState } from '../../src/core/model.ts';
import { CAUSES } from '../../src/core/model.ts';
import type { HealthPolicy } from '../../src/core/policy.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import { reduce } from '../../src/core/reduce.ts';
import { relax } from '../../src/core/relax.ts';
import { ID } from './life.ts';
import type { Seen, Step } from './sequences.ts';
import { foldAll, lives, policies, seen } from './sequences.ts';

/** The shortest life that breaks a law, as fast-check reports it; undefined where every life that was tried keeps it. */
function brokenBy(
  law: (steps: Step[], policy: HealthPolicy) => boolean,
  life: fc.Arbitrary<Seen[]> = lives(),
): string | undefined {
  const property = fc.property(life, policies, (sights, policy) => law(foldAll(sights, policy), policy));
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
  for (const sights of fc.sample(lives(), { seed: 7, numRuns: 300 })) {
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

/** What a target comes to when nothing is seen but that time has passed. */
const byTime = (before: TargetState, at: number, policy: HealthPolicy): TargetState =>
  reduce(before, { type: 'looked', at, running: [] }, policy).state;

/** Doubt fades with time, and with jobs that are gone; blindness only keeps us from seeing. */
const SEVERITY = { unknown: 0, healthy: 0, suspect: 1, recovering: 2, degraded: 3, down: 4, retired: 5 };
const worstOf = (...states: TargetState[]) => Math.max(...states.map(({ health }) => SEVERITY[health]));

/** When what an event tells of was ordered. */
function begunIn(event: TargetEvent): (number | undefined)[] {
  const running = 'running' in event ? (event.running ?? []) : [];
  const reports = event.type === 'outcomes.reported' ? event.reports : [];
  const own = event.type === 'run.judged' ? event.submittedAt : 0;
  return [own, ...[...running, ...reports].map(({ submittedAt }) => submittedAt)];
}

describe('whatever is seen', () => {
  it('the version counts the changes, and what teaches nothing changes and tells nothing', () => {
    const law = everyStep(({ before, after, effects, changed }) =>
      changed ? after.version === before.version + 1 : after === before && effects.length === 0,
    );

    expect(brokenBy(law)).toBeUndefined();
  });

  it('an incident is open while an alert is, and after it only until its end has lasted', () => {
    const law = everyStep(({ after: { incident, belief, health } }) => {
      if (belief?.alert !== null && belief !== null) return incident !== null;
      return incident === null || health === 'recovering';
    });

    expect(brokenBy(law)).toBeUndefined();
  });

  it('health is bad exactly while an incident is open', () => {
    const law = everyStep(
      ({ after }) => (after.incident !== null) === ['degraded', 'down', 'recovering'].includes(after.health),
    );

    expect(brokenBy(law)).toBeUndefined();
  });

  it('nothing is told without a change, and nothing is told of health that did not happen', () => {
    const law = everyStep((step) => {
      const { before, after } = step;
      return (
        told(step, 'incident.opened').length ===
          Number(before.incident === null && after.incident !== null) &&
        told(step, 'incident.closed').length === Number(before.incident !== null && after.incident === null)
      );
    });

    expect(brokenBy(law)).toBeUndefined();
  });

  it('trust is a share, whole where there is a verdict, and what is believed sums to one', () => {
    const law = everyStep(({ after: { trust, health, belief } }) => {
      const sum = belief?.probabilities.reduce((total, p) => total + p, 0) ?? 1;
      const isShare = trust > 0 && trust <= 1;
      return (
        isShare && (trust === 1 || ['suspect', 'recovering'].includes(health)) && Math.abs(sum - 1) < 1e-6
      );
    });

    expect(brokenBy(law)).toBeUndefined();
    expect(brokenBy(law, lives(-30 * MINUTE))).toBeUndefined();
  });

  it('a target that is retired stays so, and nothing is believed of it, until its end is put off or a canary makes a video', () => {
    const law = everyStep(({ before, event, after }) => {
      const isOver = before.health === 'retired' && after.health !== 'retired';
      const isBlank = after.health !== 'retired' || (after.belief === null && after.incident === null);
      const isPutOff = event.type === 'notice.seen' && after.health === 'unknown';
      const isMade = event.type === 'run.judged' && ['pass', 'slow'].includes(event.verdict.is);
      return isBlank && (!isOver || isPutOff || isMade);
    });

    expect(brokenBy(law)).toBeUndefined();
  });

  it('what is told twice counts once', () => {
    const law = (steps: Step[]) =>
      steps.every(({ event, after }) => {
        const again = reduce(after, event, DEFAULT_POLICY);
        return again.state === after && again.effects.length === 0 && !again.changed;
      });

    const property = fc.property(lives(), (sights) => law(foldAll(sights)));
    expect(fc.defaultReportMessage(fc.check(property))).toBeUndefined();
  });

  it('incidents open and close in turn, are numbered, and get worse at most once, unless they were taken back as slow', () => {
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
              : open === incident.id && (type === 'incident.closed' || worst !== incident.worst);
          open = type === 'incident.closed' ? null : incident.id;
          worst = incident.worst;
          return isInTurn && (type !== 'incident.changed' || worst === 'down' || incident.cause === 'slow');
        });
    };

    expect(brokenBy(law)).toBeUndefined();
  });

  it('an incident begins with something that was seen or ordered, and its length is counted from there', () => {
    const law = (steps: Step[]): boolean => {
      const sights = new Set(steps.map(({ event }) => event.at));
      const begun = new Set(steps.flatMap(({ event }) => begunIn(event)));
      return steps.every((step) => {
        const isOpenedWell = told(step, 'incident.opened').every(
          ({ incident }) =>
            (sights.has(incident.firstFailureAt) || begun.has(incident.firstFailureAt)) &&
            incident.firstFailureAt <= incident.detectedAt &&
            incident.detectedAt === step.event.at &&
            incident.why.length > 0 &&
            (incident.evidence[0]?.cause ?? 'timeout') === incident.cause,
        );
        const isClosedWell = told(step, 'incident.closed').every(({ incident, durationMs }) => {
          const endedAt = incident.firstFailureAt + durationMs;
          return endedAt <= step.event.at && sights.has(endedAt);
        });
        return isOpenedWell && isClosedWell;
      });
    };

    expect(brokenBy(law)).toBeUndefined();
  });

  it('blindness is told when it begins and when it ends, and makes nothing look worse', () => {
    const law = (steps: Step[], policy: HealthPolicy) =>
      steps.every((step) => {
        const { before, event, after } = step;
        // What strikes all targets is told once for all of them.
        const own = ({ blind }: TargetState) => blind !== null && !SHARED_CAUSES.has(blind.cause);
        const begins = after.blind !== null && before.blind === null;
        return (
          told(step, 'blind.began').length === (own(after) && !own(before) ? 1 : 0) &&
          told(step, 'blind.ended').length === (own(before) && !own(after) ? 1 : 0) &&
          (!begins || SEVERITY[after.health] <= worstOf(before, byTime(before, event.at, policy)))
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

  it('the state stays small, however long the life', () => {
    const lengthMax = 8 * 1024;
    const long = fc.array(lives(), { minLength: 4, maxLength: 8 }).map((all) => all.flat());
    const law = everyStep(
      ({ after }) =>
        after.evidence.length <= 5 &&
        (after.incident?.evidence.length ?? 0) <= 5 &&
        after.signs.length <= 12 &&
        JSON.stringify(after).length < lengthMax,
    );

    expect(brokenBy(law, long)).toBeUndefined();
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

  it('that is ours or says nothing never raises P(fault), not in the middle of an outage either', () => {
    const silent = notTheirs.filter((cause) => !['model_missing', 'moderated'].includes(cause));
    const alien = fc.array(seen(silent), { maxLength: 20 });
    const { belief } = DEFAULT_POLICY.detection;
    const law = everyStep(({ before, after, event }) => {
      if (before.belief === null || after.belief === null) return true;
      const hazard = hazardOf(before.belief, event.at, DEFAULT_POLICY.detection);
      const byTime = faultOf(relax(before.belief, event.at, belief, hazard).probabilities);
      return (
        faultOf(after.belief.probabilities) <= Math.max(byTime, faultOf(before.belief.probabilities)) + 1e-9
      );
    });

    expect(brokenAfter(alien, law)).toBeUndefined();
  });

  it('that is ours or says nothing opens no incident and makes nothing worse than time does', () => {
    const silent = notTheirs.filter((cause) => !['model_missing', 'moderated'].includes(cause));
    const alien = fc.array(seen(silent), { maxLength: 20 });
    const law = everyStep(
      ({ before, event, after }) =>
        SEVERITY[after.health] <= worstOf(before, byTime(before, event.at, DEFAULT_POLICY)),
    );

    expect(brokenAfter(alien, law)).toBeUndefined();
  });

  it('found by free checks retires nothing', () => {
    const checks = fc.array(
      seen().filter(({ what }) => what.is === 'check'),
      { maxLength: 40 },
    );
    const law = everyStep((step) => told(step, 'target.retired').length === 0);

    expect(brokenAfter(checks, law)).toBeUndefined();
  });

  it('laid on a provider often in a row, a minute apart, means trouble and then an incident, unless it is retired', () => {
    const failure: Seen = {
      gapMs: MINUTE,
      what: { is: 'run', said: 'unavailable', totalMs: null, endedIn: 'later' },
    };
    const law = (steps: Step[], past: TargetState) => {
      const [twelfth, last] = [steps[11], steps.at(-1)].map((step) => step?.after.health);
      if (past.health === 'retired') return last === 'retired';
      return twelfth !== 'healthy' && twelfth !== 'unknown' && (last === 'degraded' || last === 'down');
    };

    expect(brokenAfter(fc.constant(Array.from({ length: 30 }, () => failure)), law)).toBeUndefined();
  });

  it('forgotten after two hours of good videos, whatever came before', () => {
    const pass: Seen = {
      gapMs: 5 * MINUTE,
      what: { is: 'run', said: 'pass', totalMs: null, endedIn: 'later' },
    };
    const law = (steps: Step[]) => steps.at(-1)?.after.health === 'healthy';

    expect(brokenAfter(fc.constant(Array.from({ length: 24 }, () => pass)), law)).toBeUndefined();
  });
});

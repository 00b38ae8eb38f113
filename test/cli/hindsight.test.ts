import { describe, expect, it } from 'vitest';
import type { Hindsight, TargetHindsight } from '../../src/cli/hindsight.ts';
import {
  DECISIONS_TOLD_MAX,
  LINES_MAX,
  closing,
  differenceText,
  hindsightJson,
  hindsightText,
  sumsOf,
} from '../../src/cli/hindsight.ts';
import type { Change } from '../../src/config/supposing.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../../src/core/base.ts';
import type { Episode, Pair } from '../../src/core/hindsight.ts';
import { pairsOf } from '../../src/core/hindsight.ts';

const NOON = Date.UTC(2026, 10, 21, 12);
const EARLIER: Change = { name: 'alertAt', from: '0.95', to: '0.9', isJudging: true };

/** Times in minutes after noon. */
function episode(began: number, reported: number, over: number | null, more: Partial<Episode> = {}): Episode {
  return {
    id: 'a/m!1',
    beganAt: NOON + began * MINUTE,
    reportedAt: NOON + reported * MINUTE,
    overAt: over === null ? null : NOON + over * MINUTE,
    worst: 'down',
    cause: 'unavailable',
    why: [],
    isShort: false,
    ...more,
  };
}

function target(
  decided: Episode[],
  replayed: Episode[],
  more: Partial<TargetHindsight> = {},
): TargetHindsight {
  const account = { watchedMs: DAY, suspectMs: 90 * SECOND, withheldMs: HOUR };
  return {
    target: 'a/m',
    knownSince: NOON - DAY,
    isCut: false,
    until: NOON + DAY,
    decidedFrom: 'told',
    decided: { ...account, episodes: decided },
    replayed: { ...account, episodes: replayed, suspectMs: 0, withheldMs: 0 },
    pairs: pairsOf(decided, replayed),
    decisions: [],
    ...more,
  };
}

function hindsight(targets: TargetHindsight[], changes: Change[] = [EARLIER]): Hindsight {
  return { from: NOON - HOUR, changes, targets };
}

describe('the difference of an incident', () => {
  it.each<[string, Pair]>([
    ['the same', { decided: episode(0, 5, 30), replayed: episode(0, 5.5, 30.9) }],
    ['reported 3 min earlier', { decided: episode(0, 5, 30), replayed: episode(0, 2, 30) }],
    ['reported 2 min later, over 60 s earlier', { decided: episode(0, 5, 30), replayed: episode(0, 7, 29) }],
    [
      'degraded instead of down',
      { decided: episode(0, 5, 30), replayed: episode(0, 5, 30, { worst: 'degraded' }) },
    ],
    ['over in the replay only', { decided: episode(0, 5, null), replayed: episode(0, 5, 30) }],
    ['goes on in the replay', { decided: episode(0, 5, 30), replayed: episode(0, 5, null) }],
    ['the same', { decided: episode(0, 5, null), replayed: episode(0, 5, null) }],
    ['not reported', { decided: episode(0, 5, 30), replayed: null }],
    ['only in the replay (short)', { decided: null, replayed: episode(0, 5, 6, { isShort: true }) }],
  ])('reads: %s', (text, pair) => {
    expect(differenceText(pair)).toBe(text);
  });
});

describe('what it comes to', () => {
  it.each<[string, Episode[], Episode[]]>([
    ['With alertAt=0.9, nothing would have been reported either.', [], []],
    [
      'With alertAt=0.9, 1 incident would have been reported within a minute of when it was.',
      [episode(0, 5, 9)],
      [episode(0, 5, 9)],
    ],
    [
      'With alertAt=0.9: 1 more incident reported, 1 of them short; 1 incident reported earlier, by 3 min.',
      [episode(0, 5, 9)],
      [episode(0, 2, 9), episode(50, 51, 52, { isShort: true })],
    ],
    [
      'With alertAt=0.9: 1 fewer incident reported; 2 incidents reported later, by 2 min in the median; 1 incident reported within a minute of then.',
      [episode(0, 5, 9), episode(20, 25, 29), episode(40, 45, 49), episode(60, 65, 69)],
      [episode(0, 7, 9), episode(20, 29, 30), episode(40, 45, 49)],
    ],
  ])('reads: %s', (text, decided, replayed) => {
    expect(closing(hindsight([target(decided, replayed)]))).toBe(text);
  });
});

describe('the whole', () => {
  it('has a line for each incident, the sums, what it comes to, and what cannot be known', () => {
    const text = hindsightText(hindsight([target([episode(0, 5, 1440)], [episode(0, 2, 30)])]));

    expect(text).toContain('alertAt: 0.9 instead of 0.95\n');
    expect(text).toContain('a/m, 2026-11-21T11:00:00Z to 2026-11-22T12:00:00Z\n');
    expect(text).toMatch(/^began +reported +in the replay +over +in the replay +difference$/m);
    expect(text).toMatch(
      /^2026-11-21T12:00:00Z +12:05:00Z +12:02:00Z +2026-11-22T12:00:00Z +12:30:00Z +reported 3 min earlier, over 24 h earlier$/m,
    );
    expect(text).toMatch(/^first failure to report, median +5 min +2 min$/m);
    expect(text).toMatch(/^time as suspect +90 s +0 s$/m);
    expect(text).toMatch(/^weight withheld, mean +4\.17 % +0\.00 %$/m);
    expect(text).toMatch(/Not replayed: with other parameters other canaries would have been ordered/);
  });

  it('says what it does not know, and from where it knows', () => {
    const odd = target([], [], { isCut: true, decidedFrom: 'folded' });
    const text = hindsightText(hindsight([odd, target([], [], { target: 'b/m', knownSince: null })], []));

    expect(text).toContain('its history is complete since 2026-11-20T12:00:00Z only');
    expect(text).toContain('no channel was told');
    expect(text).toContain('b/m: nothing is remembered of it.');
    expect(text).toContain('With the present configuration, nothing changed:');
  });

  it('spends one line on all the targets of which there is nothing to say', () => {
    const quiet = ['b/m', 'c/m'].map((id) => target([], [], { target: id }));
    const some = [target([episode(0, 5, 9)], []), ...quiet, target([], [], { target: 'd/m', isCut: true })];

    const text = hindsightText(hindsight(some));

    expect(text).toMatch(/^no incident: b\/m, c\/m$/m);
    expect(text).toMatch(/^d\/m, .*complete since/m);
    expect(hindsightText(hindsight(quiet.slice(1)))).toMatch(/^c\/m, .*\n {2}no incident$/m);
  });

  it('does not let an option pass for idle that is not replayed', () => {
    const text = hindsightText(hindsight([], [{ name: 'burst', from: '3', to: '1', isJudging: false }]));

    expect(text).toContain('burst decides when canaries are ordered, or how many. That is not replayed');
    expect(text).toMatch(/^weight withheld, mean +- +-$/m);
  });

  it('shows the newest incidents, and counts all', () => {
    const many = Array.from({ length: LINES_MAX + 1 }, (_, n) => episode(n * 10, n * 10 + 1, n * 10 + 2));
    const one = target(many, many);

    const text = hindsightText(hindsight([one]));

    expect(text).toContain('1 older ones are counted, not shown');
    expect(text.match(/the same$/gm)).toHaveLength(LINES_MAX);
    expect(sumsOf([one], 'decided').incidents).toBe(LINES_MAX + 1);
  });

  it('tells programs the newest decisions of each target, and not without end', () => {
    const decisions = Array.from({ length: DECISIONS_TOLD_MAX + 5 }, (_, n) => ({
      at: NOON + n,
      from: 'healthy' as const,
      to: 'suspect' as const,
      why: [],
      fault: 0.1,
      effects: [],
    }));

    const told = hindsightJson(hindsight([target([episode(0, 5, 9)], [], { decisions })]));

    expect(told).toMatchObject({
      changes: [EARLIER],
      targets: [{ decisions: decisions.slice(5) }],
      sums: { decided: { incidents: 1, detectMs: 5 * MINUTE }, replayed: { incidents: 0 } },
    });
  });
});

import { describe, expect, it } from 'vitest';
import { chaptersOf, sentenceOf } from '../../../src/alerts/format/chapter.ts';
import { MINUTE } from '../../../src/core/base.ts';
import type { Effect, Story } from '../../../src/core/effect.ts';
import {
  announced,
  blindBegan,
  fundsLow,
  fundsRestored,
  blindEnded,
  changed,
  closed,
  move,
  moved,
  opened,
  retired,
  story,
} from '../stories.ts';

function headlines(...effects: [Effect, ...Effect[]]): string[] {
  const [first, ...more] = effects.map((effect) => story(effect));
  return chaptersOf({ stories: [first as Story, ...more] }).map(
    ({ emoji, headline }) => `${emoji} ${headline}`,
  );
}

describe('chaptersOf', () => {
  it.each<[string, [Effect, ...Effect[]]]>([
    ['🔴 runway/gen4.5 is down', [opened()]],
    ['🟠 runway/gen4.5 is degraded', [opened({}, 'degraded')]],
    ['🔴 runway/gen4.5 is now down', [changed('degraded', 'down')]],
    ['🟡 runway/gen4.5 is now recovering', [changed('down', 'recovering')]],
    ['🔴 runway/gen4.5 is down', [opened({}, 'degraded'), changed('degraded', 'down')]],
    ['🟢 runway/gen4.5 is back: it was down for 12 min', [closed()]],
    ['🏁 runway/gen4.5 was down for 12 min and is retired now', [closed(12 * MINUTE, 'retired')]],
    ['🟢 runway/gen4.5 was down for 12 min (over now)', [opened(), closed()]],
    [
      '🟢 runway/gen4.5 was down for 12 min (over now)',
      [opened(), changed('down', 'recovering'), changed('recovering', 'down'), closed()],
    ],
    ['🙈 runway/gen4.5 cannot be watched', [blindBegan()]],
    ['💸 runway: the account lasts for 2 more days of canaries', [fundsLow()]],
    ['💸 runway: the account lasts for 1 more hour of canaries', [fundsLow(0.1, 1.5 / 24)]],
    ['💸 runway: the account is empty or lasts for less than an hour of canaries', [fundsLow(0, 0)]],
    ['💰 runway: the account is filled again', [fundsRestored()]],
    ['👀 runway/gen4.5 is watched again after 5 min', [blindEnded()]],
    ['👀 runway/gen4.5 could not be watched for 5 min (over now)', [blindBegan(), blindEnded()]],
    ['📣 runway/gen4.5 will be retired on 2027-03-31', [announced()]],
    ['📣 runway/gen4.5 will be retired, no date given', [announced({ effectiveAt: null })]],
    ['📣 runway/gen4.5 is announced as retired on 2027-03-31', [announced({ kind: 'retired' })]],
    ['📆 runway/gen4.5: the date of its end moved', [moved(null)]],
    ['📆 runway/gen4.5: the date of its end moved', [announced(), moved(null)]],
    ['🏁 runway/gen4.5 is retired', [retired()]],
  ])('says "%s"', (line, effects) => {
    expect(headlines(...effects)).toEqual([line]);
  });

  it('tells different matters apart, the newest first', () => {
    expect(headlines(opened(), announced(), closed(), blindBegan())).toEqual([
      '🟢 runway/gen4.5 was down for 12 min (over now)',
      '📣 runway/gen4.5 will be retired on 2027-03-31',
      '🙈 runway/gen4.5 cannot be watched',
    ]);
  });

  it('takes a second blindness for another one', () => {
    expect(headlines(blindBegan(), blindEnded(), blindBegan())).toHaveLength(2);
  });

  it('takes a second incident for another one', () => {
    expect(headlines(opened(), closed(), opened({ id: 'runway/gen4.5!4' }))).toHaveLength(2);
  });
});

describe('sentenceOf', () => {
  it.each<[Effect, string]>([
    [
      opened(),
      'runway/gen4.5 is down. API down 99.0 %. ' +
        'First failure 2026-11-21 19:36 UTC: the provider does not answer, or answers with errors. ' +
        '4 targets of other providers are fine. It is them, not us. Weights: t2v.default: kling 47 → 0.',
    ],
    [
      closed(),
      'runway/gen4.5 is back: it was down for 12 min. First failure 2026-11-21 19:36 UTC: ' +
        'the provider does not answer, or answers with errors. Weights: t2v.default: kling 47 → 0.',
    ],
    [
      blindBegan(),
      'runway/gen4.5 cannot be watched. The reason: our key was refused. It is us, not them. ' +
        '4 targets of other providers are fine. Weights: t2v.default: kling 47 → 0.',
    ],
    [
      announced(),
      'runway/gen4.5 will be retired on 2027-03-31. The date: 2027-03-31, in 130 days. Replacement: gen5. ' +
        'Weights: t2v.default: kling 47 → 0.',
    ],
    [
      moved(Date.parse('2027-01-31T00:00:00Z')),
      'runway/gen4.5: the date of its end moved. It was 2027-01-31, in 71 days; it is now 2027-03-31, in 130 days. ' +
        'Weights: t2v.default: kling 47 → 0.',
    ],
    [
      announced({ effectiveAt: null, replacement: null }),
      'runway/gen4.5 will be retired, no date given. No replacement is named. Weights: t2v.default: kling 47 → 0.',
    ],
  ])('puts all that matters into sentences', (effect, sentence) => {
    const [chapter] = chaptersOf({ stories: [story(effect, { moves: [move('kling', 47, 0)] })] });

    expect(chapter && sentenceOf(chapter)).toBe(sentence);
  });

  it.each<[string, Effect, string]>([
    [
      'jobs that never end',
      opened({ cause: 'timeout', evidence: [], why: ['generation down 97.0 %'] }),
      'generation down 97.0 %. First failure 2026-11-21 19:36 UTC: jobs that were accepted do not end.',
    ],
    [
      'a late video',
      opened({ cause: 'timeout', why: [] }),
      'First failure 2026-11-21 19:36 UTC: no answer, or no video, came in time.',
    ],
    [
      'refusals of what was made before',
      opened({ cause: 'moderated', why: ['refuses everything 91.0 %'] }),
      'refuses everything 91.0 %. First failure 2026-11-21 19:36 UTC: the provider refuses prompts that it made before.',
    ],
  ])('says in words what an incident by %s is', (_what, effect, sentence) => {
    const [chapter] = chaptersOf({ stories: [story(effect)] });

    expect(chapter && sentenceOf(chapter)).toContain(`runway/gen4.5 is down. ${sentence}`);
  });

  it('says when weights moved in a dry run only', () => {
    const [chapter] = chaptersOf({
      stories: [story(opened(), { moves: [move('kling', 47, 0, 'dry_run')] })],
    });

    expect(chapter && sentenceOf(chapter)).toContain('kling 47 → 0 (dry run).');
  });
});

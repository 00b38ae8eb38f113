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
  drifted,
  frozen,
  move,
  moved,
  budgetLow,
  budgetRestored,
  networkLost,
  networkRestored,
  opened,
  retired,
  settled,
  story,
  thawed,
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
    ['🧊 The weights of t2v.default are frozen: 3 providers are out', [frozen()]],
    ['🧊 The weights of t2v.default are frozen, by anna', [frozen(), frozen({ by: 'anna' })]],
    ['💧 The weights of t2v.default move again after 15 min', [thawed()]],
    ['💧 The weights of t2v.default were frozen for 15 min (over now)', [frozen(), thawed()]],
    ['🔀 gateway does not hold the weights of t2v.default', [drifted()]],
    ['🔗 gateway holds the weights of t2v.default again', [settled()]],
    ['🪙 The canary budget of runway is low', [budgetLow()]],
    ['🪙 The canary budget of all providers together is low', [budgetLow(null)]],
    ['🪙 The canary budget of runway is sufficient again after 5 min', [budgetRestored()]],
    ['🪙 The canary budget of runway was low for 5 min (over now)', [budgetLow(), budgetRestored()]],
    ['🔌 reelwatch cannot reach the internet', [networkLost()]],
    ['🌐 reelwatch reaches the internet again after 5 min', [networkRestored()]],
    ['🌐 reelwatch could not reach the internet for 5 min (over now)', [networkLost(), networkRestored()]],
    ['🔗 gateway did not hold the weights of t2v.default for 12 min (over now)', [drifted(), settled()]],
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

  it.each<[string, [Effect, ...Effect[]]]>([
    ['a second freeze', [frozen(), thawed(), frozen()]],
    ['the budget of another', [budgetLow('runway'), budgetLow(null)]],
    ['a second cut of our own network', [networkLost(), networkRestored(), networkLost()]],
    ['a second drift', [drifted(), settled(), drifted()]],
    ['a freeze and a drift', [frozen(), drifted(), thawed()]],
  ])('takes %s for another one', (_what, effects) => {
    expect(headlines(...effects)).toHaveLength(2);
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

  it.each<[Effect, string]>([
    [
      frozen(),
      'The weights of t2v.default are frozen: 3 providers are out. fal, kling, runway failed within 1 min: it may be our ' +
        'own mistake. Held: runway/gen4.5 0 % (down), kling/kling-3.0 0 % (down), fal/pika-2.2 60 % (down), luma/ray-3 40 % ' +
        '(healthy). Out: runway since 2026-11-21 19:36 UTC, kling since 2026-11-21 19:37 UTC, fal since 2026-11-21 19:37 UTC. ' +
        'It ends by itself at 2026-11-21 19:52 UTC, or as soon as enough of them are back; sooner with reelwatch thaw t2v.default.',
    ],
    [
      thawed({ ended: 'returned' }),
      'The weights of t2v.default move again after 15 min. It ended by itself: enough providers are back.',
    ],
    [
      thawed({ ended: 'person' }),
      'The weights of t2v.default move again after 15 min. A person has ended it.',
    ],
    [
      thawed({ ended: 'person', by: 'anna' }),
      "The weights of t2v.default move again after 15 min. It was anna's, and has been ended.",
    ],
    [
      thawed({ ended: 'person', by: 'file' }),
      'The weights of t2v.default move again after 15 min. The freeze file has been removed.',
    ],
    [
      frozen({ by: 'file', why: 'we move house', endsAt: null, liftedBy: 'file', out: [], held: [] }),
      'The weights of t2v.default are frozen, by the freeze file. we move house. Held: . It ends when the freeze file is removed.',
    ],
    [
      drifted(),
      'gateway does not hold the weights of t2v.default. Seen 2026-11-21 19:37 UTC: t2v/runway has weight 100, not 40. ' +
        'Somebody else writes to it, or it has forgotten. It has been pushed again. No more is told of it until it has kept ' +
        'the weights for 10 min.',
    ],
    [
      settled(1),
      'gateway holds the weights of t2v.default again. It was found to differ once, and has kept the weights for 10 min now.',
    ],
  ])('says all that matters of a route', (effect, sentence) => {
    const [chapter] = chaptersOf({ stories: [story(effect)] });

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

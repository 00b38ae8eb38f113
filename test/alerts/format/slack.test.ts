import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { slackMessage } from '../../../src/alerts/format/slack.ts';
import type { SlackBlock } from '../../../src/alerts/format/blocks.ts';
import { HOUR, MINUTE, SECOND } from '../../../src/core/base.ts';
import type { Effect, Story } from '../../../src/core/effect.ts';
import {
  announced,
  blindBegan,
  blindEnded,
  changed,
  closed,
  detectedAt,
  everyEffect,
  drifted,
  failedAt,
  frozen,
  incident,
  move,
  budgetLow,
  networkLost,
  opened,
  retired,
  settled,
  story,
  thawed,
} from '../stories.ts';

const mention = '<!subteam^S123>';

function message(...stories: [Story, ...Story[]]) {
  const { text, blocks } = slackMessage({ stories }, { mention, frames: false });
  return { text, blocks, shown: blocks.flatMap(textsOf).join('\n') };
}

function textsOf(block: SlackBlock): string[] {
  if (block.type === 'divider' || block.type === 'image') return [];
  if (block.type === 'context') return block.elements.map((element) => element.text);
  return 'fields' in block ? block.fields.map((field) => field.text) : [block.text.text];
}

describe('the picture of a failing video', () => {
  const frame = 'https://watch.example/v1/runs/a%2Fb%401/frame';
  const pictured = { ...story(opened()), links: { ...story(opened()).links, frame } };
  const imagesIn = (frames: boolean) =>
    slackMessage({ stories: [pictured] }, { mention: null, frames }).blocks.filter(
      ({ type }) => type === 'image',
    );

  it('is shown where Slack can reach it', () => {
    expect(imagesIn(true)).toEqual([{ type: 'image', image_url: frame, alt_text: expect.any(String) }]);
  });

  it('is left out where nobody has said so', () => {
    expect(imagesIn(false)).toEqual([]);
  });
});

describe('the message that something is down', () => {
  const moves = [move('runway/gen4.5', 47, 0), move('luma/ray-3', 25, 72)];
  const down = message(story(opened(), { moves }));

  it.each([
    ['what is broken', '🔴 runway/gen4.5 is down'],
    ['since when', `<!date^${failedAt / 1000}^{date_short_pretty} {time_secs}|2026-11-21T19:36:40Z>`],
    ['how long it took to notice', `|2026-11-21T19:37:25Z>, 45 s later`],
    ['for whom', '*Routes*\nt2v.default'],
    ['what was done', 't2v.default: runway/gen4.5 47 → 0, luma/ray-3 25 → 72'],
    [
      'what it most likely is',
      '*Why*  API down 99.0 %: the provider does not answer, or answers with errors.',
    ],
    ['how often it failed', '\n•  2 of 2 canaries bad since 19:36 UTC'],
    ['what else speaks for it', '\n•  free check fails since 19:35 UTC\n'],
    ['whose fault it is', '4 targets of other providers are fine. It is them, not us.'],
    ['the last error, verbatim', '(`503 Service Unavailable`)'],
    ['where the run is', '<https://watch.example/runs/1|Run>'],
    ['where the status page is', '<https://watch.example/|Status page>'],
    ['what to do', '<https://wiki.example/runway|Runbook>'],
    ['which incident it is', 'incident runway/gen4.5!3'],
    ['whom it wakes', mention],
  ])('says %s', (_what, words) => {
    expect(down.shown).toContain(words);
  });

  it('leaves out the links that nobody configured', () => {
    expect(down.shown).not.toContain('Dashboard');
  });

  it('says in plain text what the blocks say', () => {
    expect(down.text).toContain(
      '🔴 runway/gen4.5 is down. API down 99.0 %. First failure 2026-11-21 19:36 UTC',
    );
    expect(down.text).toContain('47 → 0');
  });

  it('does not claim that routers moved in a dry run', () => {
    const dry = message(story(opened(), { moves: [move('runway/gen4.5', 47, 0, 'dry_run')] }));

    expect(dry.shown).toContain('dry run: routers were not moved');
    expect(down.shown).not.toContain('dry run');
  });

  it.each(['mark 503', `mark ${'x'.repeat(300)}`, 'mark\nin two lines', '*mark* <!here> `code`'])(
    'says the last error once, whatever it looks like: %j',
    (text) => {
      const [newest, ...older] = incident().evidence;
      if (newest === undefined) throw new Error('no evidence');
      const evidence = [{ ...newest, text }, ...older];
      const why = ['API down 99.0 %', `2 of 2 canaries bad since 19:36 UTC (${text})`];
      const { shown } = message(story(opened({ evidence, why })));
      expect(shown.split('mark')).toHaveLength(2);
      expect(shown).toContain('•  2 of 2 canaries bad since 19:36 UTC');
    },
  );

  it('shows the last error beside the sentences where they quote another one', () => {
    const [newest, older] = incident().evidence;
    if (newest === undefined || older === undefined) throw new Error('no evidence');
    const { shown } = message(
      story(
        opened({
          evidence: [{ ...newest, runId: null, text: 'check failed' }, older],
          why: ['API down 99.0 %', '1 of 1 canaries bad since 19:36 UTC (502 Bad Gateway)'],
        }),
      ),
    );

    expect(shown).toContain('(`502 Bad Gateway`)');
    expect(shown).toContain('```check failed```');
  });

  it('is short where jobs that never end are all that was seen', () => {
    const { shown } = message(
      story(
        opened({
          cause: 'timeout',
          evidence: [],
          why: ['generation down 97.0 %', '3 jobs overdue, up to x4.2 the usual 60 s'],
        }),
      ),
    );

    expect(shown).toContain(
      '*Why*  generation down 97.0 %: jobs that were accepted do not end.\n•  3 jobs overdue, up to x4.2 the usual 60 s\n',
    );
    expect(shown).not.toContain('Last error');
  });

  it('counts free checks apart from canaries where no sentence counts', () => {
    const evidence = [
      { at: detectedAt, runId: null, cause: 'unavailable' as const, text: 'check failed' },
      ...incident().evidence,
    ];

    expect(message(story(opened({ evidence, why: [] }))).shown).toContain(
      '*Failing canaries*\n2, and 1 free check\n',
    );
  });
});

describe('a mention', () => {
  it.each<[boolean, string, [Effect, ...Effect[]]]>([
    [true, 'a target goes down', [opened()]],
    [true, 'a degraded target goes down', [changed('degraded', 'down')]],
    [false, 'a target is degraded', [opened({}, 'degraded')]],
    [false, 'a recovering target falls back', [changed('recovering', 'down')]],
    [false, 'it is over already', [opened(), closed()]],
    [false, 'it is over', [closed()]],
    [false, 'we are blind', [blindBegan()]],
    [false, 'a retirement is announced', [announced()]],
    [true, 'reelwatch itself dares not move weights', [frozen()]],
    [false, 'it moves them again', [frozen(), thawed()]],
    [false, 'it only would not, in a dry run', [frozen({ mode: 'dry_run' })]],
    [false, 'a person has frozen them', [frozen({ by: 'anna' })]],
    [false, 'a router holds other weights', [drifted()]],
  ])('is %s when %s', (isThere, _when, [first, ...more]) => {
    const { shown } = message(story(first), ...more.map((effect) => story(effect)));

    expect(shown.includes(mention)).toBe(isThere);
  });

  it('is left out where none is configured', () => {
    const { blocks } = slackMessage({ stories: [story(opened())] }, { mention: null, frames: false });

    expect(JSON.stringify(blocks)).not.toContain('subteam');
  });
});

describe('the message that a budget is low', () => {
  const { shown } = message(story(budgetLow()));

  it.each([
    [
      'whom it keeps waiting, and of how much',
      'runway/gen4.5 gets less than one canary an hour: little is left of $1.00',
    ],
    ['when more is paid for', 'More is paid for from'],
  ])('says %s', (_, words) => {
    expect(shown).toContain(words);
  });
});

describe('the message that our own network is cut', () => {
  const { shown, text } = message(story(networkLost()));

  it.each([
    ['what it means', 'Targets are unmonitored, no provider is blamed, and weights stay as they are.'],
    ['what the first call came to, escaped', 'getaddrinfo ENOTFOUND &lt;api&gt;'],
  ])('says %s', (_, words) => {
    expect(shown).toContain(words);
  });

  it('says it in one sentence where there are no blocks', () => {
    expect(text).toContain('reelwatch cannot reach the internet. Targets are unmonitored');
  });
});

describe('the message that weights are frozen', () => {
  const stamp = (at: number) => `<!date^${at / 1000}^{date_short_pretty} {time_secs}|`;
  const { shown } = message(story(frozen()));

  it.each([
    ['of which route', '🧊 The weights of t2v.default are frozen: 3 providers are out'],
    ['whom it wakes', mention],
    ['since when', `*Frozen since*\n${stamp(detectedAt)}`],
    ['who did it', '*By*\nreelwatch itself'],
    ['why', '*Why*  fal, kling, runway failed within 1 min: it may be our own mistake.'],
    ['which providers are out, and since when', `•  kling, since ${stamp(failedAt + 20_000)}`],
    ['what is held', '•  luma/ray-3 40 % (healthy)'],
    ['which of it is wasted', '•  fal/pika-2.2 60 % (down) – still gets jobs'],
    ['that it ends by itself', `It ends by itself at ${stamp(detectedAt + 15 * MINUTE)}`],
    ['or sooner', 'or as soon as enough of them are back; sooner with `reelwatch thaw t2v.default`.'],
  ])('says %s', (_what, words) => {
    expect(shown).toContain(words);
  });

  it('says of a person’s freeze who, why, and that nothing else ends it', () => {
    const theirs = message(story(frozen({ by: 'anna', why: 'new proxy', endsAt: null, out: [] }))).shown;

    expect(theirs).toContain('🧊 The weights of t2v.default are frozen, by anna');
    expect(theirs).toContain('*Why*  new proxy.');
    expect(theirs).toContain('It ends with `reelwatch thaw t2v.default`.');
    expect(theirs).toContain('Until then no outage moves these weights.');
    expect(theirs).not.toContain('Providers that are out');
    expect(message(story(frozen({ by: 'anna', endsAt: null, liftedBy: 'thaw_all' }))).shown).toContain(
      'All routes are frozen. It ends with `reelwatch thaw`.',
    );
  });

  it('does not claim in a dry run that routers are held', () => {
    const dry = message(story(frozen({ mode: 'dry_run' }))).shown;

    expect(dry).toContain('would be frozen (dry run)');
    expect(dry).toContain('_(dry run: routers are not moved anyway)_');
    expect(shown).not.toContain('dry run');
  });

  it('is one, as over, where the end came before anybody could be told', () => {
    const moves = [move('fal/pika-2.2', 60, 0), move('luma/ray-3', 40, 100)];
    const both = message(story(frozen()), story(thawed(), { moves }));

    expect(both.blocks.filter((block) => block.type === 'header')).toHaveLength(1);
    expect(both.shown).toContain('The weights of t2v.default were frozen for 15 min (over now)');
    expect(both.shown).toContain('It ended by itself: its time was over.');
    expect(both.shown).toContain('fal/pika-2.2 60 → 0, luma/ray-3 40 → 100');
  });
});

describe('the message that a router holds something else', () => {
  it('says which, what differs, that it was pushed again, and when more is told', () => {
    const { shown } = message(story(drifted(['t2v/kling has weight 100, not 47', 'evil `code`'])));

    expect(shown).toContain('🔀 gateway does not hold the weights of t2v.default');
    expect(shown).toContain('*It had applied*\ngeneration 412');
    expect(shown).toContain('•  `t2v/kling has weight 100, not 47`\n•  `evil ˋcodeˋ`');
    expect(shown).toContain('It has been pushed again. No more is told of it until it has kept');
  });

  it('says how long it lasted, and how often it was found', () => {
    const { shown } = message(story(settled(14)));

    expect(shown).toContain('🔗 gateway holds the weights of t2v.default again');
    expect(shown).toContain('*Lasted*\n12 min');
    expect(shown).toContain('It was found to differ 14 times, and has kept the weights for 10 min now.');
  });
});

describe('other messages', () => {
  it('says when it was over, not when that was sent, and when it was failing', () => {
    const over = closed();
    const { blocks } = message(story({ ...over, at: over.at + 5 * MINUTE }));

    expect(JSON.stringify(blocks)).toContain(`*Over*\\n<!date^${over.at / SECOND}^`);
    expect(JSON.stringify(blocks)).not.toContain(`<!date^${over.at / SECOND + 300}^`);
  });

  it('says how much later than the first order that failed it was detected', () => {
    const { shown } = message(story(opened({ firstFailureAt: detectedAt - 31 * SECOND })));

    expect(shown).toContain(', 31 s later');
  });

  it('says how long it lasted, what it was, and that the weights are back', () => {
    const { shown } = message(story(closed(), { moves: [move('runway/gen4.5', 0, 47)] }));

    expect(shown).toContain('🟢 runway/gen4.5 is back: it was down for 12 min');
    expect(shown).toContain('12 min from the first failure');
    expect(shown).toContain('*What it was*  the provider does not answer, or answers with errors');
    expect(shown).toContain('runway/gen4.5 0 → 47');
  });

  it('tells an incident that began and ended while the channel was dead once, as over', () => {
    const { shown, blocks } = message(
      story(opened(), { moves: [move('runway/gen4.5', 47, 0)] }),
      story(closed(), { moves: [move('runway/gen4.5', 0, 47)] }),
    );

    expect(blocks.filter((block) => block.type === 'header')).toHaveLength(1);
    expect(shown).toContain('runway/gen4.5 was down for 12 min (over now)');
    expect(shown).toContain('*Weights*  as they were before.');
  });

  it('says of blindness that it is us, and that weights stay', () => {
    const { shown } = message(story(blindBegan()));

    expect(shown).toContain('our key was refused');
    expect(shown).toContain('It is us, not them. 4 targets of other providers are fine.');
    expect(shown).toContain('Its weights stay as they are.');
    expect(shown).toContain('```401 invalid key```');
  });

  it('says how long blindness lasted', () => {
    expect(message(story(blindEnded())).shown).toContain('our key was refused, for 5 min');
  });

  it.each([
    ['the date', '*When*\n2027-03-31, in 130 days'],
    ['the subject', '*What*\n`gen4.5`'],
    ['the replacement', '*Replacement*\n`gen5`'],
    ['the source', '<https://docs.example/changelog?a=1&amp;b=2|Runway changelog>'],
  ])('says of a retirement %s', (_what, words) => {
    expect(message(story(announced())).shown).toContain(words);
  });

  it('says what a retired target answered', () => {
    expect(message(story(retired())).shown).toContain('```model gen4.5 is no longer available```');
  });
});

describe('whatever a provider says', () => {
  const nasty = fc.string({
    unit: fc.constantFrom('<!channel>', '<@U1>', '```', '`', '&', '<', '>', '|', '\n', 'x', '🎬'),
    maxLength: 1_500,
    size: 'max',
  });
  const many = fc.array(nasty, { maxLength: 12 });

  it('mentions nobody and keeps within what Slack takes', () => {
    fc.assert(
      fc.property(nasty, many, fc.nat(everyEffect.length - 1), (text, names, index) => {
        const effect = poison(everyEffect[index] ?? opened(), text);
        const moves = names.map((name, i) => ({ route: name, target: name, from: 0, to: i + 1 }));
        const stories = names.map((_, i) => story(later(effect, i), { moves }));
        const told = slackMessage({ stories: [story(effect), ...stories] }, { mention: null, frames: false });

        expect(beyondLimits(told.text, told.blocks)).toEqual([]);
        const shown = [told.text, ...told.blocks.filter((block) => block.type !== 'header').flatMap(textsOf)];
        for (const part of shown) expect(part).not.toMatch(/<[!@#](?!date\^)/);
      }),
      { numRuns: 300 },
    );
  });

  it.each(everyEffect)('fits although every character has to be escaped: $type', (effect) => {
    const text = '&'.repeat(5_000);
    const moves = Array.from({ length: 200 }, (_, i) => ({
      route: `${i}${text}`,
      target: text,
      from: 0,
      to: 1,
    }));
    const peers = { fine: 1, troubled: [text, text], blind: 0 };
    const told = slackMessage(
      { stories: [story(poison(effect, text), { moves, peers })] },
      { mention, frames: false },
    );

    expect(beyondLimits(told.text, told.blocks)).toEqual([]);
  });

  it('is cut where there is too much of it', () => {
    const stories = Array.from({ length: 60 }, (_, i) => story(later(announced(), i)));
    const told = slackMessage({ stories: [story(opened()), ...stories] }, { mention, frames: false });

    expect(beyondLimits(told.text, told.blocks)).toEqual([]);
    expect(told.blocks.flatMap(textsOf).join('\n')).toContain('… and 56 older matters');
  });
});

function poison(effect: Effect, text: string): Effect {
  if (effect.type === 'route.frozen') {
    const held = Array.from({ length: 100 }, () => ({ target: text, weight: 1, state: 'down' as const }));
    const out = held.map(() => ({ provider: text, since: failedAt }));
    return { ...effect, route: text, why: text, by: text, held, out };
  }
  if (effect.type === 'route.thawed') return { ...effect, route: text, by: text };
  if (effect.type === 'router.drifted')
    return { ...effect, route: text, sink: text, what: Array.from({ length: 100 }, () => text) };
  if (effect.type === 'router.settled') return { ...effect, route: text, sink: text };
  if ('incident' in effect) {
    const evidence = effect.incident.evidence.map((piece) => ({ ...piece, text }));
    const why = [text, `${text} (${text})`, text, text, text, text];
    return { ...effect, incident: { ...effect.incident, evidence, why } };
  }
  if ('text' in effect) return { ...effect, text };
  if ('notice' in effect && effect.notice)
    return {
      ...effect,
      notice: { ...effect.notice, subject: text, replacement: text, source: text, url: text },
    };
  return effect;
}

function later(effect: Effect, n: number): Effect {
  const at = effect.at + n * HOUR + MINUTE;
  if (effect.type === 'notice.announced')
    return { ...effect, at, notice: { ...effect.notice, id: `runway:${n}` } };
  return { ...effect, at };
}

/** What Slack would refuse: https://docs.slack.dev/reference/block-kit/blocks, checked 2026-11-21. */
function beyondLimits(text: string, blocks: SlackBlock[]): string[] {
  const sizes: [what: string, size: number, most: number][] = [
    ['text', text.length, 4_000],
    ['blocks', blocks.length, 50],
  ];
  for (const block of blocks) {
    const most = block.type === 'header' ? 150 : 'fields' in block ? 2_000 : 3_000;
    for (const part of textsOf(block)) sizes.push([block.type, part.length, most]);
    if ('fields' in block) sizes.push(['fields', block.fields.length, 10]);
  }
  return sizes
    .filter(([, size, most]) => size < 1 || size > most)
    .map(([what, size, most]) => `${what}: ${size} of ${most}`);
}

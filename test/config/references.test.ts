import { describe } from 'vitest';
import { spanText } from '../../src/config/words.ts';
import { DAY } from '../../src/core/base.ts';
import { DEFAULT_DETECTION } from '../../src/core/detection.ts';
import { refuses, spoilt } from './bad.ts';
import type { Bad } from './bad.ts';
import { GOOD } from './fakes.ts';

const { unseenMsMax } = DEFAULT_DETECTION.demand;
/** Looks a day that no target of auto goes without. */
const LOOKS = DAY / unseenMsMax;
const HOLD_MAX = spanText(DEFAULT_DETECTION.judgement.holdMsMax);

const CASES: Bad[] = [
  {
    what: 'a canary that the model cannot do',
    text: `${spoilt(6, '    model: swift', '    canary: long')}canaries:\n  - { id: long, order: { seconds: 7 } }\n`,
    says: ['x.yaml:7: targets[0].canary: seconds: 7 asked, swift makes 2 or 5'],
  },
  {
    what: 'a model that is not known',
    text: spoilt(6, '    model: swfit'),
    says: ['x.yaml:6: targets[0].model: model: swfit is not known here. Did you mean "swift"?'],
  },
  {
    what: 'two providers of one id',
    text: spoilt(3, '    apiKey: ${K:-kkk}', '  - id: toy', '    apiKey: ${K:-kkk}'),
    says: ['x.yaml:4: providers[1].id: The id "toy" is taken by providers[0]'],
  },
  {
    what: 'two targets of one id',
    text: spoilt(6, '    model: swift', '  - provider: toy', '    model: swift'),
    says: ['x.yaml:7: targets[1]: The target toy/swift is already targets[0]; give one of them another "id"'],
  },
  {
    what: 'a budget that the schedule exceeds',
    text: `${spoilt(3, '    apiKey: ${K:-kkk}', '    budgetPerDay: $2')}probe: { every: 30m }\n`,
    says: [
      'x.yaml:4: providers[0].budgetPerDay: Unreachable budget: toy costs $11.52 a day at every 30m (48 × $0.24), its budget is $2; every 3h would fit, or auto',
    ],
  },
  {
    what: 'a budget that pays for not even one canary a day',
    text: spoilt(6, '    model: swift', '    every: 7d', 'budget: { perDay: 0.2 }'),
    says: [
      'x.yaml:2: providers[0].budgetPerDay: Unreachable budget: toy costs $0.24 a day at every 7d (0.1 × $0.24), its budget is $0.20; not even one canary of each a day fits ($0.24)',
    ],
  },
  {
    what: 'a budget too small for looking now and then',
    text: spoilt(3, '    apiKey: ${K:-kkk}', '    budgetPerDay: $0.1'),
    says: [
      `x.yaml:4: providers[0].budgetPerDay: Unreachable budget: toy costs $${(LOOKS * 0.24).toFixed(2)} a day only to look at each target every ${spanText(unseenMsMax)} (${LOOKS} × $0.24), its budget is $0.10`,
    ],
  },
  {
    what: 'a total budget that a schedule leaves nothing of',
    text: `${GOOD.replace('alerts:', '  - { provider: toy, model: grand, every: 1h }\nalerts:')}budget: { perDay: $5.5 }\n`,
    says: [
      `x.yaml:2: providers[0].budgetPerDay: Unreachable budget: toy costs $${((24 + LOOKS) * 0.24).toFixed(2)} a day (${LOOKS} × $0.24 + 24 × $0.24), its budget is $5.50; every 3h would fit, or auto`,
    ],
  },
  {
    what: 'a total budget that only all providers together exceed',
    text: spoilt(
      3,
      '    apiKey: ${K:-kkk}',
      '    budgetPerDay: 30',
      '  - { id: other, use: toy, apiKey: "${K:-kkk}", budgetPerDay: 30 }',
    )
      .replace('alerts:', '  - { provider: other, model: grand, cron: "0 0 * * * *" }\nalerts:')
      .concat('budget: { perDay: $9 }\nprobe: { every: 30m }\n'),
    says: [
      'x.yaml:13: budget.perDay: Unreachable budget: everything together costs $17.28 a day (48 × $0.24 + 24 × $0.24), its budget is $9; every 2h would fit, or auto',
    ],
  },
  {
    what: 'secrets that the adapter finds wrong together',
    text: spoilt(3, '    apiKey: ${K:-kkk}', '    secondKey: ${K:-kkk}'),
    says: ['x.yaml:4: providers[0].secondKey: Expected another key than apiKey'],
  },
  {
    what: 'a target of an unknown provider',
    text: spoilt(5, '  - provider: tony'),
    says: ['x.yaml:5: targets[0].provider: There is no provider "tony". Did you mean "toy"?'],
  },
  {
    what: 'a target with an unknown canary',
    text: spoilt(6, '    model: swift', '    canary: redball'),
    says: ['x.yaml:7: targets[0].canary: There is no canary "redball". Did you mean "red-ball"?'],
  },
  {
    what: 'an unknown target in a route',
    text: `${GOOD}routes:\n  - id: r\n    targets:\n      - target: toy/swit\n`,
    says: [
      'x.yaml:13: routes[0].targets[0].target: There is no target "toy/swit". Did you mean "toy/swift"?',
    ],
  },
  {
    what: 'a target twice in a route',
    text: `${GOOD}routes:\n  - id: r\n    targets: [{ target: toy/swift }, { target: toy/swift }]\n`,
    says: [
      'x.yaml:12: routes[0].targets[1].target: The target toy/swift is already targets[0] of this route',
    ],
  },
  {
    what: 'a route of which all weights are zero',
    text: `${GOOD}routes:\n  - id: r\n    targets:\n      - { target: toy/swift, weight: 0 }\n`,
    says: ['x.yaml:13: routes[0].targets: Expected at least one target with a weight above 0'],
  },
  {
    what: 'a router of an unknown route',
    text: `${GOOD}routers:\n  - id: hook\n    url: http://r.example\n    routes: [t2v]\n`,
    says: ['x.yaml:13: routers[0].routes[0]: There is no route "t2v".'],
  },
  {
    what: 'a cron expression of five fields',
    text: spoilt(6, '    model: swift', "    cron: '0 * * * *'"),
    says: [
      'x.yaml:7: targets[0].cron: Expected a cron expression of six fields (second minute hour day month weekday), got "0 * * * *"',
    ],
  },
  {
    what: 'a cron expression of words',
    text: `${GOOD}probe: { tick: every now and then it ticks }\n`,
    says: [
      'x.yaml:10: probe.tick: Expected a cron expression of six fields (second minute hour day month weekday), got "every now and then it ticks"',
    ],
  },
  {
    what: 'both an interval and a cron expression',
    text: spoilt(6, '    model: swift', '    every: 1h', "    cron: '0 0 * * * *'"),
    says: ['x.yaml:8: targets[0].cron: Expected either "every" or "cron", not both, got "0 0 * * * *"'],
  },
  {
    what: 'a model with slashes and no short name',
    text: spoilt(6, '    model: makers/two'),
    says: [
      'x.yaml:6: targets[0].model: Expected a short "name" for the id beside a model with slashes, e.g. name: makers-two',
    ],
  },
  {
    what: 'a route without targets',
    text: `${GOOD}routes:\n  - id: r\n    targets: []\n`,
    says: ['x.yaml:12: routes[0].targets: Expected at least 1 entry, got 0'],
  },
  {
    what: 'a pace for checks that are not made',
    text: spoilt(6, '    model: swift', '    check: false', '    checkEvery: 1m'),
    says: ['x.yaml:8: targets[0].checkEvery: Expected no "checkEvery" beside "check: false", got "1m"'],
  },
  {
    what: 'outages that would be looked at more seldom at first than later',
    text: `${GOOD}health:\n  recoverEvery: 5m\n  recoverEveryMax: 3m\n`,
    says: ['x.yaml:12: health.recoverEveryMax: Expected at least as long as recoverEvery, got "3m"'],
  },
  {
    what: 'a hold longer than any',
    text: `${GOOD}health: { hold: 9h }\n`,
    says: [`x.yaml:10: health.hold: Expected at most ${HOLD_MAX}, got "9h"`],
  },
  {
    what: 'quiet hours that are no cron expression',
    text: `${GOOD}probe: { quiet: 0-5 }\n`,
    says: [
      'x.yaml:10: probe.quiet: Expected a cron expression of six fields (second minute hour day month weekday), got "0-5"',
    ],
  },
  {
    what: 'quiet hours of six single seconds',
    text: `${GOOD}probe: { quiet: 0 0 0-5 * * * }\n`,
    says: [
      `x.yaml:10: probe.quiet: Expected whole minutes such as '* * 0-5 * * *' (seconds first), got "0 0 0-5 * * *"`,
    ],
  },
  {
    what: 'quiet hours that never end',
    text: `${GOOD}probe: { quiet: '* 0-59 */1 * * *' }\n`,
    says: [`x.yaml:10: probe.quiet: Expected hours that end, got "* 0-59 */1 * * *", which is always`],
  },
];

describe('a file that does not fit together', () => {
  refuses(CASES);
});

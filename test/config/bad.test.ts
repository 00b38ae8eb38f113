import { describe, expect, it } from 'vitest';
import { FILE_BYTES_MAX, PROBLEMS_MAX } from '../../src/config/load.ts';
import { ALIASES_MAX, NESTING_MAX } from '../../src/config/yaml.ts';
import { ENTRIES_MAX } from '../../src/config/entries.ts';
import { CANARIES_MAX, CONTROLS_MAX, TARGETS_MAX } from '../../src/config/schema.ts';
import { refuses, spoilt } from './bad.ts';
import type { Bad } from './bad.ts';
import { GOOD, load, sentences } from './fakes.ts';

const bomb = [
  'a: &a [x, x, x, x, x, x, x, x, x]',
  ...'bcdefgh'.split('').map((name, i) => `${name}: &${name} [${`*${'abcdefg'[i]},`.repeat(9)}]`),
].join('\n');

const CASES: Bad[] = [
  {
    what: 'an unknown option of the file',
    text: `${GOOD}budgets: {}\n`,
    says: ['x.yaml:10: budgets: Unknown option "budgets". Did you mean "budget"?'],
  },
  {
    what: 'an unknown option of a target',
    text: spoilt(6, '    model: swift', '    evry: 10m'),
    says: ['x.yaml:7: targets[0].evry: Unknown option "evry". Did you mean "every"?'],
  },
  {
    what: "an unknown option of an adapter, where its own options and everybody's are near",
    text: spoilt(3, '    apikey: k', '    bugdetPerDay: $1', '    apiKey: ${KEY:-kkk}'),
    says: [
      'x.yaml:3: providers[0].apikey: Unknown option "apikey". Did you mean "apiKey"?',
      'x.yaml:4: providers[0].bugdetPerDay: Unknown option "bugdetPerDay". Did you mean "budgetPerDay"?',
    ],
  },
  {
    what: 'an unknown option that is near to none',
    text: `${GOOD}log: { colour: true }\n`,
    says: ['x.yaml:10: log.colour: Unknown option "colour". Known: level.'],
  },
  {
    what: 'a missing secret',
    text: spoilt(3, '    concurrency: 2'),
    says: ['x.yaml:2: providers[0].apiKey: Expected text, got nothing'],
  },
  {
    what: 'a missing environment variable',
    text: spoilt(3, '    apiKey: ${TOY_KEY}'),
    says: ['x.yaml:3: providers[0].apiKey: The environment variable TOY_KEY is not set'],
  },
  {
    what: 'an empty environment variable',
    text: spoilt(3, '    apiKey: ${TOY_KEY}'),
    env: { TOY_KEY: '' },
    says: ['x.yaml:3: providers[0].apiKey: The environment variable TOY_KEY is empty'],
  },
  {
    what: 'a missing variable beside another mistake',
    text: `${spoilt(3, '    apiKey: ${TOY_KEY}')}log: { level: loud }\n`,
    says: [
      'x.yaml:3: providers[0].apiKey: The environment variable TOY_KEY is not set',
      'x.yaml:10: log.level: Expected debug, info, warn or error, got "loud"',
    ],
  },
  {
    what: 'a malformed variable',
    text: spoilt(6, '    model: ${a-b}'),
    says: ['x.yaml:6: targets[0].model: Expected ${NAME} or ${NAME:-default}; write $${ for a plain ${'],
  },
  {
    what: 'a secret file that is not there',
    text: spoilt(3, '    apiKey: file:/run/key'),
    says: ['x.yaml:3: providers[0].apiKey: Expected a readable file at /run/key: ENOENT'],
  },
  {
    what: 'an empty secret file',
    text: spoilt(3, '    apiKey: file:/run/key'),
    files: { '/run/key': '\n' },
    says: ['x.yaml:3: providers[0].apiKey: Expected a secret in the file /run/key, which is empty'],
  },
  {
    what: 'a span in words',
    text: spoilt(6, '    model: swift', '    every: 10 minutes'),
    says: [
      'x.yaml:7: targets[0].every: Expected auto, or a duration such as 90s, 10m, 6h or 7d, got "10 minutes"',
    ],
  },
  {
    what: 'a canary every few milliseconds',
    text: spoilt(6, '    model: swift', '    every: 5ms'),
    says: ['x.yaml:7: targets[0].every: Expected at least 1s, got "5ms"'],
  },
  {
    what: 'a pace of no pace',
    text: `${GOOD}probe: { every: never }\n`,
    says: ['x.yaml:10: probe.every: Expected auto, or a duration such as 90s, 10m, 6h or 7d, got "never"'],
  },
  {
    what: 'a schedule faster than any provider',
    text: `${GOOD}probe: { every: 999ms }\n`,
    says: ['x.yaml:10: probe.every: Expected at least 1s, got "999ms"'],
  },
  {
    what: 'a reserve that leaves too little for seeing outages begin',
    text: `${GOOD}budget: { reserve: 0.51 }\n`,
    says: ['x.yaml:10: budget.reserve: Expected at most 0.5, got 0.51'],
  },
  {
    what: 'more certainty than can be had, or less than a coin has',
    text: `${GOOD}health: { alertAt: 1 }\nbudget: { reserve: -0.1 }\n`,
    says: [
      'x.yaml:10: health.alertAt: Expected at most 0.999, got 1',
      'x.yaml:11: budget.reserve: Expected at least 0, got -0.1',
    ],
  },
  {
    what: 'numbers of signs and canaries beyond reason',
    text: `${GOOD}health:\n  signsMin: 11\n  burst: 11\n  canariesPerHourMax: 10001\n  alertAt: 0.4\n`,
    says: [
      'x.yaml:11: health.signsMin: Expected at most 10, got 11',
      'x.yaml:12: health.burst: Expected at most 10, got 11',
      'x.yaml:13: health.canariesPerHourMax: Expected at most 10000, got 10001',
      'x.yaml:14: health.alertAt: Expected at least 0.5, got 0.4',
    ],
  },
  {
    what: 'an option of health that counted failures',
    text: `${GOOD}health: { failuresToDown: 2 }\n`,
    says: [
      'x.yaml:10: health.failuresToDown: Unknown option "failuresToDown". Known: alertAt, signsMin, witness, confirmGap, burst, canariesPerHourMax, recoverEvery, recoverShare, recoverEveryMax, settle, hold, blindEvery, unsureToBlind, goneToRetired.',
    ],
  },
  {
    what: 'money in words',
    text: `${GOOD}budget: { perDay: 20 dollars }\n`,
    says: ['x.yaml:10: budget.perDay: Expected an amount of dollars such as $2.50, got "20 dollars"'],
  },
  {
    what: 'money that is none',
    text: `${GOOD}budget: { perDay: true }\n`,
    says: ['x.yaml:10: budget.perDay: Expected a number or text, got true'],
  },
  {
    what: 'text that is not YAML',
    text: `${GOOD}log: [}\n`,
    says: [
      'x.yaml:10: Not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
  },
  {
    what: 'an option given twice',
    text: spoilt(6, '    model: swift', '    model: grand'),
    says: ['x.yaml:7: The same option stands here twice'],
  },
  {
    what: 'an alias bomb',
    text: bomb,
    says: [`x.yaml: Expected at most ${ALIASES_MAX} uses of aliases`],
  },
  {
    what: 'nesting without end',
    text: '['.repeat(100_000),
    says: [`x.yaml: Expected at most ${NESTING_MAX} levels of nesting`],
  },
  {
    what: 'deeper nesting than any option has',
    text: `a: ${'['.repeat(NESTING_MAX)}${']'.repeat(NESTING_MAX)}`,
    says: [`x.yaml: Expected at most ${NESTING_MAX} levels of nesting`],
  },
  {
    what: 'an alias of nothing',
    text: spoilt(6, '    model: *swift'),
    says: ['x.yaml:6: Not YAML: There is no anchor &swift'],
  },
  {
    what: 'a text where a number belongs',
    text: `${GOOD}server:\n  port: "many"\n`,
    says: ['x.yaml:11: server.port: Expected a number, got "many"'],
  },
  {
    what: 'a port that is none',
    text: `${GOOD}server:\n  port: 70000\n`,
    says: ['x.yaml:11: server.port: Expected at most 65535, got 70000'],
  },
  {
    what: 'a port in the environment that is none',
    text: GOOD,
    env: { REELWATCH_PORT: '99999' },
    says: ['x.yaml: REELWATCH_PORT: Expected a port of 0 to 65535, got "99999"'],
  },
  {
    what: 'a list where a map belongs',
    text: `${GOOD}server: []\n`,
    says: ['x.yaml:10: server: Expected a map of options, got a list'],
  },
  {
    what: 'a file that is a text',
    text: 'hello',
    says: ['x.yaml:1: Expected a map of options, got "hello"'],
  },
  {
    what: 'an empty file',
    text: '# nothing yet\n',
    says: [
      'x.yaml:1: providers: Expected a list, got nothing',
      'x.yaml:1: targets: Expected a list, got nothing',
    ],
  },
  {
    what: 'an address of another protocol',
    text: spoilt(3, '    apiKey: ${K:-kkk}', '    baseUrl: ftp://toy.example'),
    says: ['x.yaml:4: providers[0].baseUrl: Expected an http or https address, got "ftp://toy.example"'],
  },
  {
    what: 'a bad value from the environment, which is not repeated',
    text: spoilt(3, '    apiKey: ${K:-kkk}', '    baseUrl: ${BASE}'),
    env: { BASE: 'pa55word' },
    says: ['x.yaml:4: providers[0].baseUrl: Expected an http or https address, got the value of ${BASE}'],
  },
  {
    what: 'a bad secret, which is not repeated',
    text: `${GOOD}data: { postgres: "mysql://u:pa55word@h/db" }\n`,
    says: ['x.yaml:10: data.postgres: Expected a URL that begins with postgres://'],
  },
  {
    what: 'an unknown adapter',
    text: spoilt(2, '  - id: first', '    use: tyo'),
    says: ['x.yaml:3: providers[0].use: Expected toy, got "tyo". Did you mean "toy"?'],
  },
  {
    what: 'an id that names no adapter, without "use"',
    text: spoilt(2, '  - id: first'),
    says: ['x.yaml:2: providers[0].use: Expected toy, got nothing'],
  },
  {
    what: 'an id with spaces',
    text: spoilt(8, '  - id: on call', '    use: bell'),
    says: [
      'x.yaml:8: alerts[0].id: Expected a name of letters, digits, ".", "_" and "-", 64 at most, got "on call"',
    ],
  },
  {
    what: 'a share above one',
    text: `${GOOD}canaries:\n  - { id: c, expect: { blackMax: 5 } }\n`,
    says: ['x.yaml:11: canaries[0].expect.blackMax: Expected at most 1, got 5'],
  },
  {
    what: 'too large a file',
    text: `# ${'x'.repeat(FILE_BYTES_MAX)}`,
    says: [`x.yaml: Expected a file of at most ${FILE_BYTES_MAX} bytes, got ${FILE_BYTES_MAX + 2}`],
  },
  {
    what: 'too many targets',
    text: spoilt(6, '    model: swift', '  - { provider: toy, model: swift }\n'.repeat(TARGETS_MAX)),
    says: [`x.yaml:5: targets: Expected at most ${TARGETS_MAX} entries, got ${TARGETS_MAX + 1}`],
  },
];

describe('a bad file', () => {
  refuses(CASES);

  it('that is not there is refused', () => {
    const result = load(GOOD, { file: 'other.yaml' });

    expect(sentences(result)).toEqual(['x.yaml: Expected a readable file: ENOENT']);
  });

  it('with more providers than anybody has is refused', () => {
    const many = '  - { id: toy, apiKey: "${K:-kkk}" }\n'.repeat(ENTRIES_MAX);

    expect(sentences(load(GOOD.replace('targets:', `${many}targets:`)))).toEqual([
      `x.yaml:2: providers: Expected at most ${ENTRIES_MAX} entries, got ${ENTRIES_MAX + 1}`,
    ]);
  });

  it('with more control addresses or canaries than anybody needs is refused', () => {
    const controls = JSON.stringify(Array(CONTROLS_MAX + 1).fill('http://c.example'));
    const canaries = JSON.stringify(Array.from({ length: CANARIES_MAX + 1 }, (_, i) => ({ id: `c${i}` })));

    expect(sentences(load(`${GOOD}probe: { controls: ${controls} }\ncanaries: ${canaries}\n`))).toEqual([
      `x.yaml:10: probe.controls: Expected at most ${CONTROLS_MAX} entries, got ${CONTROLS_MAX + 1}`,
      `x.yaml:11: canaries: Expected at most ${CANARIES_MAX} entries, got ${CANARIES_MAX + 1}`,
    ]);
  });

  it('with more mistakes than anybody reads is refused with the first of them', () => {
    const unknown = Array.from({ length: PROBLEMS_MAX + 20 }, (_, i) => `zzzzzzzzzz${i}: 1`).join('\n');

    expect(sentences(load(`${GOOD}${unknown}\n`))).toHaveLength(PROBLEMS_MAX);
  });
});

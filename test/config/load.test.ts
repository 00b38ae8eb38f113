import { describe, expect, it } from 'vitest';
import { DEFAULT_CANARY } from '../../src/canary/canary.ts';
import type { Loaded } from '../../src/config/load.ts';
import { money } from '../../src/config/words.ts';
import { DAY } from '../../src/core/base.ts';
import { DEFAULT_DETECTION } from '../../src/core/detection.ts';
import { GOOD, load, loaded, sentences } from './fakes.ts';

/** Without the warning of a missing `publicUrl`, which the smallest file brings about. */
const others = (found: Loaded) => sentences(found).filter((text) => !text.includes('server.publicUrl'));

describe('loadConfig', () => {
  it('fills in every default of the smallest file', () => {
    const { options, targets, publicUrl } = loaded(GOOD);

    expect(options.server).toEqual({
      name: 'reelwatch',
      host: '127.0.0.1',
      port: 8780,
      hosts: [],
      tokens: [],
    });
    expect(publicUrl).toBe('http://127.0.0.1:8780');
    expect(options.data.keep).toBe(90 * 86_400_000);
    expect(options.budget.perDay).toBe(20);
    expect(targets).toHaveLength(1);
    expect(targets[0]).toMatchObject({
      target: { id: 'toy/swift', provider: 'toy', model: 'swift', region: null },
      canary: DEFAULT_CANARY,
      schedule: { auto: true },
      checkEveryMs: 60_000,
      facts: { costUsd: 0.24 },
      priceFrom: 'toy.example/pricing (2026-11-01)',
    });
  });

  it('says nothing about a file that is right', () => {
    expect(others(load(GOOD))).toEqual([]);
  });

  it('makes ids of provider, short name and region', () => {
    const text = GOOD.replace('model: swift', 'model: makers/two\n    name: two\n    region: eu');

    expect(loaded(text).targets[0]?.target).toEqual({
      id: 'toy/two@eu',
      provider: 'toy',
      model: 'makers/two',
      region: 'eu',
    });
  });

  it('puts the environment into texts, numbers and truths', () => {
    const text = `${GOOD}log: { level: "\${LEVEL:-warn}" }
probe: { concurrency: "\${N}", downloads: { privateAddresses: "\${P:-true}" } }
server: { publicUrl: "http://\${HOST}:\${PORT:-80}/$\${x}" }
`;

    const { options } = loaded(text, { env: { N: '7', HOST: 'h.example' } });

    expect(options.log.level).toBe('warn');
    expect(options.probe.concurrency).toBe(7);
    expect(options.probe.downloads.privateAddresses).toBe(true);
    expect(options.server.publicUrl).toBe('http://h.example:80/${x}');
  });

  it('keeps a secret a text even where it looks like a number', () => {
    const config = loaded(GOOD, { env: { KEY: '123456789' } });

    expect(config.options.providers[0]?.options['apiKey']).toBe('123456789');
  });

  it('reads secrets from files without their last newline', () => {
    const text = GOOD.replace('${KEY:-k-secret-1}', 'file:${DIR}/key');

    const config = loaded(text, { env: { DIR: '/run' }, files: { '/run/key': 'from-a-file\n' } });

    expect(config.options.providers[0]?.options['apiKey']).toBe('from-a-file');
  });

  it('does not read a file that only the value of a variable names', () => {
    const config = loaded(GOOD, { env: { KEY: 'file:/etc/passwd' } });

    expect(config.options.providers[0]?.options['apiKey']).toBe('file:/etc/passwd');
  });

  it('warns of a secret that stands in the file', () => {
    const text = GOOD.replace('${KEY:-k-secret-1}', 'k-secret-1');

    expect(others(load(text))).toEqual([
      'x.yaml:3: providers[0].apiKey: A secret stands in the file itself; better are ${NAME} and file:/path',
    ]);
  });

  it('warns of a budget that leaves little for confirming outages', () => {
    const text = GOOD.replace('    apiKey', '    budgetPerDay: $12\n    apiKey');

    expect(others(load(`${text}probe: { every: 30m }\n`))).toEqual([
      'x.yaml:3: providers[0].budgetPerDay: toy costs $11.52 a day of a budget of $12: little is left for confirming outages',
    ]);
    expect(others(load(`${text}probe: { every: 30m }\nbudget: { reserve: 0.04 }\n`))).toEqual([]);
  });

  it('warns of a budget that only just pays for looking now and then', () => {
    const leastUsd = (DAY / DEFAULT_DETECTION.demand.unseenMsMax) * 0.24;
    const text = GOOD.replace('    apiKey', `    budgetPerDay: ${leastUsd + 0.01}\n    apiKey`);

    expect(others(load(text))).toEqual([
      `x.yaml:3: providers[0].budgetPerDay: toy costs at least ${money(leastUsd)} a day of a budget of ${money(leastUsd + 0.01)}: little is left for confirming outages`,
    ]);
  });

  it('takes the schedule of a target before that of all', () => {
    const text = `${GOOD.replace(
      'alerts:',
      "  - { provider: toy, model: grand, every: auto }\n  - { provider: toy, model: makers/two, name: two, cron: '0 0 * * * *' }\nalerts:",
    )}probe: { every: 1h }\n`;

    expect(loaded(text).targets.map(({ schedule }) => schedule)).toEqual([
      { everyMs: 3_600_000 },
      { auto: true },
      { cron: '0 0 * * * *' },
    ]);
  });

  it('warns when nobody is told', () => {
    const text = GOOD.slice(0, GOOD.indexOf('alerts:'));

    expect(sentences(load(text))).toEqual([
      'x.yaml:1: alerts: Nobody is told of anything: no alert channel is configured',
    ]);
  });

  it('counts no money for a retired model, and says that it ended', () => {
    const text = GOOD.replace('model: swift', 'model: old').replace(
      '    apiKey',
      '    budgetPerDay: 0\n    apiKey',
    );

    expect(others(load(text))).toEqual([
      'x.yaml:6: targets[0]: toy/old ended on 2026-09-24: no canaries are ordered (https://toy.example/ends)',
    ]);
  });

  it('lets the environment override host, port and data directory', () => {
    const { options } = loaded(`${GOOD}server: { port: 1 }\n`, {
      env: { REELWATCH_HOST: '0.0.0.0', REELWATCH_PORT: '9000', REELWATCH_DATA_DIR: '/var/lib/reelwatch' },
    });

    expect(options.server.host).toBe('0.0.0.0');
    expect(options.server.port).toBe(9000);
    expect(options.data.dir).toBe('/var/lib/reelwatch');
  });

  it('takes a section of which every option is commented out for its defaults', () => {
    expect(loaded(`${GOOD}server:\n  # port: 1\n`).options.server.port).toBe(8780);
  });

  it('lets a file use anchors within reason', () => {
    const text = GOOD.replace('model: swift', 'model: swift\n    every: &pace 2h\n    checkEvery: *pace');

    expect(loaded(text).targets[0]).toMatchObject({
      schedule: { everyMs: 7_200_000 },
      checkEveryMs: 7_200_000,
    });
  });

  it('gives another prompt no colours of the red ball, and lets red-ball be redefined', () => {
    const text = `${GOOD}canaries:
  - { id: red-ball, order: { seconds: 5 } }
  - { id: boat, prompt: { subject: a boat, scene: a pond, motion: it floats } }
`;

    const { options, targets } = loaded(text.replace('model: swift', 'model: swift\n    every: 6h'));

    expect(targets).toHaveLength(1);
    expect(targets[0]?.facts.seconds).toBe(5);
    expect(options.canaries.map(({ expect }) => expect.colours)).toEqual([DEFAULT_CANARY.expect.colours, {}]);
  });
});

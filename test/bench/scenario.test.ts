import { writeFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { shippedNames, shippedScenario } from '../../bench/detection/robustness.ts';
import { parseScenario, readScenario, ScenarioError, settingsOf } from '../../bench/detection/scenario.ts';
import { DEFAULTS } from '../../bench/detection/settings.ts';
import { makeWorld } from '../../bench/detection/world.ts';

const hour = { min: 60, day: 1 };

describe('a scenario', () => {
  it('that says nothing is the default world', () => {
    expect(settingsOf(parseScenario({}))).toEqual(DEFAULTS);
  });

  it('can set every default of the world', () => {
    const { providers, ...rest } = DEFAULTS;
    const scenario = parseScenario({ ...rest, providers: [...providers, { p0: 0.5 }], mix: { hard: 1 } });

    expect(settingsOf(scenario)).toEqual({
      ...DEFAULTS,
      providers: [{ p0: 0.5 }],
      mix: { ...DEFAULTS.mix, hard: 1 },
    });
  });

  it.each([
    ['a list', [], 'The scenario: Invalid input: expected object'],
    ['an unknown key', { incidentPerMonth: 3 }, 'Unrecognized key: "incidentPerMonth"'],
    ['another format', { format: 'reelwatch-scenario/2' }, 'format: '],
    ['a share above 1', { tailP: 1.5 }, 'tailP: '],
    ['an unknown class', { mix: { sharks: 1 } }, 'mix'],
    ['an endless world', { days: 401 }, 'days: '],
    ['too many providers', { n: 101 }, 'n: '],
    ['too many seeds', { seeds: Array.from({ length: 101 }, (_, nth) => nth) }, 'seeds: '],
    [
      'too many faults',
      { faults: Array.from({ length: 1001 }, () => ({ cls: 'hard', p: 0, ...hour })) },
      'faults: ',
    ],
    ['a fault without a beginning', { faults: [{ cls: 'hard', p: 0, min: 5 }] }, 'faults.0: '],
    ['a fault with two beginnings', { faults: [{ cls: 'hard', p: 0, t0: 1, ...hour }] }, 'faults.0: '],
    ['a belief nobody holds', { beliefs: { luck: 2 } }, 'beliefs'],
  ])('with %s is refused in a sentence', (_, input, sentence) => {
    expect(() => parseScenario(input)).toThrow(ScenarioError);
    expect(() => parseScenario(input)).toThrow(sentence);
  });

  it('that is no JSON is refused with the name of its file', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'scenario-')), 'broken.json');
    writeFileSync(path, '{"days": ');

    expect(() => readScenario(path)).toThrow(`Expected a JSON file at ${path}`);
    expect(() => readScenario(`${path}.missing`)).toThrow(ScenarioError);
  });

  it('orders its faults at one, some or all providers, and at our own network', () => {
    const world = makeWorld(
      parseScenario({
        days: 20,
        n: 3,
        suppressGenerated: true,
        faults: [
          { cls: 'hard', p: '*', day: 1, min: 30, tag: 'everywhere' },
          { cls: 'slow', p: [0, 2], day: 3, min: 60, set: { slow: 4, ramp: 600 } },
          { cls: 'net', day: 5, min: 10, controlOk: true },
        ],
      }),
      7,
    );

    expect(world.faults.map((list) => list.map((fault) => fault.cls))).toEqual([
      ['hard', 'slow'],
      ['hard'],
      ['hard', 'slow'],
    ]);
    expect(world.faults[0]?.[1]).toMatchObject({ start: 3 * 86_400, slow: 4, ramp: 600, isExplicit: true });
    expect(world.netBreaks).toEqual([
      { start: 432_000, end: 432_600, losesReports: true, isControlOk: true },
    ]);
  });

  it('leaves out what it orders for after the end of its world', () => {
    const faults = [1, 4].map((day) => ({ cls: 'hard' as const, p: 0, day, min: 30 }));
    const world = makeWorld(parseScenario({ days: 3, n: 1, suppressGenerated: true, faults }), 1);

    expect(world.faults[0]?.map((fault) => fault.start)).toEqual([86_400]);
  });

  it('keeps its own fault where a generated one would lie within an hour', () => {
    const faults = [{ cls: 'hard' as const, p: '*' as const, day: 0.5, min: 2 * 1440, tag: 'mine' }];
    const world = makeWorld(parseScenario({ days: 4, incidentsPerMonth: 300, faults }), 1);

    for (const list of world.faults) {
      expect(list.filter((fault) => fault.tag === 'mine')).toHaveLength(1);
      for (const [nth, fault] of list.entries())
        expect(fault.start).toBeGreaterThanOrEqual((list[nth - 1]?.end ?? -Infinity) + 3600);
    }
  });

  it.each(shippedNames())('is shipped: %s', (name) => {
    const scenario = shippedScenario(name);

    expect(scenario.name).toBe(name);
    expect(scenario.about).not.toBe('');
    expect(makeWorld({ ...scenario, days: 30 }, 1).faults.flat().length).toBeGreaterThan(5);
  });
});

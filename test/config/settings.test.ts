import { DEFAULT_ROUTING } from '../../src/core/routing.ts';
import { describe, expect, it } from 'vitest';
import { createSettings } from '../../src/config/settings.ts';
import { HttpError } from '../../src/ports/http.ts';
import type { Api, Http } from '../../src/ports/http.ts';
import { NO_SIGNER, NO_TCP } from '../app/world.ts';
import { GOOD, fakeRegistries, loaded } from './fakes.ts';
import type { Created } from './fakes.ts';

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const clock = { now: () => 0, monotonicMs: () => 0, sleep: () => Promise.resolve() };

function fakeHttp(): { http: Http; opened: { base: string; headers: Record<string, string> }[] } {
  const opened: { base: string; headers: Record<string, string> }[] = [];
  const refuse = () => Promise.reject(new HttpError('aborted', 'not in this test'));
  const api: Api = { get: refuse, send: refuse, download: refuse };
  return {
    opened,
    http: {
      at: (base, headers) => {
        opened.push({ base, headers });
        return api;
      },
      download: refuse,
    },
  };
}

const WHOLE = `${GOOD.replace(
  '    apiKey',
  `    budgetPerDay: $15
    concurrency: 2
    pollEvery: 2s
    apiKey`,
)}  - { id: second, use: bell, url: "\${B:-second}", gap: 5s }
routes:
  - id: t2v
    mode: enforce
    capability: { durations: [5], resolutions: [720p] }
    targets: [{ target: toy/swift, weight: 40, inFlight: 6 }]
    policy: { demand: 0.5, ramp: [0.2], rampStep: 1m, ejectGap: 90s, freezeFor: 10m }
    fallbackContent:
      - { url: "https://cdn.example/a.mp4", description: Waves, category: nature, licence: CC0-1.0 }
routers:
  - { id: hook, url: "http://r.example", routes: [t2v] }
probe: { downloads: { maxMiB: 2, timeout: 5s, redirects: 1 }, controls: [], tick: "* * * * * *", quiet: "* * 0-5 * * *" }
budget: { warnDays: 2 }
health: { recoverEvery: 10s }
data: { keep: 7d, runsPerTarget: 20, framesPerTarget: 3 }
plans: { validFor: 5m, qualityHalfLife: 20m }
stories: { expireAfter: 1h }
server: { name: eu-1, publicUrl: "https://reel.example/" }
`;

describe('createSettings', () => {
  it("says everything in the app's words", () => {
    const config = loaded(WHOLE);

    const settings = createSettings(config, {
      http: fakeHttp().http,
      tcp: NO_TCP,
      signer: NO_SIGNER,
      clock,
      log: silent,
      registries: fakeRegistries(),
    });

    expect(settings).toMatchObject({
      controller: 'eu-1',
      publicUrl: 'https://reel.example',
      limits: { toy: { budgetUsd: 15, concurrencyMax: 2 } },
      totalBudgetUsd: 20,
      concurrencyMax: 8,
      routes: [
        {
          id: 't2v',
          mode: 'enforce',
          capability: {
            task: 'text-to-video',
            durationsS: [5],
            aspectRatios: ['16:9'],
            resolutions: ['720p'],
            audio: false,
          },
          members: [{ target: 'toy/swift', baseWeight: 40, provider: 'toy', inFlightMax: 6 }],
          policy: {
            ...DEFAULT_ROUTING,
            demandPerS: 0.5,
            ramp: [0.2],
            rampStepMs: 60_000,
            ejectGapMs: 90_000,
            freezeMs: 600_000,
            qualityHalfLifeMs: 1_200_000,
          },
          fallbackContent: [
            {
              url: 'https://cdn.example/a.mp4',
              description: 'Waves',
              category: 'nature',
              tags: [],
              licence: 'CC0-1.0',
            },
          ],
        },
      ],
      policy: { detection: { demand: { recoverMsMin: 10_000 } }, fundsDaysMin: 2 },
      retention: {
        ageMs: 7 * 86_400_000,
        runsPerTargetMax: 20,
        framesPerTargetMax: 3,
        auditAgeMs: 400 * 86_400_000,
      },
      download: { bytesMax: 2 * 1_048_576, timeMsMax: 5_000, redirectsMax: 1, privateAddresses: false },
      controlUrls: [],
      planValidMs: 300_000,
      storyExpiresMs: 3_600_000,
      tickCron: '* * * * * *',
      quietCron: '* * 0-5 * * *',
    });
    expect(settings.configHash).toMatch(/^sha256:/);
    expect(settings.channels.map(({ id, channel }) => [id, channel.gapMs])).toEqual([
      ['bell', 1_000],
      ['second', 5_000],
    ]);
    expect(settings.sinks.map(({ id, sink }) => [id, sink.routes])).toEqual([['hook', ['t2v']]]);
    expect(settings.targets.map(({ target, provider }) => [target.id, provider.pollEveryMs])).toEqual([
      ['toy/swift', 2_000],
    ]);
  });

  it("tells each target's price and schedule, and what a day of them costs", () => {
    const text = GOOD.replace(
      'alerts:',
      "  - { provider: toy, model: grand, every: 1h }\n  - { provider: toy, model: old, cron: '0 0 * * * *' }\nalerts:",
    );

    const { targets, limits, quietCron } = createSettings(loaded(text), {
      http: fakeHttp().http,
      tcp: NO_TCP,
      signer: NO_SIGNER,
      clock,
      log: silent,
      registries: fakeRegistries(),
    });

    expect(targets.map(({ schedule, priceUsd }) => [schedule, priceUsd])).toEqual([
      [{ auto: true }, 0.24],
      [{ everyMs: 3_600_000 }, 0.24],
      [{ cron: '0 0 * * * *' }, 0.24],
    ]);
    expect(targets.slice(1).map(({ canariesPerDay }) => canariesPerDay)).toEqual([24, 0]);
    const planned = targets.map(({ canariesPerDay, priceUsd }) => canariesPerDay * priceUsd);
    expect(limits['toy']?.plannedUsdPerDay).toBeCloseTo(
      planned.reduce((a, b) => a + b),
      9,
    );
    expect(limits['toy']?.concurrencyMax).toBe(3);
    expect(quietCron).toBeNull();
  });

  it('gives each adapter its own options and no others', () => {
    const created: Created[] = [];
    const { http, opened } = fakeHttp();

    createSettings(loaded(WHOLE), {
      http,
      tcp: NO_TCP,
      signer: NO_SIGNER,
      clock,
      log: silent,
      registries: fakeRegistries(created),
    });

    expect(created.map(({ options }) => options)).toEqual([
      { apiKey: 'k-secret-1', baseUrl: 'https://toy.example', pollEvery: 2_000 },
      { url: 'https://bell.example/secret-path-of-the-bell', gap: 1_000 },
      { url: 'second', gap: 5_000 },
      { url: 'http://r.example', routes: ['t2v'] },
    ]);
    expect(opened).toEqual([{ base: 'https://toy.example', headers: { authorization: 'k-secret-1' } }]);
  });

  it('creates two accounts of one provider with a key each', () => {
    const text = GOOD.replace(
      'targets:',
      '  - { id: toy-eu, use: toy, apiKey: "${K2:-k-secret-2}", baseUrl: "https://eu.toy.example" }\ntargets:\n  - { provider: toy-eu, model: grand, every: 12h }',
    );
    const { http, opened } = fakeHttp();

    const settings = createSettings(loaded(text), {
      http,
      tcp: NO_TCP,
      signer: NO_SIGNER,
      clock,
      log: silent,
      registries: fakeRegistries(),
    });

    expect(settings.targets.map(({ target }) => target.id)).toEqual(['toy-eu/grand', 'toy/swift']);
    expect(opened.map(({ base, headers }) => [base, headers['authorization']])).toEqual([
      ['https://toy.example', 'k-secret-1'],
      ['https://eu.toy.example', 'k-secret-2'],
    ]);
  });

  it("lets each provider's answers be looked at, and those of notifiers and routers not", () => {
    const { http } = fakeHttp();
    const watched: { id: string; models: readonly string[] }[] = [];
    const through: Http[] = [];
    const registries = fakeRegistries();
    const [toy] = registries.providers;
    const seeing = {
      ...toy!,
      create: (tools: Parameters<NonNullable<typeof toy>['create']>[0]) => {
        through.push(tools.http);
        return toy!.create(tools);
      },
    };
    const own: Http = { ...http };

    createSettings(loaded(WHOLE), {
      http,
      tcp: NO_TCP,
      signer: NO_SIGNER,
      clock,
      log: silent,
      registries: { ...registries, providers: [seeing] },
      watch: (_http, id, models) => {
        watched.push({ id, models });
        return own;
      },
    });

    expect(watched).toEqual([{ id: 'toy', models: Object.keys(toy!.models) }]);
    expect(through).toEqual([own]);
  });

  it('checks nothing where checks are off', () => {
    const config = loaded(GOOD.replace('model: swift', 'model: swift\n    check: false'));

    expect(config.targets[0]?.checkEveryMs).toBeNull();
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ATTEMPTS_MAX } from '../../src/client/choose.ts';
import { type ClientOptions, createClient } from '../../src/client/index.ts';
import { NOW, ROUTES, type Sample, type SampleTarget, aDocument } from './samples.ts';

function aClient(sample: Sample | null, more: Partial<ClientOptions<'t2v'>> = {}) {
  const document = sample === null ? {} : { document: aDocument(sample) };
  return createClient({ url: 'http://127.0.0.1:1', routes: ROUTES, now: () => NOW, ...document, ...more });
}

/** How many of `count` evenly spread draws go to each target. */
function shares(client: ReturnType<typeof aClient>, count = 1000): Record<string, number> {
  const found: Record<string, number> = {};
  for (let nth = 0; nth < count; nth++) {
    const id = client.pick('t2v', {}, (nth + 0.5) / count)?.id ?? 'nobody';
    found[id] = (found[id] ?? 0) + 1;
  }
  return found;
}

const aTarget = (id: string) =>
  fc.record({
    id: fc.constant(id),
    weight: fc.nat(100),
    base: fc.nat(100),
    role: fc.constantFrom('serve' as const, 'drain' as const, 'exclude' as const),
  });
const someTargets = fc.tuple(...['kling', 'runway', 'luma', 'pika', 'veo'].map(aTarget));
const samples = fc.record({
  targets: someTargets,
  fallback: fc.shuffledSubarray(['kling', 'runway', 'luma', 'pika', 'veo', 'somebody-else']),
  validUntil: fc.constantFrom(NOW - 1, NOW + 60_000),
  mode: fc.constantFrom('enforce', 'dry_run'),
});
const canCall = () => true;

function attemptsOf(client: ReturnType<typeof aClient>): string[] {
  return [...client.attempts('t2v')].map(({ id }) => id);
}

describe('a pick', () => {
  it('follows the weights of targets that serve', () => {
    expect(shares(aClient({}))).toEqual({ kling: 470, luma: 530 });
  });

  it('is the same for the same draw', () => {
    const client = aClient({});

    expect(client.pick('t2v', {}, 0.469)).toEqual({
      id: 'kling',
      provider: 'the maker of kling',
      model: 'kling-1',
    });
    expect(client.pick('t2v', {}, 0.471)?.id).toBe('luma');
    expect(client.pick('t2v', {}, 0.469)).toEqual(client.pick('t2v', {}, 0.469));
  });

  it.each([0, -1, 1, 7, Number.NaN, Number.POSITIVE_INFINITY])('finds a target for the draw %s', (draw) => {
    expect(aClient({}).pick('t2v', {}, draw)?.id).toBe('kling');
  });

  it('gives the border between two targets to the second', () => {
    const targets = ['kling', 'luma'].map((id) => ({ id, weight: 50 }));

    expect(aClient({ targets }).pick('t2v', {}, 0.5)?.id).toBe('luma');
  });

  it('draws from the random numbers it was given', () => {
    expect(aClient({}, { random: () => 0.9 }).pick('t2v')?.id).toBe('luma');
    expect(aClient({}, { random: () => 0.1 }).pick('t2v')?.id).toBe('kling');
  });

  it('follows weights within six standard deviations over many draws of Math.random', () => {
    const client = aClient({});
    const draws = 20_000;
    let kling = 0;
    for (let nth = 0; nth < draws; nth++) if (client.pick('t2v')?.id === 'kling') kling++;

    const deviation = Math.sqrt(draws * 0.47 * 0.53);
    expect(Math.abs(kling - draws * 0.47)).toBeLessThan(6 * deviation);
  });

  it('shares jobs as the weights say, whatever they are', () => {
    fc.assert(
      fc.property(someTargets, (targets) => {
        const total = targets.reduce((sum, one) => sum + (one.role === 'serve' ? one.weight : 0), 0);
        fc.pre(total > 0);

        const found = shares(aClient({ targets }, { canCall }), 500);

        for (const { id, weight, role } of targets) {
          const wanted = role === 'serve' ? (500 * weight) / total : 0;
          expect(Math.abs((found[id] ?? 0) - wanted)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it.each<[string, Sample]>([
    ['after valid_until', { validUntil: NOW }],
    ['in a dry run', { mode: 'dry_run' }],
    [
      'where every weight is zero, which no plan may be',
      {
        targets: [
          { id: 'kling', base: 50 },
          { id: 'runway', base: 30, role: 'drain' },
          { id: 'luma', base: 20 },
        ],
      },
    ],
  ])('goes by the base weights of the document %s', (_, sample) => {
    expect(shares(aClient(sample))).toEqual({ kling: 500, runway: 300, luma: 200 });
  });

  it('goes by the base weights in code where reelwatch was never heard of', () => {
    expect(shares(aClient(null))).toEqual({ kling: 500, runway: 300, luma: 200 });
  });

  it('goes by the base weights in code where the document knows none of our targets', () => {
    const targets: SampleTarget[] = [{ id: 'another', weight: 100, base: 100 }];

    expect(shares(aClient({ targets }))).toEqual({ kling: 500, runway: 300, luma: 200 });
  });

  it('leaves out targets that the application has no code for', () => {
    const targets: SampleTarget[] = [
      { id: 'kling', weight: 20 },
      { id: 'novel', weight: 60 },
      { id: 'luma', weight: 20 },
    ];

    expect(shares(aClient({ targets }))).toEqual({ kling: 500, luma: 500 });
    expect(shares(aClient({ targets }, { canCall }))).toEqual({ kling: 200, novel: 600, luma: 200 });
  });

  it('goes to nobody where every target is excluded', () => {
    const targets: SampleTarget[] = [{ id: 'kling', base: 100, role: 'exclude' }];

    expect(aClient({ targets }).pick('t2v')).toBeNull();
  });

  it('goes to nobody on a route that nobody knows', () => {
    const client = aClient({});

    expect(client.pick('__proto__' as 't2v')).toBeNull();
    expect(client.content('toString' as 't2v')).toBeNull();
  });
});

describe('needs', () => {
  const capability = {
    task: 'text-to-video',
    durations_s: [4, 8],
    aspect_ratios: ['16:9'],
    resolutions: ['720p'],
    audio: false,
  };

  it.each([
    [{}, true],
    [{ task: 'text-to-video', durationS: 8, aspectRatio: '16:9', resolution: '720p', audio: false }, true],
    [{ task: 'image-to-video' }, false],
    [{ durationS: 5 }, false],
    [{ aspectRatio: '9:16' }, false],
    [{ resolution: '1080p' }, false],
    [{ audio: true }, false],
  ])('%j are met by the route: %s', (needs, isMet) => {
    const client = aClient({ capability });

    expect(client.pick('t2v', needs) !== null).toBe(isMet);
    expect(client.next('t2v', ['kling'], needs) !== null).toBe(isMet);
    expect([...client.attempts('t2v', needs)].length > 0).toBe(isMet);
  });

  it('are not held against a route that does not say what it can do', () => {
    expect(aClient({}).pick('t2v', { durationS: 5, audio: true })).not.toBeNull();
    expect(aClient(null).pick('t2v', { durationS: 5, audio: true })).not.toBeNull();
  });

  it('are held against what the code says of a route while there is no document', () => {
    const routes = { t2v: { ...ROUTES.t2v, capability: { durationsS: [4], audio: true } } };
    const client = aClient(null, { routes });

    expect(client.pick('t2v', { durationS: 4, audio: true })).not.toBeNull();
    expect(client.pick('t2v', { durationS: 8 })).toBeNull();
  });
});

describe('the next attempt', () => {
  it('is the best of the fallback order that was not tried, drained targets last', () => {
    const client = aClient({});

    expect(client.next('t2v', ['kling'])?.id).toBe('luma');
    expect(client.next('t2v', ['luma'])?.id).toBe('kling');
    expect(client.next('t2v', ['kling', 'luma'])?.id).toBe('runway');
    expect(client.next('t2v', ['kling', 'luma', 'runway'])).toBeNull();
  });

  it('knows targets that the fallback order forgets', () => {
    expect(aClient({ fallback: [] }).next('t2v', ['luma'])?.id).toBe('kling');
    expect(aClient({ fallback: [] }).next('t2v', ['luma', 'kling'])?.id).toBe('runway');
  });

  it('goes by the order in code while base weights hold, and by base weight without one', () => {
    const routes = { t2v: { ...ROUTES.t2v, fallback: ['luma', 'runway'] } };

    expect(aClient(null, { routes }).next('t2v', ['runway'])?.id).toBe('luma');
    expect(aClient({ validUntil: NOW }, { routes }).next('t2v', ['runway'])?.id).toBe('luma');
    expect(aClient(null).next('t2v', ['runway'])?.id).toBe('kling');
  });

  it('comes three times at most, to another target each time, and never to an excluded one', () => {
    fc.assert(
      fc.property(samples, fc.double({ min: 0, max: 1, noNaN: true }), (sample, draw) => {
        const client = aClient(sample, { canCall, random: () => draw });
        const excluded = sample.targets.filter(({ role }) => role === 'exclude').map(({ id }) => id);
        const usable = sample.targets.length - excluded.length;

        const tried = attemptsOf(client);

        expect(tried).toHaveLength(Math.min(ATTEMPTS_MAX, usable));
        expect(new Set(tried).size).toBe(tried.length);
        expect(tried.filter((id) => excluded.includes(id))).toEqual([]);
        expect(client.next('t2v', ['a', 'b', 'c'])).toBeNull();
      }),
    );
  });

  it('takes note of what changes between two attempts', () => {
    let now = NOW;
    const client = aClient(
      {
        targets: [
          { id: 'kling', weight: 100, base: 10 },
          { id: 'runway', base: 80, role: 'drain' },
          { id: 'luma', base: 10 },
        ],
      },
      { now: () => now },
    );
    const attempts = client.attempts('t2v');

    expect(attempts.next().value?.id).toBe('kling');
    now += 16 * 60_000;
    expect(attempts.next().value?.id).toBe('runway');
  });
});

describe('ready-made videos', () => {
  const content = [
    { url: 'https://cdn.test/sea.mp4', description: 'The sea', category: 'nature', tags: ['sea', 'calm'] },
    { url: 'https://cdn.test/hills.mp4', category: 'nature', tags: ['hills', 'calm'], licence: 'CC0' },
    { url: 'https://cdn.test/city.mp4', category: 'city', tags: ['night', 'hills', 'cars'], licence: 'CC0' },
  ];

  it.each([
    [{ category: 'nature' }, 'sea'],
    [{ category: 'nature', tags: ['hills'] }, 'hills'],
    [{ category: 'nature', tags: ['hills', 'night', 'cars'] }, 'hills'],
    [{ tags: ['hills', 'night'] }, 'city'],
    [{ category: 'food', tags: ['cars'] }, 'city'],
    [{ category: 'food' }, 'sea'],
    [{}, 'sea'],
  ])('wanted as %j are found, the category before the tags', (wish, name) => {
    expect(aClient({ content }).content('t2v', wish)?.url).toBe(`https://cdn.test/${name}.mp4`);
  });

  it('come with what is known of them', () => {
    expect(aClient({ content }).content('t2v')).toEqual({
      url: 'https://cdn.test/sea.mp4',
      description: 'The sea',
      category: 'nature',
      tags: ['sea', 'calm'],
      licence: '',
    });
  });

  it('are offered when the document has expired, too, and out of the code where it has none', () => {
    const own = { url: '/own.mp4', description: '', category: '', tags: [], licence: '' };
    const routes = { t2v: { ...ROUTES.t2v, content: [own] } };

    expect(aClient({ content, validUntil: NOW }).content('t2v')?.url).toBe('https://cdn.test/sea.mp4');
    expect(aClient({}, { routes }).content('t2v')).toEqual(own);
    expect(aClient(null, { routes }).content('t2v')).toEqual(own);
    expect(aClient({}).content('t2v')).toBeNull();
  });

  it('with an address that is none of the web are left out', () => {
    const odd = ['javascript:alert(1)', 'file:///etc/passwd', '', 7].map((url) => ({ url }));

    expect(aClient({ content: odd }).content('t2v')).toBeNull();
    expect(aClient({ content: 'none' }).content('t2v')).toBeNull();
  });
});

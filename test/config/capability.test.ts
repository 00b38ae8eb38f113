import { describe, expect, it } from 'vitest';
import { GOOD, load, loaded, sentences } from './fakes.ts';

const route = (capability: string): string =>
  `${GOOD}routes: [{ id: t2v, capability: { ${capability} }, targets: [{ target: toy/swift }] }]\n`;

describe('a route', () => {
  it.each(['', 'durations: [2, 5]', "resolutions: [720p], aspects: ['16:9']", 'resolutions: [720P]'])(
    'takes a target that can do what it promises: %s',
    (capability) => {
      expect(loaded(route(capability)).options.routes).toHaveLength(1);
    },
  );

  it.each([
    ['durations: [2, 8, 9]', 'durations 8, 9 (only 2, 5)'],
    ['resolutions: [4k]', 'resolutions 4k (only 720p)'],
    ["aspects: ['2:1']", 'aspects 2:1'],
    ["resolutions: [720p], aspects: ['16:9', '2:1']", 'aspects 2:1'],
    ['audio: true', 'audio'],
    ['task: image-to-video', 'task image-to-video (only text-to-video)'],
    ['durations: [8], audio: true', 'durations 8 (only 2, 5); audio'],
  ])('refuses a target that cannot: %s', (capability, lacks) => {
    const said = sentences(load(route(capability)));

    expect(said.join('\n')).toContain(
      `routes[0].targets[0].target: toy/swift cannot do what t2v promises: ${lacks}`,
    );
  });
});

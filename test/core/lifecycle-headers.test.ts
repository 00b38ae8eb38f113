import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lifecycleHeaders, placeOf } from '../../src/core/lifecycle-headers.ts';

describe('headers that announce an end', () => {
  // What is sent in practice, as docs.krea.ai/developers/deprecations and the RFCs show it.
  it.each([
    ['an HTTP date', 'sunset', 'Mon, 27 Apr 2026 00:00:00 GMT'],
    ['a date of a structured field', 'deprecation', '@1688169599'],
    ['one with a parameter', 'deprecation', '@1688169599;foo=1'],
    ['the draft’s word', 'deprecation', 'true'],
    ['an older draft', 'deprecation', 'version="v1", date="Sun, 11 Nov 2018 23:59:59 GMT"'],
    ['a day', 'sunset', '2026-12-01'],
  ] as const)('are kept as they are sent: %s', (_name, name, value) => {
    expect(lifecycleHeaders({ [name]: ` ${value} `, 'content-type': 'application/json' })).toEqual([
      { name, value },
    ]);
  });

  it('are the links alone that say something of an end', () => {
    const link = [
      '<https://api.example.com/jobs?page=2>; rel="next"',
      '<https://docs.example.com/gone?a=1,2>; rel="deprecation"; type="text/html"',
      '<https://docs.example.com/policy>; rel=sunset',
      '<https://api.example.com/v2>; title="a, b"; rel="alternate successor-version"',
    ];

    expect(lifecycleHeaders({ link: link.join(', ') }).map(({ value }) => value)).toEqual(link.slice(1));
  });

  it.each([
    ['nothing', {}],
    ['empty values', { sunset: '', deprecation: '  ' }],
    ['a page of a list', { link: '<https://api.example.com/?page=2>; rel="next"' }],
    ['no link at all', { link: 'rel="sunset"' }],
  ])('are not found in %s', (_name, headers) => {
    expect(lifecycleHeaders(headers)).toEqual([]);
  });

  it('are few and short, whatever is sent', () => {
    const part = fc.oneof(fc.string({ maxLength: 2_000 }), fc.constant('<https://a.example/>; rel="sunset"'));
    fc.assert(
      fc.property(part, part, fc.array(part, { maxLength: 30 }), (sunset, deprecation, links) => {
        const found = lifecycleHeaders({ sunset, deprecation, link: links.join(', ') });

        expect(found.length).toBeLessThanOrEqual(7);
        expect(found.every(({ value }) => value.length > 0 && value.length <= 500)).toBe(true);
      }),
    );
  });
});

describe('the place of a call', () => {
  const models = ['bytedance/seedance-1-0-lite-i2v-250428', 'kling-2.5-turbo-pro'];

  it.each([
    ['https://api.krea.ai/jobs/0fb1c8d2-6a0e-4c5e-9a45-d0d5a8f2f8a1?x=secret', 'api.krea.ai/jobs/{id}'],
    [
      'https://queue.fal.run/fal-ai/kling/requests/764cabcf9012/status',
      'queue.fal.run/fal-ai/kling/requests/{id}/status',
    ],
    ['http://127.0.0.1:7000/v1/text-to-video-generation', '127.0.0.1:7000/v1/text-to-video-generation'],
    ['https://a.example/seedance-1-0-lite-i2v-250428/x', 'a.example/seedance-1-0-lite-i2v-250428/x'],
    ['https://a.example/kling-2.5-turbo-pro:predict', 'a.example/kling-2.5-turbo-pro:predict'],
    ['https://a.example/v1/gen4.5', 'a.example/v1/gen4.5'],
  ])('of %s leaves out ids and the query', (url, place) => {
    expect(placeOf(new URL(url), models)).toBe(place);
  });
});

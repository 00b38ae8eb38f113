import fc from 'fast-check';
import { expect, it } from 'vitest';
import { integersOf } from '../../src/core/points.ts';
import type { Place, Render, Shares } from '../../src/ports/render.ts';
import { RENDERS } from '../../src/routers/render/index.ts';
import { labelsOf } from '../../src/routers/render/parts.ts';

const PLACES: Record<string, Place> = {
  'kling/kling-2.5': {
    provider: 'kling',
    model: 'kling-2.5',
    region: null,
    address: 'https://kling.example/v1',
  },
  'runway/gen4.5': {
    provider: 'runway',
    model: 'gen4.5',
    region: 'us',
    address: 'http://[2001:db8::1]:8080',
  },
  'luma/ray-3': { provider: 'luma', model: 'ray-3', region: null, address: 'http://192.0.2.3' },
  'luma/ray-2': { provider: 'luma', model: 'ray-2', region: null, address: 'http://192.0.2.4' },
};
const placeOf = (target: string): Place =>
  PLACES[target] ?? { provider: 'nobody', model: target, region: null, address: null };

const SHARES: Shares = {
  route: 't2v.default',
  members: [
    { target: 'kling/kling-2.5', weight: 47, role: 'serve' },
    { target: 'runway/gen4.5', weight: 0, role: 'drain' },
    { target: 'luma/ray-3', weight: 53, role: 'serve' },
    { target: 'luma/ray-2', weight: 0, role: 'exclude' },
  ],
  fallback: ['luma/ray-3', 'kling/kling-2.5', 'runway/gen4.5'],
};

function render(format: string): Render {
  const found = RENDERS.find((one) => one.format === format);
  if (!found) throw new Error(`no format ${format}`);
  return found;
}
const write = (format: string, shares = SHARES, where = placeOf) => render(format).write(shares, where);
const json = (format: string, shares = SHARES, where = placeOf): unknown =>
  JSON.parse(write(format, shares, where));
const nowhere = (target: string): Place => ({ ...placeOf(target), address: null });

it('says all that Traefik needs, and leaves out what has no weight', () => {
  expect(json('traefik')).toMatchObject({
    http: {
      services: {
        't2v.default': {
          weighted: {
            services: [
              { name: 'luma-ray-3', weight: 53 },
              { name: 'kling-kling-2-5', weight: 47 },
            ],
          },
        },
        'runway-gen4-5': {
          loadBalancer: { passHostHeader: false, servers: [{ url: 'http://[2001:db8::1]:8080' }] },
        },
      },
    },
  });
  expect(write('traefik')).not.toContain('ray-2');
});

it("points Traefik at services of the operator's own file where no address is known", () => {
  expect(json('traefik', SHARES, nowhere)).toEqual({
    http: {
      services: {
        't2v.default': {
          weighted: {
            services: [
              { name: 'luma-ray-3@file', weight: 53 },
              { name: 'kling-kling-2-5@file', weight: 47 },
            ],
          },
        },
      },
    },
  });
});

it('makes an upstream for nginx in which weight 0 is down', () => {
  expect(write('nginx')).toBe(
    [
      'upstream t2v.default {',
      '    server kling.example:443 weight=47; # kling/kling-2.5',
      '    server [2001:db8::1]:8080 down; # runway/gen4.5',
      '    server 192.0.2.3:80 weight=53; # luma/ray-3',
      '}',
      '',
    ].join('\n'),
  );
});

it('makes an assignment for Envoy in which no weight is below 1, and what drains is listed', () => {
  const { version_info, resources } = json('eds') as { version_info: string; resources: object[] };

  expect(version_info).toMatch(/^[0-9a-f]{16}$/);
  expect(resources).toMatchObject([
    {
      '@type': 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment',
      cluster_name: 't2v.default',
      endpoints: [
        { locality: { zone: 'kling-kling-2-5' }, load_balancing_weight: 47 },
        {
          locality: { region: 'us', zone: 'runway-gen4-5' },
          load_balancing_weight: 1,
          lb_endpoints: [
            {
              health_status: 'DRAINING',
              endpoint: { address: { socket_address: { address: '2001:db8::1', port_value: 8080 } } },
            },
          ],
        },
        { load_balancing_weight: 53, lb_endpoints: [{ health_status: 'HEALTHY' }] },
      ],
    },
  ]);
});

it('makes a flag for flagd whose default is the heaviest target', () => {
  expect(json('flagd')).toMatchObject({
    flags: {
      't2v.default': {
        state: 'ENABLED',
        variants: { 'luma/ray-3': 'luma/ray-3', 'runway/gen4.5': 'runway/gen4.5' },
        defaultVariant: 'luma/ray-3',
        targeting: {
          fractional: [
            ['kling/kling-2.5', 47],
            ['runway/gen4.5', 0],
            ['luma/ray-3', 53],
          ],
        },
      },
    },
  });
});

it('gives every deployment of LiteLLM a weight, zero too', () => {
  const { model_list } = json('litellm') as {
    model_list: { model_name: string; litellm_params: Record<string, unknown>; model_info: object }[];
  };

  expect(model_list.map(({ litellm_params }) => litellm_params['weight'])).toEqual([47, 0, 53]);
  expect(model_list[0]).toEqual({
    model_name: 't2v.default',
    litellm_params: { model: 'kling/kling-2.5', api_base: 'https://kling.example/v1', weight: 47 },
    model_info: { id: 'kling/kling-2.5' },
  });
});

it('orders by weight, then by the fallback, and names each provider once', () => {
  expect(json('order')).toEqual({
    order: ['luma', 'kling', 'runway'],
    targets: ['luma/ray-3', 'kling/kling-2.5', 'runway/gen4.5'],
  });
});

it('patches an HTTPRoute with whole numbers, and zero for what drains', () => {
  expect(json('gateway-api')).toEqual([
    {
      op: 'replace',
      path: '/spec/rules/0/backendRefs',
      value: [
        { name: 'kling-kling-2-5', port: 443, weight: 47 },
        { name: 'runway-gen4-5', port: 8080, weight: 0 },
        { name: 'luma-ray-3', port: 80, weight: 53 },
      ],
    },
  ]);
});

it('lets Portkey choose by weight, and try two more after a failure', () => {
  expect(json('portkey')).toMatchObject({
    strategy: { mode: 'fallback', on_status_codes: expect.arrayContaining([429, 503]) },
    targets: [
      {
        strategy: { mode: 'loadbalance' },
        targets: [
          { provider: 'luma', weight: 53, override_params: { model: 'ray-3' } },
          { provider: 'kling', weight: 47, custom_host: 'https://kling.example/v1' },
        ],
      },
      { provider: 'kling', retry: { attempts: 0 } },
      { provider: 'runway' },
    ],
  });
});

/** What would be a gap or a date in a render. */
const STRAY = /undefined|NaN|null|20\d\d-/;
const names = fc
  .stringMatching(/^[a-z0-9][a-z0-9._-]{0,80}\/[a-z0-9][a-zA-Z0-9._-]{0,40}$/)
  // A target may be called null, or 2000/a, which a render writes as 2000-a.
  .filter((name) => !/undefined|NaN|null|20\d\d/.test(name));
const plans = fc.uniqueArray(names, { minLength: 1, maxLength: 12 }).chain((targets) =>
  fc
    .array(fc.tuple(fc.nat(5), fc.boolean()), { minLength: targets.length, maxLength: targets.length })
    .filter((drawn) => drawn.some(([weight]) => weight > 0))
    .map((drawn): Shares => {
      const weights = integersOf(drawn.map(([weight]) => weight));
      const members = targets.map((target, i) => {
        const weight = weights[i] ?? 0;
        const isOut = drawn[i]?.[1] ?? false;
        return { target, weight, role: weight > 0 ? 'serve' : isOut ? 'exclude' : 'drain' } as const;
      });
      const fallback = members.filter(({ role }) => role !== 'exclude').map(({ target }) => target);
      return { route: 't2v.default', members, fallback };
    }),
);
const somewhere = (target: string): Place => ({ ...placeOf(target), address: 'http://192.0.2.9:81' });

it.each(RENDERS.map((one) => [one.format, one] as const))(
  'writes %s the same way each time, without gaps or a date',
  (_format, one) => {
    fc.assert(
      fc.property(plans, (shares) => {
        const text = one.write(shares, somewhere);
        expect(one.write(structuredClone(shares), somewhere)).toBe(text);
        expect(text).not.toMatch(STRAY);
      }),
      { numRuns: 50 },
    );
  },
);

it.each([
  ['traefik', /"weight": (\d+)/g],
  ['litellm', /"weight": (\d+)/g],
  ['gateway-api', /"weight": (\d+)/g],
  ['nginx', /weight=(\d+)/g],
  ['flagd', /^ +(\d+)$/gm],
  ['portkey', /"weight": (\d+)/g],
])('writes weights that sum to 100 in %s', (format, pattern) => {
  fc.assert(
    fc.property(plans, (shares) => {
      const weights = [...write(format, shares, somewhere).matchAll(pattern)].map(([, digits]) =>
        Number(digits),
      );

      expect(weights.reduce((sum, weight) => sum + weight, 0)).toBe(100);
    }),
    { numRuns: 50 },
  );
});

it('has names for host labels that are short, apart and stay', () => {
  fc.assert(
    fc.property(plans, (shares) => {
      const labelOf = labelsOf(shares);
      const labels = shares.members.map(({ target }) => labelOf(target));

      for (const label of labels) expect(label).toMatch(/^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/);
      expect(new Set(labels).size).toBe(labels.length);
    }),
  );
  const alike: Shares = {
    ...SHARES,
    members: [
      { target: 'a/b.c', weight: 50, role: 'serve' },
      { target: 'a/b-c', weight: 50, role: 'serve' },
    ],
  };
  expect(new Set(alike.members.map(({ target }) => labelsOf(alike)(target))).size).toBe(2);
});

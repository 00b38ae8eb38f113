/**
 * Traefik 3, HTTP provider (https://doc.traefik.io/traefik/providers/http/, checked 2026-11-21): it hashes the body, so
 * every byte counts. A weight of 0 takes a service out of its wheel, which is the same as leaving it out
 * (pkg/server/service/loadbalancer/wrr/wrr.go at fd5a576df2).
 */

import type { Render } from '../../ports/render.ts';
import { includedIn, jsonText, labelsOf, servingIn } from './parts.ts';

export const traefik: Render = {
  format: 'traefik',
  title: 'Traefik (HTTP provider)',
  mediaType: 'application/json; charset=utf-8',
  needsAddresses: false,
  write: (plan, placeOf) => {
    const labelOf = labelsOf(plan);
    const own = includedIn(plan).flatMap(({ target }) => {
      const { address } = placeOf(target);
      return address === null ? [] : [{ target, address }];
    });
    const isOwn = new Set(own.map(({ target }) => target));
    // What has no address here is a service of that name in the operator's own file.
    const nameOf = (target: string) => `${labelOf(target)}${isOwn.has(target) ? '' : '@file'}`;
    const weighted = servingIn(plan).map(({ target, weight }) => ({ name: nameOf(target), weight }));
    const services = {
      [plan.route]: { weighted: { services: weighted } },
      ...Object.fromEntries(own.map(({ target, address }) => [labelOf(target), balancer(address)])),
    };
    return jsonText({ http: { services } });
  },
};

function balancer(address: string): object {
  return { loadBalancer: { passHostHeader: false, servers: [{ url: address }] } };
}

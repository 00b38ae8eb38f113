/**
 * Envoy's endpoint discovery as JSON, for a file that is moved into place (`path_config_source`) or a REST server
 * (https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/endpoint/v3/endpoint.proto, checked 2026-11-21). Each
 * target is a locality. Weights must be at least 1, so what gets no new jobs is DRAINING; every target is listed, because
 * the panic threshold counts those that are not healthy. `endpoint_stale_after` stays unset: it makes stale unhealthy.
 */

import { createHash } from 'node:crypto';
import type { Place, Render, Shares } from '../../ports/render.ts';
import { includedIn, jsonText, labelsOf, neededSocketOf } from './parts.ts';

const TYPE = 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment';
const VERSION_CHARACTERS = 16;

export const eds: Render = {
  format: 'eds',
  title: 'Envoy EDS (JSON)',
  mediaType: 'application/json; charset=utf-8',
  needsAddresses: true,
  write: (plan, placeOf) => {
    const labelOf = labelsOf(plan);
    const endpoints = includedIn(plan).map((member) =>
      locality(member, labelOf(member.target), placeOf(member.target)),
    );
    const resources = [{ '@type': TYPE, cluster_name: plan.route, endpoints }];
    const hash = createHash('sha256').update(JSON.stringify(resources)).digest('hex');
    return jsonText({ version_info: hash.slice(0, VERSION_CHARACTERS), resources });
  },
};

function locality(
  { weight }: Pick<Shares['members'][number], 'weight'>,
  label: string,
  place: Place,
): object {
  const { host, port } = neededSocketOf(place);
  return {
    locality: { ...(place.region === null ? {} : { region: place.region }), zone: label },
    load_balancing_weight: Math.max(1, weight),
    lb_endpoints: [
      {
        health_status: weight > 0 ? 'HEALTHY' : 'DRAINING',
        endpoint: { address: { socket_address: { address: host, port_value: port } }, hostname: host },
      },
    ],
  };
}

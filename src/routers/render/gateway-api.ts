/**
 * A JSON patch (RFC 6902) for an HTTPRoute of the Kubernetes Gateway API v1: each target is a Service of its name
 * (apis/v1/httproute_types.go at 4564255ac, checked 2026-11-21). Weights may be 0 to 1,000,000; a share whose Service is
 * dead is not moved to the others, so keep polling or pushing.
 */

import type { Render } from '../../ports/render.ts';
import { includedIn, jsonText, labelsOf, socketOf } from './parts.ts';

const PORT = 80;

export const gatewayApi: Render = {
  format: 'gateway-api',
  title: 'Kubernetes Gateway API (JSON patch of an HTTPRoute)',
  mediaType: 'application/json-patch+json',
  needsAddresses: false,
  write: (plan, placeOf) => {
    const labelOf = labelsOf(plan);
    const value = includedIn(plan).map(({ target, weight }) => ({
      name: labelOf(target),
      port: socketOf(placeOf(target))?.port ?? PORT,
      weight,
    }));
    return jsonText([{ op: 'replace', path: '/spec/rules/0/backendRefs', value }]);
  },
};

/**
 * The config of Portkey's gateway, sent with each request as `x-portkey-config` (read from the code of
 * `@portkey-ai/gateway` 1.15.2, 2026-11-22). All weights zero would make it answer 500; a plan never is. Keys are not
 * ours to give: the request's `authorization` goes to the target, or whoever sends it adds `api_key` to each.
 */

import type { TargetId } from '../../core/model.ts';
import type { Place, Render } from '../../ports/render.ts';
import { jsonText, orderOf, servingIn } from './parts.ts';

/** After these the next in line is tried; any other answer is the caller's. */
const FAILED = [408, 429, 500, 502, 503, 504];
/** Together with the first choice, three attempts. */
const FALLBACKS_MAX = 2;

export const portkey: Render = {
  format: 'portkey',
  title: 'Portkey AI gateway (config)',
  mediaType: 'application/json; charset=utf-8',
  needsAddresses: false,
  write: (plan, placeOf) => {
    const serving = servingIn(plan).map(({ target, weight }) => ({ ...one(target, placeOf), weight }));
    const next = orderOf(plan)
      .slice(1, 1 + FALLBACKS_MAX)
      .map((target) => one(target, placeOf));
    const first = { strategy: { mode: 'loadbalance' }, targets: serving };
    return jsonText({
      strategy: { mode: 'fallback', on_status_codes: FAILED },
      targets: [first, ...next],
    });
  },
};

/** An order is paid for, so the gateway must not repeat it at the same target. */
function one(target: TargetId, placeOf: (target: TargetId) => Place) {
  const { provider, model, address } = placeOf(target);
  return {
    provider,
    ...(address === null ? {} : { custom_host: address.replace(/\/$/, '') }),
    retry: { attempts: 0 },
    override_params: { model },
  };
}

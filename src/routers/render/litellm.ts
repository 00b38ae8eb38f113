/**
 * The model list of LiteLLM's proxy; JSON is YAML, so it can be included. It weighs only where the first healthy
 * deployment has a weight (https://github.com/BerriAI/litellm/issues/33329, checked 2026-11-21), so each has one, zero too.
 * At run time `PATCH /model/{id}/update` takes each entry's weight, for models that lie in its database.
 */

import type { Render } from '../../ports/render.ts';
import { includedIn, jsonText } from './parts.ts';

export const litellm: Render = {
  format: 'litellm',
  title: 'LiteLLM proxy (model list)',
  mediaType: 'application/json; charset=utf-8',
  needsAddresses: false,
  write: (plan, placeOf) =>
    jsonText({
      model_list: includedIn(plan).map(({ target, weight }) => {
        const { provider, model, address } = placeOf(target);
        return {
          model_name: plan.route,
          litellm_params: {
            model: `${provider}/${model}`,
            ...(address === null ? {} : { api_base: address }),
            weight,
          },
          model_info: { id: target },
        };
      }),
      router_settings: { routing_strategy: 'simple-shuffle' },
    }),
};

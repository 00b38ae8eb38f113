/**
 * Whom to try one after the other, for gateways that take an order and no weights: OpenRouter's `provider.order`
 * (https://openrouter.ai/docs/features/provider-routing), Vercel's `gateway.order`
 * (https://vercel.com/docs/ai-gateway/provider-options); both checked 2026-11-21.
 */

import type { Render } from '../../ports/render.ts';
import { jsonText, orderOf } from './parts.ts';

export const order: Render = {
  format: 'order',
  title: 'An order (OpenRouter, Vercel AI Gateway)',
  mediaType: 'application/json; charset=utf-8',
  needsAddresses: false,
  write: (plan, placeOf) => {
    const targets = orderOf(plan);
    const providers = [...new Set(targets.map((target) => placeOf(target).provider))];
    return jsonText({ order: providers, targets });
  },
};

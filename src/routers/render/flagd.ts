/**
 * A flag definition for flagd (https://flagd.dev/reference/flag-definitions/, checked 2026-11-21): the flag is the
 * route, its variants the targets. Without a targeting key flagd takes the default: the heaviest.
 */

import type { Render } from '../../ports/render.ts';
import { includedIn, jsonText, orderOf } from './parts.ts';

export const flagd: Render = {
  format: 'flagd',
  title: 'OpenFeature flagd (flag definition)',
  mediaType: 'application/json; charset=utf-8',
  needsAddresses: false,
  write: (plan) => {
    const members = includedIn(plan);
    return jsonText({
      $schema: 'https://flagd.dev/schema/v0/flags.json',
      flags: {
        [plan.route]: {
          state: 'ENABLED',
          variants: Object.fromEntries(members.map(({ target }) => [target, target])),
          defaultVariant: orderOf(plan)[0],
          targeting: { fractional: members.map(({ target, weight }) => [target, weight]) },
        },
      },
    });
  },
};

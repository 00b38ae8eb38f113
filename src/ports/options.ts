/** The kinds of option that the configuration and every adapter share. The only values among the ports. */

import { z } from 'zod';
import { DAY, HOUR, MINUTE, SECOND } from '../core/base.ts';

const UNIT_MS: Record<string, number> = { ms: 1, s: SECOND, m: MINUTE, h: HOUR, d: DAY };

/** A span written as `90s`, `10m`, `6h`, `7d`; becomes milliseconds. */
export function duration(description: string) {
  return z
    .string()
    .regex(/^\d+(\.\d+)?(ms|s|m|h|d)$/, 'Expected a duration such as 90s, 10m, 6h or 7d')
    .meta({ description })
    .transform((text) => {
      const [, amount = '0', unit = 'ms'] = /^([\d.]+)([a-z]+)$/.exec(text) ?? [];
      return Math.round(Number(amount) * (UNIT_MS[unit] ?? 1));
    });
}

/** Money in US dollars, written `$2.50` or `2.5`; becomes a number of dollars. */
export function dollars(description: string) {
  return z
    .union([
      z.number().nonnegative(),
      z.string().regex(/^\$\d+(\.\d+)?$/, 'Expected an amount of dollars such as $2.50'),
    ])
    .meta({ description })
    .transform((amount) => (typeof amount === 'number' ? amount : Number(amount.slice(1))));
}

/** A secret: given as `${ENV}` or `file:/path` in the YAML, masked wherever it could be shown. */
export function secret(description: string) {
  return z.string().min(1, 'Expected a secret, got nothing').meta({ description, secret: true });
}

/** An http(s) address of a service that the operator names. */
export function address(description: string) {
  return z.url({ protocol: /^https?$/, error: 'Expected an http or https address' }).meta({ description });
}

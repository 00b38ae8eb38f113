/**
 * An `upstream` of nginx, for `include` (https://nginx.org/en/docs/http/ngx_http_upstream_module.html, checked
 * 2026-11-21). It refuses `weight=0`, so what gets no new jobs is `down`: polls of its running jobs need a location of
 * their own. One attempt is not repeated on another server here: `proxy_next_upstream` says when.
 */

import type { Render } from '../../ports/render.ts';
import { includedIn, neededSocketOf } from './parts.ts';

export const nginx: Render = {
  format: 'nginx',
  title: 'nginx (upstream to include)',
  mediaType: 'text/plain; charset=utf-8',
  needsAddresses: true,
  write: (plan, placeOf) => {
    const servers = includedIn(plan).map(({ target, weight }) => {
      const { host, port } = neededSocketOf(placeOf(target));
      const share = weight > 0 ? `weight=${weight}` : 'down';
      return `    server ${host.includes(':') ? `[${host}]` : host}:${port} ${share}; # ${target}`;
    });
    return [`upstream ${plan.route} {`, ...servers, '}', ''].join('\n');
  },
};

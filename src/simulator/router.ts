/** A router that takes pushed weights, as the push contract in the documentation says, and shows what it got. */

import { asObject, asText, escapeHtml, html, json, parseObject, problem, readText } from './answers.ts';
import { createDoor } from './doors.ts';

export const PUSHES_MAX = 200;
const ROUTES_MAX = 100;

export interface Push {
  at: number;
  /** The answer that it got. */
  status: number;
  headers: Record<string, string>;
  /** Exactly as it came, so that signatures can be checked. */
  body: string;
}

interface Held {
  epoch: number;
  generation: number;
  at: number;
  data: Record<string, unknown>;
}

export interface Router {
  handle: (request: Request) => Promise<Response>;
  /** The newest pushes, oldest first. */
  read: () => Push[];
}

export function createRouter(now: () => number): Router {
  const pushes: Push[] = [];
  const held = new Map<string, Held>();
  const door = createDoor(now);
  const take = async (request: Request): Promise<Response> => {
    const body = (await readText(request)) ?? '';
    const refusal = door.refusal();
    const answer =
      refusal === null ? apply(body, held, now()) : problem(refusal.status, 'This router is set to fail.');
    if (refusal !== null && refusal.retryAfterS !== null)
      answer.headers.set('retry-after', String(refusal.retryAfterS));
    pushes.push({ at: now(), status: answer.status, headers: Object.fromEntries(request.headers), body });
    if (pushes.length > PUSHES_MAX) pushes.shift();
    return answer;
  };
  return {
    read: () => structuredClone(pushes),
    handle: async (request) => {
      const { pathname } = new URL(request.url);
      if (pathname === '/router/hook')
        return request.method === 'POST' ? take(request) : problem(405, 'Use POST.');
      if (pathname === '/router/faults') return door.handleFaults(request);
      if (request.method !== 'GET') return problem(405, 'Use GET.');
      const routes = Object.fromEntries(held);
      return pathname === '/router.json' ? json(200, { routes, pushes }) : html(page(held, pushes));
    },
  };
}

/** Takes the weights over unless newer ones are held already: level, not delta. */
function apply(body: string, held: Map<string, Held>, at: number): Response {
  const data = asObject(parseObject(body)?.['data']);
  const epoch = data?.['epoch'];
  const generation = data?.['generation'];
  if (data === null || typeof epoch !== 'number' || typeof generation !== 'number')
    return problem(400, 'Expected `data.epoch` and `data.generation` to be numbers.');
  const route = asText(data['route']);
  const known = held.get(route);
  const isOlder =
    known !== undefined && (epoch < known.epoch || (epoch === known.epoch && generation < known.generation));
  if (isOlder)
    return problem(409, 'Newer weights are held.', {
      applied: { epoch: known.epoch, generation: known.generation },
    });
  if (known === undefined && held.size >= ROUTES_MAX)
    return problem(400, `At most ${ROUTES_MAX} routes are held.`);
  held.set(route, { epoch, generation, at, data });
  return json(200, { applied: { epoch, generation } });
}

function page(held: ReadonlyMap<string, Held>, pushes: readonly Push[]): string {
  const routes = [...held].map(([route, { epoch, generation, at, data }]) => {
    const weights = Object.entries(asObject(data['weights']) ?? {});
    const bars = weights
      .map(([target, weight]) => {
        const share = Math.min(100, Math.max(0, Number(weight) || 0));
        return `<tr><td>${escapeHtml(target)}</td><td class="bar"><i style="width:${share}%"></i></td><td>${escapeHtml(String(weight))}</td></tr>`;
      })
      .join('');
    const said = ['mode', 'posture', 'valid_until'].map(
      (key) => `${key} <b>${escapeHtml(asText(data[key]) || '–')}</b>`,
    );
    return `<section><h2>${escapeHtml(route)}</h2><table>${bars}</table>
<p>epoch <b>${epoch}</b> generation <b>${generation}</b> ${said.join(' ')} received ${new Date(at).toISOString().slice(11, 19)}</p></section>`;
  });
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="3">
<title>Simulated router</title><style>${STYLE}</style></head><body><main><h1>Simulated router</h1>
${routes.join('') || '<p>No weights have been pushed yet.</p>'}<p class="dim">${pushes.length} pushes kept, raw at <a href="/router.json">/router.json</a>.</p></main></body></html>`;
}

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;color:#1d1c1d;background:#f8f8f8;margin:0}
main{max-width:46rem;margin:2rem auto;padding:1.5rem 2rem;background:#fff;border:1px solid #ddd;border-radius:8px}
h1{font-size:1.4rem;margin-top:0}h2{font-size:1.05rem}table{width:100%;border-collapse:collapse}td{padding:.25rem .5rem}
.bar{width:60%}.bar i{display:block;height:.9rem;border-radius:3px;background:#007a5a;min-width:1px}.dim,p{color:#616061;font-size:13px}`;

/** The simulator's own desk: faults are set and healed here, and the books lie open. */

import { escapeHtml, html, json, problem, readObject } from './answers.ts';
import type { Faults } from './faults.ts';
import { parseFault } from './faults.ts';
import { BAD_VIDEOS, FAULT_KINDS, PROVIDERS } from './types.ts';
import type { Counters, Fault } from './types.ts';

export interface Desk {
  now: () => number;
  origin: string;
  faults: Faults;
  counters: () => Counters;
}

export async function handleControl(request: Request, desk: Desk): Promise<Response> {
  const url = new URL(request.url);
  const path = url.pathname.replace(/\/$/, '');
  if (path === '/_sim' && request.method === 'GET') return html(page(desk));
  if (path === '/_sim/faults' && request.method === 'GET') return json(200, { faults: desk.faults.active() });
  if (path === '/_sim/counters' && request.method === 'GET') return json(200, desk.counters());
  const name = /^\/_sim\/([^/]+)\/faults$/.exec(path)?.[1];
  if (name === undefined) return problem(404, 'No such control path.', { paths: PATHS });
  const provider = PROVIDERS.find((known) => known === name);
  if (provider === undefined) return problem(404, `No provider ${name}.`, { providers: PROVIDERS });
  const model = url.searchParams.get('model');
  switch (request.method) {
    case 'GET':
      break;
    case 'DELETE':
      desk.faults.heal(provider, model ?? undefined);
      break;
    case 'PUT': {
      const parsed = parseFault(provider, await readObject(request), desk.now());
      if ('wrong' in parsed) return problem(400, parsed.wrong, { kinds: FAULT_KINDS, videos: BAD_VIDEOS });
      desk.faults.set(parsed.fault);
      break;
    }
    default:
      return problem(405, 'Use GET, PUT or DELETE.');
  }
  return json(200, { faults: desk.faults.active(provider) });
}

const PATHS = [
  'GET /_sim',
  'GET /_sim/faults',
  'GET /_sim/counters',
  'GET|PUT|DELETE /_sim/{provider}/faults',
];

function page(desk: Desk): string {
  const put = (provider: string, body: string) =>
    `curl -X PUT ${desk.origin}/_sim/${provider}/faults -d '${body}'`;
  const lines = [
    put('runway', '{"kind":"down"}'),
    put('runway', '{"kind":"down","model":"gen4.5","for":"90s"}'),
    put('kling', '{"kind":"partial","p":0.5}'),
    put('kling', '{"kind":"slow","factor":6}'),
    put('fal', '{"kind":"bad_video","video":"black"}'),
    put('fal', '{"kind":"no_credit"}'),
    `curl -X DELETE ${desk.origin}/_sim/runway/faults`,
    `curl ${desk.origin}/_sim/counters`,
  ];
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="5">
<title>reelwatch simulator</title><style>${STYLE}</style></head><body><main>
<h1>Simulated providers</h1>
<p>These are imitations on this machine: nothing here costs anything. Break one, and watch what reelwatch says.
See also the <a href="/inbox">inbox</a> (as Slack would show it) and the <a href="/router">router</a>.</p>
<h2>Faults now</h2>${faultTable(desk.faults.active(), desk.now())}
<h2>Break and heal</h2><pre>${lines.map(escapeHtml).join('\n')}</pre>
<p>Kinds: ${FAULT_KINDS.map((kind) => `<code>${kind}</code>`).join(' ')}<br>
Videos: ${BAD_VIDEOS.map((video) => `<code>${video}</code>`).join(' ')}</p>
<h2>Books</h2>${counterTable(desk.counters())}
</main></body></html>`;
}

function faultTable(faults: readonly Fault[], now: number): string {
  if (faults.length === 0) return '<p class="fine">None. Everything works.</p>';
  const rows = faults.map((fault) => {
    const left =
      fault.untilAt === null ? 'until healed' : `${Math.ceil((fault.untilAt - now) / 1000)} s more`;
    const detail = fault.kind === 'bad_video' ? fault.video : fault.kind === 'slow' ? `×${fault.factor}` : '';
    const share = fault.p < 1 ? `${Math.round(fault.p * 100)} %` : 'always';
    return [fault.provider, fault.kind, fault.model ?? 'every model', share, detail, left];
  });
  return table(['provider', 'kind', 'model', 'strikes', '', 'lasts'], rows);
}

function counterTable(counters: Counters): string {
  const rows = PROVIDERS.map((name) => {
    const { submitsTotal, costUsd, refused, polls, downloads, checks, cancels } = counters[name];
    return [name, submitsTotal, `$${costUsd.toFixed(2)}`, refused, polls, downloads, checks, cancels];
  });
  return table(['provider', 'orders', 'paid', 'refused', 'polls', 'downloads', 'checks', 'cancels'], rows);
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[], tag: string) =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(String(cell))}</${tag}>`).join('')}</tr>`;
  return `<table>${line(head, 'th')}${rows.map((row) => line(row, 'td')).join('')}</table>`;
}

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;color:#1d1c1d;background:#f8f8f8;margin:0}
main{max-width:60rem;margin:2rem auto;padding:1.5rem 2rem;background:#fff;border:1px solid #ddd;border-radius:8px}
h1{font-size:1.4rem;margin-top:0}h2{font-size:1.05rem;margin-top:1.6rem}
pre{background:#f4f4f4;padding:.8rem 1rem;border-radius:6px;overflow:auto;font-size:13px}
code{background:#f4f4f4;padding:.1em .3em;border-radius:3px;font-size:13px}
table{border-collapse:collapse;width:100%;font-size:14px}th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #eee}
.fine{color:#007a5a}`;

/**
 * A place that takes messages as a Slack incoming webhook does and shows them as Slack would.
 * Answers and limits from api.slack.com (incoming webhooks, Block Kit reference), as known on 2026-11-21.
 */

import { asObject, asText, escapeHtml, html, json, parseObject, problem, readText } from './answers.ts';
import { renderMessage } from './blockkit.ts';
import { createDoor } from './doors.ts';

export const MESSAGES_MAX = 500;
const SHOWN_MAX = 100;
const BLOCKS_MAX = 50;
const HEADER_CHARACTERS_MAX = 150;
const SECTION_CHARACTERS_MAX = 3000;
const FIELDS_MAX = 10;
const FIELD_CHARACTERS_MAX = 2000;
const ELEMENTS_MAX = 10;

export interface InboxMessage {
  /** Counts from 1; never used twice. */
  n: number;
  at: number;
  payload: Record<string, unknown>;
}

export interface Inbox {
  handle: (request: Request) => Promise<Response>;
  /** The messages kept, oldest first. */
  read: () => InboxMessage[];
}

export function createInbox(now: () => number): Inbox {
  const messages: InboxMessage[] = [];
  const door = createDoor(now);
  let total = 0;
  const take = async (request: Request): Promise<Response> => {
    const refusal = door.refusal();
    if (refusal !== null) return refuse(refusal);
    const payload = parseObject((await readText(request)) ?? '');
    const wrong = payload === null ? 'invalid_payload' : wrongIn(payload);
    if (payload === null || wrong !== null) return plain(400, wrong ?? 'invalid_payload');
    total += 1;
    messages.push({ n: total, at: now(), payload });
    if (messages.length > MESSAGES_MAX) messages.shift();
    return plain(200, 'ok');
  };
  return {
    read: () => structuredClone(messages),
    handle: async (request) => {
      const { pathname, searchParams } = new URL(request.url);
      if (pathname === '/inbox/hook')
        return request.method === 'POST' ? take(request) : plain(405, 'method_not_allowed');
      if (pathname === '/inbox/faults') return door.handleFaults(request);
      if (request.method === 'DELETE') messages.length = 0;
      else if (request.method !== 'GET') return problem(405, 'Use GET or DELETE.');
      if (pathname === '/inbox.json' || searchParams.get('format') === 'json')
        return json(200, { total, messages });
      const list = messages.slice(-SHOWN_MAX).map(renderOne).join('') || EMPTY;
      if (searchParams.get('format') === 'fragment') return html(list);
      return html(page(list));
    },
  };
}

/** Slack's own word for what is wrong with a payload; null where nothing is. */
function wrongIn(payload: Record<string, unknown>): string | null {
  const attachments = Array.isArray(payload['attachments']) ? payload['attachments'].map(asObject) : [];
  const lists = [payload, ...attachments]
    .map((holder) => holder?.['blocks'])
    .filter((blocks) => blocks !== undefined);
  const hasText = asText(payload['text']) !== '';
  if (!hasText && lists.length === 0 && attachments.length === 0) return 'no_text';
  return lists.every(areBlocks) ? null : 'invalid_blocks';
}

function areBlocks(blocks: unknown): boolean {
  return (
    Array.isArray(blocks) && blocks.length <= BLOCKS_MAX && blocks.every((block) => isBlock(asObject(block)))
  );
}

function isBlock(block: Record<string, unknown> | null): boolean {
  if (block === null || typeof block['type'] !== 'string') return false;
  const text = asText(asObject(block['text'])?.['text']);
  const fields: unknown[] | null = Array.isArray(block['fields']) ? block['fields'] : null;
  const elements: unknown = block['elements'];
  switch (block['type']) {
    case 'header':
      return (
        text !== '' &&
        text.length <= HEADER_CHARACTERS_MAX &&
        asObject(block['text'])?.['type'] === 'plain_text'
      );
    case 'section':
      if (fields !== null && (fields.length > FIELDS_MAX || !fields.every(isField))) return false;
      return (text !== '' || (fields !== null && fields.length > 0)) && text.length <= SECTION_CHARACTERS_MAX;
    case 'context':
      return Array.isArray(elements) && elements.length > 0 && elements.length <= ELEMENTS_MAX;
    default:
      return true;
  }
}

function isField(field: unknown): boolean {
  const text = asText(asObject(field)?.['text']);
  return text !== '' && text.length <= FIELD_CHARACTERS_MAX;
}

function plain(status: number, text: string, headers: Record<string, string> = {}): Response {
  return new Response(text, { status, headers: { 'content-type': 'text/plain', ...headers } });
}

function refuse({ status, retryAfterS }: { status: number; retryAfterS: number | null }): Response {
  const headers: Record<string, string> = retryAfterS === null ? {} : { 'retry-after': String(retryAfterS) };
  return plain(status, status === 429 ? 'rate_limited' : 'rollup_error', headers);
}

function renderOne({ n, at, payload }: InboxMessage): string {
  const time = new Date(at).toISOString();
  const name = escapeHtml(asText(payload['username']) || 'reelwatch');
  return `<article id="m${n}"><div class="face">▶</div><div class="body"><div class="who"><b>${name}</b><span class="app">APP</span>
<time datetime="${time}" title="${time}">${time.slice(11, 19)}</time></div>${renderMessage(payload)}</div></article>`;
}

const EMPTY = '<p class="empty">Nothing yet. reelwatch speaks when something happens.</p>';

function page(list: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>#video-alerts</title><style>${STYLE}</style></head><body><header># video-alerts <small>as Slack would show it</small></header>
<main id="list" aria-live="polite">${list}</main><script>${SCRIPT}</script></body></html>`;
}

// The list is replaced only when its newest message is another one, so that nothing flickers or reloads.
const SCRIPT = `const list=document.getElementById('list');
const newest=(text)=>text.match(/id="m\\d+"/g)?.at(-1)??'';let last=newest(list.innerHTML);
const atEnd=()=>innerHeight+scrollY>=document.body.scrollHeight-80;
scrollTo(0,document.body.scrollHeight);
setInterval(async()=>{try{const text=await(await fetch('/inbox?format=fragment')).text();
if(newest(text)===last)return;const follow=atEnd();last=newest(text);list.innerHTML=text;
if(follow)scrollTo({top:document.body.scrollHeight,behavior:'smooth'});}catch{}},2000);`;

const STYLE = `*{box-sizing:border-box}body{margin:0;font:15px/1.46 Lato,"Segoe UI",system-ui,sans-serif;color:#1d1c1d;background:#fff}
header{position:sticky;top:0;background:#fff;border-bottom:1px solid #e2e2e2;padding:.8rem 1.2rem;font-weight:900;font-size:18px;z-index:1}
header small{font-weight:400;color:#616061;font-size:13px;margin-left:.6rem}main{padding:.6rem 0 2rem;max-width:62rem}
article{display:flex;gap:.6rem;padding:.5rem 1.2rem}article:hover{background:#f8f8f8}
.face{width:36px;height:36px;border-radius:6px;background:#4a154b;display:grid;place-items:center;font-size:18px;color:#fff;flex:none}
.dot{display:inline-block;width:.85em;height:.85em;border-radius:50%;vertical-align:-.08em;margin-right:.1em}
.body{min-width:0;flex:1}.who{display:flex;gap:.4rem;align-items:baseline}.who b{font-weight:900}
.app{background:#e8e8e8;color:#616061;font-size:10px;font-weight:700;border-radius:2px;padding:1px 4px}time{color:#616061;font-size:12px}
h3{font-size:18px;font-weight:900;margin:.3rem 0}.section{margin:.3rem 0;display:flex;gap:1rem;overflow-wrap:anywhere}.section>div{flex:1;min-width:0}
.fields{display:grid;grid-template-columns:1fr 1fr;gap:.3rem 1rem;margin-top:.2rem}.context{color:#616061;font-size:13px;display:flex;flex-wrap:wrap;gap:.2rem .6rem;align-items:center;margin:.3rem 0}
.context img{width:20px;height:20px;border-radius:2px}hr{border:0;border-top:1px solid #e2e2e2;margin:.7rem 0}
img.picture{max-width:360px;border-radius:8px;display:block;margin:.3rem 0}img.accessory{width:88px;height:88px;object-fit:cover;border-radius:8px}
.button{display:inline-block;border:1px solid #bbb;border-radius:4px;padding:.2rem .8rem;font-size:13px;font-weight:700;color:#1d1c1d;text-decoration:none;margin:.2rem .4rem .2rem 0;background:#fff}
.primary{background:#007a5a;border-color:#007a5a;color:#fff}.danger{background:#e01e5a;border-color:#e01e5a;color:#fff}
.attachment{display:flex;gap:.7rem;margin:.3rem 0}.bar{width:4px;border-radius:4px;flex:none}.attachment>div:last-child{flex:1;min-width:0}
code{border:1px solid #ddd;background:#f8f8f8;color:#e01e5a;border-radius:3px;padding:1px 3px;font-size:12px}
pre{border:1px solid #ddd;background:#f8f8f8;border-radius:4px;padding:.5rem;font-size:12px;white-space:pre-wrap;margin:.3rem 0}
a{color:#1264a3;text-decoration:none}a:hover{text-decoration:underline}.mention{background:#fdf2d0;color:#1264a3;border-radius:3px;padding:0 2px}
blockquote{border-left:4px solid #ddd;margin:.2rem 0;padding-left:.7rem}.empty{color:#616061;padding:2rem 1.2rem}`;

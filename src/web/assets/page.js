/* Keeps the status page true: asks every few seconds, and changes only what differs, so that nothing flickers. */

const EVERY_MS = 3_000;
const EVERY_MS_MAX = 20_000;
const ANSWER_MS_MAX = 8_000;

const live = 'live' in document.body.dataset;
const link = document.getElementById('link');
/** What was last heard from each address, for asking "anything new?". */
const tags = new Map();
let skewMs = 0;
let lostAt = null;
let failures = 0;
let timer = 0;
let isAsking = false;

tell();
setInterval(tell, 1_000);
if (live) {
  document.addEventListener('visibilitychange', () => (document.hidden ? clearTimeout(timer) : void ask()));
  window.addEventListener('online', () => void ask());
  next();
}

function next() {
  clearTimeout(timer);
  if (document.hidden) return;
  timer = setTimeout(ask, Math.min(EVERY_MS_MAX, EVERY_MS * 2 ** Math.min(failures, 4)));
}

async function ask() {
  if (isAsking) return;
  isAsking = true;
  clearTimeout(timer);
  try {
    const status = await fetchNew('/v1/status');
    const page = await fetchNew('/v1/page');
    if (page.text !== null) show(JSON.parse(page.text));
    failures = 0;
    lostAt = null;
    // The reader's clock may be wrong; the daemon's is the one that counts.
    skewMs = Date.parse(status.headers.get('date') ?? '') - Date.now() || 0;
    const validUntil = Date.parse(status.headers.get('reelwatch-valid-until') ?? '');
    say(
      validUntil < Date.now() + skewMs ? 'These weights have expired: routers go by their base weights.' : '',
    );
  } catch {
    failures += 1;
    lostAt ??= new Date();
    say(
      `reelwatch cannot be reached since ${lostAt.toISOString().slice(11, 16)} UTC. What stands here is what it said last.`,
    );
  } finally {
    isAsking = false;
    next();
  }
}

async function fetchNew(address) {
  const tag = tags.get(address);
  const answer = await fetch(address, {
    cache: 'no-store',
    headers: tag ? { 'if-none-match': tag } : {},
    signal: AbortSignal.timeout(ANSWER_MS_MAX),
  });
  if (answer.status === 304) return { text: null, headers: answer.headers };
  if (!answer.ok) throw new Error(`answered ${answer.status}`);
  const text = await answer.text();
  tags.set(address, answer.headers.get('etag'));
  return { text, headers: answer.headers };
}

function show({ title, html }) {
  const fresh = new DOMParser().parseFromString(html, 'text/html').getElementById('board');
  const board = document.getElementById('board');
  if (!fresh || !board) return;
  morph(board, fresh);
  document.title = title;
  tell();
}

function say(text) {
  link.hidden = text === '';
  if (link.textContent !== text) link.textContent = text;
  document.body.classList.toggle('lost', lostAt !== null);
}

/** Makes `old` like `fresh` with as few touches as possible; children with a key keep their identity when they move. */
function morph(old, fresh) {
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  if (old.nodeType !== Node.ELEMENT_NODE) return;
  for (const { name } of Array.from(old.attributes)) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes)
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  // The distances in time are ours to tell.
  if (old.matches('time[data-ago], time[data-for]')) return;

  const keyed = new Map([...old.children].filter(keyOf).map((child) => [keyOf(child), child]));
  let place = old.firstChild;
  for (const wanted of fresh.childNodes) {
    const key = keyOf(wanted);
    const match = key ? keyed.get(key) : isAlike(place, wanted) ? place : null;
    if (match && match.nodeName === wanted.nodeName) {
      if (match === place) place = place.nextSibling;
      else old.insertBefore(match, place);
      morph(match, wanted);
    } else {
      old.insertBefore(document.importNode(wanted, true), place);
    }
  }
  while (place) {
    const gone = place;
    place = place.nextSibling;
    gone.remove();
  }
}

function keyOf(node) {
  return node.dataset?.key ?? null;
}

function isAlike(old, fresh) {
  return old !== null && old.nodeName === fresh.nodeName && !keyOf(old);
}

/** Writes how long ago things were. */
function tell() {
  const now = Date.now() + skewMs;
  for (const element of document.querySelectorAll('time[data-ago], time[data-for]')) {
    const ms = Math.max(0, now - Date.parse(element.dateTime));
    const text = 'ago' in element.dataset ? `${span(ms)} ago` : `, ${span(ms)}`;
    if (element.textContent !== text) element.textContent = text;
  }
}

function span(ms) {
  const s = Math.floor(ms / 1_000);
  if (s < 60) return `${s} s`;
  const m = Math.floor(s / 60);
  if (m < 60) return `${m} min`;
  const h = Math.floor(m / 60);
  if (h < 24) return m % 60 === 0 ? `${h} h` : `${h} h ${m % 60} min`;
  return h % 24 === 0 ? `${Math.floor(h / 24)} d` : `${Math.floor(h / 24)} d ${h % 24} h`;
}

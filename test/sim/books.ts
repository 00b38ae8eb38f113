/** What the world saw of the daemon: orders, decisions, tellings, pushes. What may never happen is noticed at once. */

import { createHash } from 'node:crypto';
import type { Instant } from '../../src/core/base.ts';
import { DAY, MINUTE } from '../../src/core/base.ts';
import type { RunId, TargetEvent, TargetId, TargetState } from '../../src/core/model.ts';
import type { Story } from '../../src/core/effect.ts';
import type { RoutePlan } from '../../src/core/route.ts';
import type { Telling } from '../../src/ports/channels.ts';
import type { Settings } from '../../src/ports/settings.ts';
import type { DriftNote, OutboxRow } from '../../src/ports/outbox.ts';
import type { Commit, RunClaim } from '../../src/ports/store.ts';
import type { Life, StoreWatch } from './life.ts';

const VIOLATIONS_MAX = 20;
/** Money is counted from the claim on; an order may be accepted this much later. */
const CLAIM_TO_ORDER_MS_MAX = 2 * MINUTE;

/** One story for one channel, from the commit to its end. */
export interface Entry {
  key: string;
  channel: string;
  /** Or `route:` and a route's. */
  target: TargetId;
  story: Story;
  /** When it was committed, and when a receiver first took it. */
  at: Instant;
  heardAt: Instant | null;
  /** The receiver has heard it, and would not throw it away as a repetition. */
  heard: boolean;
  /** Times the receiver said yes. */
  accepted: number;
  /** The life that was told the last yes. */
  acceptedIn: Life | null;
  /** A process that stands still while the answer comes gives the call up when it goes on. */
  isAcceptanceKnown: boolean;
  settled: 'done' | 'dead' | null;
}

export interface Told {
  at: Instant;
  channel: string;
  key: string;
  stories: Telling['stories'];
}

export interface Order {
  at: Instant;
  key: string;
  provider: string;
  usd: number;
}

/** What one target has been through. */
export interface History {
  /** When the life began in which its first event was recorded. */
  bornAt: Instant;
  events: TargetEvent[];
  state: TargetState;
}

export interface Books extends StoreWatch {
  violations: string[];
  violate: (what: string) => void;
  counts: {
    canaries: number;
    deaths: number;
    stops: number;
    tellings: number;
    repeats: number;
    pushes: number;
  };
  ordered: (order: Order) => void;
  /** A failed job is not charged. */
  refunded: (key: string) => void;
  told: (told: Omit<Told, 'at'>, life: Life) => void;
  pushed: (sink: string, plan: RoutePlan, validUntil: Instant) => void;
  histories: Map<TargetId, History>;
  /** By channel and target, in the order of their commits. */
  entries: Map<string, Entry[]>;
  tellings: Told[];
  orders: Order[];
  openRuns: Map<RunId, RunClaim>;
  /** Every plan that was committed, and when. */
  issued: { at: Instant; plan: RoutePlan }[];
  plans: Map<string, RoutePlan>;
  /** By route, when its weights were frozen, taken over by somebody else, and let go. */
  freezes: Map<string, { at: Instant; is: 'route.frozen' | 'route.thawed' }[]>;
  /** Everything that happened, in a few bytes. */
  hash: () => string;
}

export function createBooks(world: {
  now: () => Instant;
  /** What the daemon's clock shows. */
  wall?: () => Instant;
  /** Whether the daemon's process stands still now. */
  isStopped?: () => boolean;
  settings: () => Settings;
  bornAt: () => Instant;
}): Books {
  const { now, wall = now, isStopped = () => false } = world;
  const hash = createHash('sha256');
  const judged = new Set<RunId>();
  const submits = new Set<string>();
  const heardKeys = new Set<string>();
  const byKey = new Map<string, Entry>();
  let generation = 0;
  const note = (...what: unknown[]) => void hash.update(`${now()} ${JSON.stringify(what)}\n`);
  const books: Books = {
    violations: [],
    violate: (what) => {
      if (books.violations.length < VIOLATIONS_MAX)
        books.violations.push(`${new Date(now()).toISOString()} ${what}`);
    },
    counts: { canaries: 0, deaths: 0, stops: 0, tellings: 0, repeats: 0, pushes: 0 },
    histories: new Map(),
    entries: new Map(),
    tellings: [],
    orders: [],
    openRuns: new Map(),
    plans: new Map(),
    issued: [],
    freezes: new Map(),
    hash: () => hash.copy().digest('hex'),
    ordered: (order) => {
      note('order', order.key);
      books.counts.canaries += 1;
      if (submits.has(order.key)) books.violate(`${order.key} was ordered twice`);
      submits.add(order.key);
      if (!books.openRuns.has(order.key)) books.violate(`${order.key} was ordered without being claimed`);
      books.orders.push(order);
      checkBudget(order);
    },
    refunded: (key) => {
      const order = books.orders.findLast((order) => order.key === key);
      if (order !== undefined) order.usd = 0;
    },
    told: ({ channel, key, stories }, life) => {
      note('told', channel, key, stories.length);
      books.counts.tellings += 1;
      books.tellings.push({ at: now(), channel, key, stories });
      const isRepetition = heardKeys.has(`${channel} ${key}`);
      heardKeys.add(`${channel} ${key}`);
      const entries = entriesOf(key, channel, stories);
      if (entries.length !== stories.length) return books.violate(`${key} was told with other stories`);
      const [first] = entries;
      const queue = first === undefined ? [] : (books.entries.get(queueOf(first)) ?? []);
      const older = queue.slice(0, first === undefined ? 0 : queue.indexOf(first));
      if (older.some(({ settled }) => settled === null)) books.violate(`${key} was told before its elders`);
      for (const entry of entries) {
        if (entry.accepted > 0) books.counts.repeats += 1;
        // The begin of what is over is told with its end, where it had been given up.
        if (entry.settled === 'done') books.violate(`${entry.key} was told after it was settled`);
        if (entry.accepted > 0 && entry.isAcceptanceKnown && entry.acceptedIn?.isDead() !== true)
          books.violate(`${entry.key} was told twice, though no crash or pause lay in between`);
        entry.accepted += 1;
        entry.heardAt ??= now();
        entry.acceptedIn = life;
        entry.isAcceptanceKnown = !isStopped();
        if (!isRepetition) entry.heard = true;
      }
    },
    pushed: (sink, plan, validUntil) => {
      note('push', sink, plan.route, plan.epoch, plan.generation);
      books.counts.pushes += 1;
      if (validUntil <= wall()) books.violate(`${sink} was pushed a plan that had expired`);
    },
    saw: (method, args, answer) => {
      if (method === 'claimRun' && answer === 'claimed') onClaim(args[0] as RunClaim);
      if (method === 'commit' && answer === 'done') onCommit(args[0] as Commit);
      if (method === 'noteDrift' && answer === true) enqueued((args[0] as DriftNote).outbox);
      if (method === 'settleEntries') {
        const [keys, outcome] = args as [string[], { is: 'done' | 'retry' | 'dead' }];
        for (const key of keys) onSettled(key, outcome.is);
      }
    },
  };

  const onClaim = (claim: RunClaim) => {
    const open = [...books.openRuns.values()];
    const other = open.find(({ target }) => target === claim.target);
    if (claim.why === 'slot' && other !== undefined)
      books.violate(`${claim.runId} is routine and began while ${other.runId} was open`);
    const limit = world.settings().limits[claim.provider]?.concurrencyMax ?? 0;
    if (open.filter(({ provider }) => provider === claim.provider).length >= limit)
      books.violate(`${claim.runId} began although ${limit} runs of ${claim.provider} were open`);
    books.openRuns.set(claim.runId, claim);
  };

  const onCommit = ({ before, state, event, outbox, closesRun, plans }: Commit) => {
    if (state.version > before.version) {
      note('event', state.id, state.version, event);
      const known = books.histories.get(state.id);
      const history = known ?? { bornAt: world.bornAt(), events: [], state };
      history.events.push(event);
      history.state = state;
      books.histories.set(state.id, history);
    }
    if (event.type === 'run.judged') {
      if (judged.has(event.runId)) books.violate(`${event.runId} was judged twice`);
      judged.add(event.runId);
    }
    if (closesRun !== null) books.openRuns.delete(closesRun.runId);
    enqueued(outbox);
    for (const { plan } of plans) onPlan(plan);
  };

  const enqueued = (rows: readonly OutboxRow[]) => {
    for (const { key, channel, target, story } of rows) {
      const entry: Entry = {
        key,
        channel,
        target,
        story,
        at: now(),
        heardAt: null,
        heard: false,
        accepted: 0,
        acceptedIn: null,
        isAcceptanceKnown: false,
        settled: null,
      };
      if (byKey.has(key)) books.violate(`the key ${key} was given twice`);
      byKey.set(key, entry);
      const queue = books.entries.get(queueOf(entry)) ?? [];
      queue.push(entry);
      books.entries.set(queueOf(entry), queue);
    }
  };

  const onPlan = (plan: RoutePlan) => {
    const total = plan.members.reduce((sum, { weight }) => sum + weight, 0);
    if (total !== 100) books.violate(`the weights of ${plan.route} sum to ${total}`);
    if (plan.members.some(({ weight }) => weight < 0 || !Number.isInteger(weight)))
      books.violate(`${plan.route} has a weight that is no share`);
    if (plan.generation < generation) books.violate(`the generation fell from ${generation}`);
    const old = books.plans.get(plan.route);
    if (old !== undefined && old.generation >= plan.generation)
      books.violate(`${plan.route} was planned again as generation ${plan.generation}`);
    generation = plan.generation;
    const [was, is] = [old?.frozen ?? null, plan.frozen];
    const freezes = books.freezes.get(plan.route) ?? [];
    const isOther = is?.by !== was?.by || is?.since !== was?.since || is?.until !== was?.until;
    if (isOther) freezes.push({ at: plan.issuedAt, is: is === null ? 'route.thawed' : 'route.frozen' });
    books.freezes.set(plan.route, freezes);
    books.plans.set(plan.route, plan);
    books.issued.push({ at: now(), plan });
  };

  const onSettled = (key: string, is: 'done' | 'retry' | 'dead') => {
    const entry = byKey.get(key);
    if (entry === undefined || is === 'retry') return;
    if (is === 'done' && entry.accepted === 0) books.violate(`${key} counts as told, but nobody heard it`);
    entry.settled ??= is;
  };

  const checkBudget = ({ provider, at }: Order) => {
    const since = at - DAY + CLAIM_TO_ORDER_MS_MAX;
    let ofProvider = 0;
    let total = 0;
    for (let n = books.orders.length - 1; n >= 0; n--) {
      const order = books.orders[n] as Order;
      if (order.at <= since) break;
      total += order.usd;
      if (order.provider === provider) ofProvider += order.usd;
    }
    const settings = world.settings();
    const limit = settings.limits[provider]?.budgetUsd ?? 0;
    if (ofProvider > limit + 1e-6) books.violate(`${provider} cost $${ofProvider} in a day, of $${limit}`);
    if (total > settings.totalBudgetUsd + 1e-6) books.violate(`a day cost $${total}`);
  };

  /** The entries that a telling is made of: some entry, whose key it bears, and its neighbours, or what was given up. */
  const entriesOf = (key: string, channel: string, stories: Telling['stories']): Entry[] => {
    const bearer = byKey.get(key);
    if (bearer === undefined || bearer.channel !== channel) return [];
    const queue = books.entries.get(queueOf(bearer)) ?? [];
    const place = queue.indexOf(bearer);
    const texts = stories.map((story) => JSON.stringify(story));
    const isIt = (entry: Entry | undefined, n: number) => JSON.stringify(entry?.story) === texts[n];
    const joined = queue.slice(place, place + stories.length);
    if (joined.length === stories.length && joined.every(isIt)) return joined;
    const found: Entry[] = [];
    let n = stories.length - 1;
    for (let at = place; at >= 0 && n >= 0; at--) {
      const entry = queue[at] as Entry;
      if (isIt(entry, n)) {
        found.unshift(entry);
        n -= 1;
      } else if (entry.settled === null) return [];
    }
    return found;
  };

  return books;
}

function queueOf({ channel, target }: { channel: string; target: TargetId }): string {
  return `${channel} ${target}`;
}

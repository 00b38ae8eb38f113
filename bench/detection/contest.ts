import { watch } from './engine.ts';
import { measure } from './measure.ts';
import { POLICIES } from './policies.ts';
import { type Part, PARTS, type PolicyOptions } from './policy.ts';
import type { Scenario } from './scenario.ts';
import type { Run } from './summary.ts';
import { makeWorld, type World } from './world.ts';

const BUDGET_USD = 2;

/** One policy in one world. Plain data, to be handed to another thread. */
export interface Task {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly entry: Entry;
}

/** `name@budget~part~part`: a policy, its budget in US dollars per provider-day, and what it has to do without. */
export interface Entry {
  readonly text: string;
  readonly policy: string;
  readonly budgetUsd: number;
  readonly without: readonly Part[];
}

export class EntryError extends Error {
  override name = 'EntryError';
}

/** Throws EntryError where there is no such policy, budget or part. */
export function parseEntry(text: string, budgetUsd = BUDGET_USD): Entry {
  const [head = '', ...parts] = text.split('~');
  const [policy = '', budget] = head.split('@');
  const asked = budget === undefined ? budgetUsd : Number(budget);
  if (!Object.hasOwn(POLICIES, policy))
    throw new EntryError(`Expected one of ${Object.keys(POLICIES).join(', ')}, got ${policy}.`);
  if (!Number.isFinite(asked) || asked < 0)
    throw new EntryError(`Expected a budget in US dollars after the @, got ${text}.`);
  const odd = parts.find((part) => !isPart(part));
  if (odd !== undefined) throw new EntryError(`Expected one of ${PARTS.join(', ')} after ~, got ${odd}.`);
  return { text, policy, budgetUsd: asked, without: parts.filter(isPart) };
}

function isPart(text: string): text is Part {
  return (PARTS as readonly string[]).includes(text);
}

/** The last world made: tasks come in an order that uses each several times. */
let kept: { readonly scenario: string; readonly world: World } | null = null;

function worldOf(scenario: Scenario, seed: number): World {
  const text = JSON.stringify(scenario);
  if (kept?.scenario !== text || kept.world.seed !== seed)
    kept = { scenario: text, world: makeWorld(scenario, seed) };
  return kept.world;
}

/** Seconds are the processor's, for watching alone, so that a busy machine does not count. */
export function runTask({ scenario, seed, entry }: Task): Run {
  const contestant = POLICIES[entry.policy];
  if (contestant === undefined) throw new EntryError(`No policy ${entry.policy}`);
  const world = worldOf(scenario, seed);
  const options: PolicyOptions = {
    budgetUsdPerProviderDay: entry.budgetUsd,
    beliefs: scenario.beliefs,
    without: new Set(entry.without),
  };
  const before = process.threadCpuUsage();
  const { sim, policy } = watch(world, contestant.make, options);
  const used = process.threadCpuUsage(before);
  const seconds = (used.user + used.system) / 1e6;
  return { seed, seconds, measured: measure(sim, policy.budget) };
}

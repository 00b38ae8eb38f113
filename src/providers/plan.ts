/** Choosing within a model's facts: what the adapters share of planning. */

import { promptText, type Canary } from '../canary/canary.ts';
import { invariant } from '../core/base.ts';
import type { Opaque } from '../core/model.ts';
import type { OrderFacts } from '../core/trace.ts';
import type { Impossible, Provider } from '../ports/provider.ts';
import type { Models } from './define.ts';
import { priceOf } from './price.ts';

/** A canary fitted to one model. */
export interface Choice {
  model: string;
  resolution: string;
  audio: boolean;
  prompt: string;
  negativePrompt: string | null;
  seed: number | null;
  facts: OrderFacts;
}

/** A provider's `plan`: fits the canary to the model, then lets the adapter write the request. */
export function planner(models: Models, request: (choice: Choice) => Opaque): Provider['plan'] {
  return (canary, model) => {
    const choice = choose(canary, model, models);
    return 'impossible' in choice ? choice : { model, facts: choice.facts, request: request(choice) };
  };
}

/** Fits the canary to what the model can do, the shortest and smallest where it leaves the choice. */
export function choose(canary: Canary, model: string, models: Models): Choice | Impossible {
  const facts = Object.hasOwn(models, model) ? models[model] : undefined;
  if (!facts) return { impossible: unknown(model, Object.keys(models)) };
  const { order, prompt } = canary;
  const refuse = (what: string, asked: string, can: string): Impossible => ({
    impossible: `${what}: ${asked} asked, ${model} makes ${can}`,
  });

  const seconds = order.seconds === 'shortest' ? facts.seconds[0] : order.seconds;
  if (seconds === undefined || !facts.seconds.includes(seconds))
    return refuse('seconds', String(seconds), spans(facts.seconds));
  const fitting = Object.entries(facts.sizes).filter(([, sizes]) => Object.hasOwn(sizes, order.aspect));
  if (fitting.length === 0)
    return refuse(
      'aspect',
      order.aspect,
      words([...new Set(Object.values(facts.sizes).flatMap(Object.keys))]),
    );
  const found =
    order.resolution === 'smallest' ? fitting[0] : fitting.find(([name]) => name === order.resolution);
  const size = found?.[1][order.aspect];
  if (!found || !size)
    return refuse(
      'resolution',
      order.resolution,
      words(fitting.map(([name]) => `${name} at ${order.aspect}`)),
    );
  if (order.audio && !facts.audio) return refuse('audio', 'sound', 'none that can be asked for');

  const notes: string[] = [];
  const avoid = !facts.negativePrompt;
  const text = promptText(prompt, { avoid, charactersMax: facts.promptCharactersMax });
  if (text.length < promptText(prompt, { avoid, charactersMax: Infinity }).length)
    notes.push(`prompt cut: ${model} reads ${facts.promptCharactersMax} characters`);
  if (order.seed !== null && !facts.seed) notes.push(`seed left out: ${model} takes none`);
  if (prompt.avoid.length > 0 && avoid)
    notes.push(`what to avoid is said in the prompt: ${model} takes no negative prompt`);
  const [width, height] = size;
  const costUsd = priceOf(facts.price, { resolution: found[0], seconds, width, height, audio: order.audio });
  invariant(costUsd !== null, `the catalogue has a price for ${found[0]} and ${seconds} s`);
  return {
    model,
    resolution: found[0],
    audio: order.audio,
    prompt: text,
    negativePrompt: facts.negativePrompt && prompt.avoid.length > 0 ? prompt.avoid.join(', ') : null,
    seed: facts.seed ? order.seed : null,
    facts: { seconds, width, height, aspect: order.aspect, costUsd, notes },
  };
}

function unknown(model: string, known: readonly string[]): string {
  if (known.length === 0) return `model: ${model} is not known here: describe it under "models"`;
  return `model: ${model} is not known here, only ${words(known)}`;
}

function words(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}

function spans(seconds: readonly number[]): string {
  const [first = 0] = seconds;
  const isRange = seconds.length > 3 && seconds.every((second, i) => second === first + i);
  return isRange ? `${first} to ${seconds.at(-1)}` : words(seconds.map(String));
}

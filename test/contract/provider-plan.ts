/** What every catalogue and every `plan` must hold, whatever canary comes. */

import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { DEFAULT_CANARY, type Canary } from '../../src/canary/canary.ts';
import type { Order, Impossible } from '../../src/ports/provider.ts';
import type { AnyProvider, ModelFacts } from '../../src/providers/define.ts';
import { onScript } from './provider-script.ts';

const ASPECTS = ['16:9', '9:16', '1:1'] as const;
const RESOLUTIONS = ['360p', '480p', '720p', '1080p', 'smallest'] as const;

const wanted = fc.record({
  seconds: fc.oneof(fc.constant('shortest' as const), fc.integer({ min: -1, max: 40 })),
  aspect: fc.constantFrom(...ASPECTS),
  resolution: fc.constantFrom(...RESOLUTIONS),
  seed: fc.option(fc.integer({ min: 0, max: 2 ** 31 })),
  audio: fc.boolean(),
});
const part = fc.string({ maxLength: 300, unit: 'grapheme' });
const canaries: fc.Arbitrary<Canary> = fc
  .record({ order: wanted, subject: part, scene: part, avoid: fc.array(part, { maxLength: 4 }) })
  .map(({ order, subject, scene, avoid }) => ({
    ...DEFAULT_CANARY,
    order,
    prompt: { ...DEFAULT_CANARY.prompt, subject, scene, avoid },
  }));

/** @param prompts whether the models read a prompt; without one there is none to cut */
export function planContract(definition: AnyProvider, options: object, prompts = true): void {
  const { provider } = onScript(definition, [], options);
  const models = Object.entries(definition.models);
  const planned = (model: string, order: Partial<Canary['order']>) =>
    provider.plan({ ...DEFAULT_CANARY, order: { ...DEFAULT_CANARY.order, ...order } }, model);

  it.each(models)('plans %s twice the same way, within its facts', (model, facts) => {
    fc.assert(
      fc.property(canaries, (canary) => {
        const plan = provider.plan(canary, model);

        expect(provider.plan(structuredClone(canary), model)).toEqual(plan);
        expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
        expect(wrongWith(plan, canary, model, facts)).toEqual([]);
      }),
    );
  });

  it.each(models)('can order %s at every length and size that it lists, and at no other', (model, facts) => {
    const named = RESOLUTIONS.filter((name) => name !== 'smallest');
    const all = facts.seconds.flatMap((seconds) =>
      named.flatMap((resolution) => ASPECTS.map((aspect) => ({ seconds, resolution, aspect }))),
    );

    const ordered = all.filter((order) => !('impossible' in planned(model, order)));

    expect(ordered).toEqual(all.filter(({ resolution, aspect }) => facts.sizes[resolution]?.[aspect]));
  });

  it.each(models)('takes the cheapest of %s where the canary leaves the choice', (model, facts) => {
    const costs = facts.seconds.flatMap((seconds) =>
      RESOLUTIONS.flatMap((resolution) => {
        const plan = planned(model, { seconds, resolution });
        return 'impossible' in plan ? [] : [plan.facts.costUsd];
      }),
    );

    expect(planned(model, {})).toMatchObject({ facts: { costUsd: Math.min(...costs) } });
  });

  it.each(prompts ? models : [])('cuts a prompt that is too long for %s, and says so', (model, facts) => {
    const prompt = { ...DEFAULT_CANARY.prompt, scene: 'far away '.repeat(facts.promptCharactersMax) };

    const plan = provider.plan({ ...DEFAULT_CANARY, prompt }, model);

    const texts = JSON.stringify(plan).match(/"(?:[^"\\]|\\.)*"/g) ?? [];
    const longest = Math.max(...texts.map((text) => String(JSON.parse(text)).length));
    expect(longest).toBeLessThanOrEqual(facts.promptCharactersMax);
    expect(longest).toBeGreaterThan(facts.promptCharactersMax - 20);
    expect(JSON.stringify(plan)).toContain('prompt cut');
  });

  it.each(['no-such-model', '', '__proto__', 'constructor'])(
    'refuses the model "%s", naming those that are known',
    (model) => {
      const impossible: unknown = expect.stringContaining(models[0]?.[0] ?? '');
      expect(provider.plan(DEFAULT_CANARY, model)).toEqual({ impossible });
    },
  );

  it.each(models)('gives source and day for every figure of %s', (_model, facts) => {
    expect(facts.source).not.toBe('');
    expect(facts.checkedOn).toMatch(/^\d{4}-\d{2}-\d{2}$/);
    expect([...facts.seconds]).toEqual([...facts.seconds].sort((a, b) => a - b));
  });

  it.each(models)('knows the end of %s exactly where the catalogue has one', (model, facts) => {
    const at = Date.parse(`${facts.endsOn ?? ''}T00:00:00Z`);

    const notices = [at - 1, at].map((now) => provider.knownNotice(model, now));

    const seen = notices.map(
      (notice) => notice && [notice.id, notice.kind, notice.subject, notice.effectiveAt],
    );
    const id = `${definition.name}:${model}`;
    expect(seen).toEqual(
      facts.endsOn === undefined
        ? [null, null]
        : [
            [id, 'announced', model, at],
            [id, 'retired', model, at],
          ],
    );
  });
}

function wrongWith(plan: Order | Impossible, canary: Canary, model: string, facts: ModelFacts): string[] {
  const { seconds, resolution, aspect, seed } = canary.order;
  if ('impossible' in plan)
    return holds({
      'says what was asked and what the model makes':
        /^(seconds|aspect|resolution|audio): .+ asked, .+ makes .+/.test(plan.impossible) &&
        plan.impossible.includes(model),
    });
  const is = plan.facts;
  const names = Object.keys(facts.sizes).filter((name) => {
    const size = facts.sizes[name]?.[aspect];
    return size?.[0] === is.width && size[1] === is.height;
  });
  const leftOut = is.notes.includes(`seed left out: ${model} takes none`);
  return holds({
    'a length of the model': facts.seconds.includes(is.seconds),
    'the length that was asked': seconds === 'shortest' || is.seconds === seconds,
    'the aspect that was asked': is.aspect === aspect,
    'a size of the model': names.length === 1,
    'the size that was asked': resolution === 'smallest' || names[0] === resolution,
    'a price': is.costUsd > 0,
    'the model': plan.model === model,
    'says a seed left out': leftOut === (seed !== null && !facts.seed),
  });
}

/** The names of what does not hold. */
function holds(truths: Record<string, boolean>): string[] {
  return Object.keys(truths).filter((name) => truths[name] !== true);
}

/** Writes every story to the daemon's own log: a channel that is always there. */

import { z } from 'zod';
import { unreachable } from '../core/base.ts';
import { EFFECT_TYPES } from '../core/effect.ts';
import type { Effect, Story } from '../core/effect.ts';
import type { Fields, Log } from '../ports/log.ts';
import { defineChannel } from './define.ts';
import { chaptersOf, sentenceOf } from './format/chapter.ts';

const options = z.strictObject({
  hears: z
    .array(z.enum(EFFECT_TYPES))
    .min(1)
    .default([...EFFECT_TYPES])
    .meta({ description: 'The events to write down.' }),
});

export const log = defineChannel({
  name: 'log',
  title: 'Log lines',
  options,
  create: ({ options, log }) => ({
    hears: (effect) => options.hears.includes(effect.type),
    gapMs: 0,
    tell: ({ stories }, key) => {
      for (const story of stories) write(log, story, key);
      return Promise.resolve({ is: 'done' });
    },
  }),
});

function write(log: Log, story: Story, entryKey: string): void {
  const { effect } = story;
  const text = chaptersOf({ stories: [story] })
    .map(sentenceOf)
    .join(' ');
  const fields: Fields = { entryKey, ...subjectFields(effect), ...incidentFields(effect), text };
  log[levelOf(effect)](fields, effect.type.replace('.', ' '));
}

function subjectFields(effect: Effect): Fields {
  if ('target' in effect) return { targetId: effect.target };
  if (!('route' in effect)) return {};
  const { route } = effect;
  return 'sink' in effect ? { route, sink: effect.sink } : { route };
}

function incidentFields(effect: Effect): Fields {
  if (!('incident' in effect)) return {};
  const { evidence, why } = effect.incident;
  const [newest] = evidence;
  return {
    incidentId: effect.incident.id,
    cause: effect.incident.cause,
    ...(why.length > 0 && effect.type !== 'incident.closed' ? { why: why.join('; ') } : {}),
    ...(newest ? { runId: newest.runId, lastError: newest.text } : {}),
  };
}

function levelOf(effect: Effect): 'info' | 'warn' | 'error' {
  switch (effect.type) {
    case 'incident.opened':
      return effect.health === 'down' ? 'error' : 'warn';
    case 'incident.changed':
      return effect.to === 'down' ? 'error' : 'warn';
    case 'target.retired':
    case 'network.lost':
      return 'error';
    case 'route.frozen':
      return effect.by === 'policy' && effect.mode === 'enforce' ? 'error' : 'warn';
    case 'blind.began':
    case 'notice.announced':
    case 'notice.moved':
    case 'funds.low':
    case 'router.drifted':
    case 'budget.low':
      return 'warn';
    case 'incident.closed':
    case 'blind.ended':
    case 'funds.restored':
    case 'route.thawed':
    case 'router.settled':
    case 'network.restored':
    case 'budget.restored':
      return 'info';
    default:
      return unreachable(effect);
  }
}

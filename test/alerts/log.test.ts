import { describe, expect, it } from 'vitest';
import { log } from '../../src/alerts/log.ts';
import { CHANNELS } from '../../src/alerts/index.ts';
import { HEALTHS } from '../../src/core/model.ts';
import type { Effect } from '../../src/core/effect.ts';
import type { Fields } from '../../src/ports/log.ts';
import { door, never, noSignal, stoppedClock } from './doors.ts';
import {
  announced,
  blindBegan,
  fundsLow,
  fundsRestored,
  blindEnded,
  changed,
  closed,
  drifted,
  frozen,
  moved,
  budgetLow,
  budgetRestored,
  networkLost,
  networkRestored,
  opened,
  retired,
  settled,
  story,
  thawed,
} from './stories.ts';

function written(options: Record<string, unknown> = {}) {
  const lines: { level: string; fields: Fields; message: string }[] = [];
  const at = (level: string) => (fields: Fields, message: string) =>
    void lines.push({ level, fields, message });
  const channel = log.create({
    options: log.options.parse(options),
    http: door(never).http,
    clock: stoppedClock(),
    log: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') },
  });
  return { channel, lines };
}

describe('the log channel', () => {
  it.each<[string, string, Effect]>([
    ['error', 'incident opened', opened()],
    ['warn', 'incident opened', opened({}, 'degraded')],
    ['error', 'incident changed', changed('degraded', 'down')],
    ['warn', 'incident changed', changed('down', 'recovering')],
    ['info', 'incident closed', closed()],
    ['warn', 'blind began', blindBegan()],
    ['warn', 'funds low', fundsLow()],
    ['info', 'funds restored', fundsRestored()],
    ['info', 'blind ended', blindEnded()],
    ['warn', 'notice announced', announced()],
    ['warn', 'notice moved', moved(null)],
    ['error', 'target retired', retired()],
    ['error', 'route frozen', frozen()],
    ['warn', 'route frozen', frozen({ by: 'anna' })],
    ['warn', 'route frozen', frozen({ mode: 'dry_run' })],
    ['info', 'route thawed', thawed()],
    ['warn', 'router drifted', drifted()],
    ['info', 'router settled', settled()],
    ['error', 'network lost', networkLost()],
    ['info', 'network restored', networkRestored()],
    ['warn', 'budget low', budgetLow()],
    ['info', 'budget restored', budgetRestored(null)],
  ])('writes at %s: %s', async (level, message, effect) => {
    const { channel, lines } = written();

    expect(await channel.tell({ stories: [story(effect)] }, 'key', noSignal())).toEqual({ is: 'done' });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      level,
      message,
      fields: {
        entryKey: 'key',
        ...('route' in effect && { route: 't2v.default' }),
        ...('target' in effect && { targetId: 'runway/gen4.5' }),
      },
    });
  });

  it('puts the threads to pull into fields', async () => {
    const { channel, lines } = written();

    await channel.tell({ stories: [story(opened())] }, 'key', noSignal());

    expect(lines[0]?.fields).toMatchObject({
      incidentId: 'runway/gen4.5!3',
      cause: 'unavailable',
      runId: 'runway/gen4.5@2',
      lastError: '503 Service Unavailable',
      why: expect.stringMatching(/^API down 99\.0 %; 2 of 2 canaries bad since .*; free check fails since/),
      text: expect.stringContaining('runway/gen4.5 is down.'),
    });
  });

  it('writes one line per story', async () => {
    const { channel, lines } = written();

    await channel.tell({ stories: [story(opened()), story(closed())] }, 'key', noSignal());

    expect(lines.map((line) => line.message)).toEqual(['incident opened', 'incident closed']);
  });

  it('hears what it is told to hear', () => {
    const { channel } = written({ hears: ['target.retired'] });

    expect([opened(), retired()].map(channel.hears)).toEqual([false, true]);
  });

  it('has a level for every health a target can change to', async () => {
    const { channel, lines } = written();

    for (const health of HEALTHS)
      await channel.tell({ stories: [story(changed('down', health))] }, 'k', noSignal());

    expect(lines.map((line) => line.level).filter((level) => level === 'error')).toHaveLength(1);
  });
});

describe('the registry of channels', () => {
  it('has every channel once, by name', () => {
    expect(CHANNELS.map((channel) => channel.name)).toEqual(['slack', 'log']);
  });
});

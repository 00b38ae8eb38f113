import * as fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/ports/clock.ts';
import { stoppedClock } from '../alerts/doors.ts';
import { member, otherSecret, plan, pushed, secret } from './pushes.ts';

describe('the signature', () => {
  // The reference library compares with the real time, so these pushes are made now.
  const present: Clock = { ...stoppedClock(), now: () => Date.now() };

  it('is accepted by the reference library', async () => {
    const { body, headers } = await pushed({}, present);

    expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
  });

  it('is accepted by holders of the old and the new key while keys are exchanged', async () => {
    const { body, headers } = await pushed({ previousSecret: otherSecret }, present);

    expect(headers['webhook-signature']).toMatch(/^v1,\S+ v1,\S+$/);
    expect(new Webhook(secret).verify(body, headers)).toBeTruthy();
    expect(new Webhook(otherSecret).verify(body, headers)).toBeTruthy();
  });

  it.each([
    ['another key', (push: Push) => ({ ...push, key: otherSecret })],
    ['an altered weight', (push: Push) => ({ ...push, body: push.body.replace(':47,', ':100,') })],
    ['an altered id', (push: Push) => altered(push, 'webhook-id', '7.413.t2v.default')],
    [
      'an altered time',
      (push: Push) => altered(push, 'webhook-timestamp', String(Math.floor(Date.now() / 1000) + 9)),
    ],
  ])('is refused with %s', async (_what, alter) => {
    const { body, headers } = await pushed({}, present);
    const push = alter({ key: secret, body, headers });

    expect(() => new Webhook(push.key).verify(push.body, push.headers)).toThrow('No matching signature');
  });

  it('is refused when it is ten minutes old', async () => {
    const old: Clock = { ...stoppedClock(), now: () => Date.now() - 10 * 60_000 };
    const { body, headers } = await pushed({}, old);

    expect(() => new Webhook(secret).verify(body, headers)).toThrow('too old');
  });

  it('holds for any names and weights', async () => {
    const names = fc.array(fc.string({ unit: 'grapheme', minLength: 1 }), { minLength: 1, maxLength: 8 });

    await fc.assert(
      fc.asyncProperty(names, async (targets) => {
        const members = targets.map((target) => ({ ...member, target, weight: 0 }));
        const { body, headers } = await pushed({}, present, { ...plan, members });

        expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
      }),
      { numRuns: 50 },
    );
  });
});

interface Push {
  key: string;
  body: string;
  headers: Record<string, string>;
}

function altered(push: Push, name: string, value: string): Push {
  return { ...push, headers: { ...push.headers, [name]: value } };
}

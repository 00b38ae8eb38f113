import * as fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Clock } from '../../src/ports/clock.ts';
import { signerOf } from '../../src/system/signing.ts';
import { stoppedClock } from '../alerts/doors.ts';
import { createWorld } from '../web/world.ts';
import { key, member, otherKey, otherSecret, plan, pushed, secret } from './pushes.ts';
import { isSignedBy, type Signed } from './signed.ts';

// The reference library compares with the real time, so these pushes are made now.
const present: Clock = { ...stoppedClock(), now: () => Date.now() };

describe('the signature by a shared secret', () => {
  it('is accepted by the reference library', async () => {
    const { body, headers } = await pushed({}, present);

    expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
  });

  it('is accepted by holders of the old and the new key while keys are exchanged', async () => {
    const { body, headers } = await pushed({ previousSecret: otherSecret }, present);

    expect(headers['webhook-signature']).toMatch(/^v1,\S+ v1,\S+ v1a,\S+$/);
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

/**
 * The npm library knows only `v1`, so these are checked by the written specification (1.0.0, "Signature scheme", read
 * 2026-11-22) and node:crypto; test/system/signing.test.ts has the test vector of the reference implementation.
 */
describe('the signature by the key of the daemon', () => {
  const alone = { secret: undefined };

  it('is the only one where there is no secret, and is accepted with the key that the daemon publishes', async () => {
    const { body, headers } = await pushed(alone, present);

    expect(headers['webhook-signature']).toMatch(/^v1a,[A-Za-z0-9+/]{86}==$/);
    expect(isSignedBy(await published(), { body, headers })).toBe(true);
  });

  it('stands beside that by the secret, and does not disturb the reference library', async () => {
    const { body, headers } = await pushed({}, present);

    expect(headers['webhook-signature']).toMatch(/^v1,\S+ v1a,\S+$/);
    expect(new Webhook(secret).verify(body, headers)).toBeTruthy();
    expect(isSignedBy(await published(), { body, headers })).toBe(true);
  });

  it('is none that a shared secret makes: who accepts secrets only refuses it', async () => {
    const { body, headers } = await pushed(alone, present);

    expect(() => new Webhook(secret).verify(body, headers)).toThrow('No matching signature');
  });

  it('is accepted by holders of the old and the new key while keys are exchanged, and of none else', async () => {
    const both = signerOf(otherKey, key);
    const push = await pushed({ previousSecret: otherSecret }, present, plan, both);

    expect(push.headers['webhook-signature']).toMatch(/^v1,\S+ v1,\S+ v1a,\S+ v1a,\S+$/);
    const [fresh = '', old = ''] = await published(both);
    expect([await published(signerOf(otherKey)), await published(signerOf(key))]).toEqual([[fresh], [old]]);
    expect([isSignedBy([fresh], push), isSignedBy([old], push)]).toEqual([true, true]);
    const third = await published(signerOf(`whsk_${Buffer.alloc(32, 5).toString('base64')}`));
    expect(isSignedBy(third, push)).toBe(false);
  });

  it.each([
    ['an altered weight', (push: Signed) => ({ ...push, body: push.body.replace(':47,', ':100,') })],
    ['an altered id', (push: Signed) => altered(push, 'webhook-id', '7.413.t2v.default')],
    ['an altered time', (push: Signed) => altered(push, 'webhook-timestamp', '1795290006')],
    ['no signature', (push: Signed) => altered(push, 'webhook-signature', '')],
    ['half a signature', (push: Signed) => altered(push, 'webhook-signature', 'v1a,AAAA')],
  ])('is refused with %s', async (_what, alter) => {
    const { body, headers } = await pushed(alone);
    const keys = await published();

    expect(isSignedBy(keys, { body, headers })).toBe(true);
    expect(isSignedBy(keys, alter({ body, headers }))).toBe(false);
  });
});

/** The keys that a daemon with this signer publishes, as Standard Webhooks writes them. */
async function published(signer = signerOf(key)): Promise<string[]> {
  const server = createWorld().server(undefined, { signer });
  onTestFinished(() => server.close());
  const answer = await server.inject('/.well-known/reelwatch.json');
  return answer.json<{ keys: { webhook: string }[] }>().keys.map(({ webhook }) => webhook);
}

interface Push extends Signed {
  key: string;
}

function altered<P extends Signed>(push: P, name: string, value: string): P {
  return { ...push, headers: { ...push.headers, [name]: value } };
}

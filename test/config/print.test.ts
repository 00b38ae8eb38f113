import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { configHash, masked, secretsOf } from '../../src/config/print.ts';
import { GOOD, load, loaded, sentences } from './fakes.ts';

describe('what is shown of a configuration', () => {
  it('has every default as it would be written, and no secret', () => {
    const text = masked(loaded(GOOD)) as Record<string, unknown>;

    expect(text['probe']).toMatchObject({ every: 'auto', checkEvery: '1m', downloads: { timeout: '2m' } });
    expect(text['providers']).toEqual([
      {
        id: 'toy',
        use: 'toy',
        concurrency: 3,
        apiKey: '***',
        baseUrl: 'https://toy.example',
        pollEvery: '5s',
      },
    ]);
  });

  it('lists secrets, the passwords and key paths inside of them too', () => {
    const text = `${GOOD}data: { postgres: "\${PG}" }\n`;

    const secrets = secretsOf(loaded(text, { env: { PG: 'postgres://u:p%40ssw0rd@h/db' } }));

    expect(secrets).toEqual(
      expect.arrayContaining([
        'k-secret-1',
        'postgres://u:p%40ssw0rd@h/db',
        'p%40ssw0rd',
        'p@ssw0rd',
        'https://bell.example/secret-path-of-the-bell',
        'secret-path-of-the-bell',
      ]),
    );
  });

  it('never holds a secret, wherever else the file repeats it', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9_-]{12,40}$/), (secret) => {
        const text = `${GOOD}server: { publicUrl: "http://h.example/\${KEY}" }\n`;

        const config = loaded(text, { env: { KEY: secret } });

        expect(JSON.stringify(masked(config))).not.toContain(secret);
        expect(secretsOf(config)).toContain(secret);
      }),
    );
  });

  it('never repeats a secret in an error, whatever is wrong beside it', () => {
    const spoils = ['server: { port: x }', 'log: 1', 'targets: []', 'zzz: 1', 'data: { postgres: "${KEY}" }'];
    fc.assert(
      fc.property(
        fc.stringMatching(/^[A-Za-z0-9_-]{12,40}$/),
        fc.subarray(spoils, { minLength: 1 }),
        (secret, wrong) => {
          const text = `${GOOD.replace('model: swift', 'model: "${KEY}"')}${wrong.join('\n')}\n`;

          const said = sentences(load(text, { env: { KEY: secret } })).join('\n');

          expect(said).not.toBe('');
          expect(said).not.toContain(secret);
        },
      ),
    );
  });

  it('hashes to the same whatever the keys are, and to another for another meaning', () => {
    const hash = configHash(loaded(GOOD));

    expect(hash).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(configHash(loaded(GOOD, { env: { KEY: 'another-key' } }))).toBe(hash);
    expect(configHash(loaded(`${GOOD}probe: { every: auto }\n`))).toBe(hash);
    expect(configHash(loaded(`${GOOD}probe: { every: 31m }\n`))).not.toBe(hash);
  });
});

import { array, assert, constantFrom, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMasker } from '../../src/system/mask.ts';
import { ENCODINGS, reveals } from '../fuzz/encodings.ts';

const SECRET = 'sk-live/4f9a+Zq==';

describe('a masker', () => {
  it.each<[string[], string, string]>([
    [['secret-1'], 'a secret-1 b secret-1', 'a *** b ***'],
    [['a b/c+d='], 'as is a b/c+d= or a%20b%2Fc%2Bd%3D', 'as is *** or ***'],
    [['line\none'], JSON.stringify({ x: 'line\none' }), '{"x":"***"}'],
    [['abcdef', 'abcdefgh'], 'abcdefgh', '***'],
    [['.*.*.*'], 'nothing like it', 'nothing like it'],
    [['short'], 'a short word', 'a short word'],
    [['$&$&$&'], '$&$&$&', '***'],
    [[], 'nothing to hide', 'nothing to hide'],
    [['secret-1'], 'host SECRET-1.example', 'host ***.example'],
    [['a\\b"c/d'], JSON.stringify({ x: 'a\\b"c/d' }), '{"x":"***"}'],
    [['pässword-ü'], 'p%C3%A4ssword-%c3%bc', '***'],
  ])('masks %j in %j', (secrets, text, expected) => {
    expect(createMasker(secrets).mask(text)).toBe(expected);
  });

  it.each(Object.keys(ENCODINGS))('finds a secret written as %s, alone and in a sentence', (name) => {
    const written = ENCODINGS[name]?.(SECRET) ?? '';
    const { mask } = createMasker([SECRET]);

    expect(mask(`Incorrect key: ${written}.`)).toContain('***');
    expect(reveals(mask(`Incorrect key: ${written}.`), SECRET)).toBe(false);
    expect(reveals(mask(written), SECRET)).toBe(false);
  });

  it('leaves the JSON of an answer JSON, and what stands beside the secret', () => {
    const { mask } = createMasker([SECRET]);
    const source = `{"a":"x ${ENCODINGS['JSON escapes']?.(SECRET)} \\u00e4 y","b":[1,"%41"]}`;

    expect(JSON.parse(mask(source))).toEqual({ a: 'x *** ä y', b: [1, '%41'] });
  });

  it('finds the lines of a key file that is one secret', () => {
    const line = 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj';
    const file = JSON.stringify({
      private_key: `-----BEGIN PRIVATE KEY-----\n${line}\n-----END PRIVATE KEY-----`,
    });

    expect(createMasker([file]).mask(`invalid key near ${line}`)).toBe('invalid key near ***');
  });

  it('takes secrets out of every text and every name of a parsed answer', () => {
    const { clean } = createMasker([SECRET]);
    const value: unknown = JSON.parse(
      `{"a":["${SECRET}",{"${SECRET}":1,"__proto__":"${SECRET}"}],"n":7,"t":true,"nothing":null}`,
    );

    expect(JSON.stringify(clean(value))).toBe(
      '{"a":["***",{"***":1,"__proto__":"***"}],"n":7,"t":true,"nothing":null}',
    );
  });

  it('takes invisible characters and orders of reading out, and leaves line breaks and scripts', () => {
    const { clean } = createMasker([]);

    expect(clean('ok \u202ekcab\u202c \u2066x\u2069 \u200bzero \u0007bell \ufeff\u{e0041}')).toBe(
      'ok kcab x zero bell ',
    );
    expect(clean('two\nlines\tتجربة 视频 é 👍')).toBe('two\nlines\tتجربة 视频 é 👍');
    expect(clean('{"a":"\\u202Ekcab \\\\u2066 \\udb40\\udc41"}')).toBe('{"a":"kcab  "}');
  });

  it('refuses what is nested deeper than any answer', () => {
    const deep = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));

    expect(createMasker([]).clean(deep(200))).toEqual(deep(200));
    expect(() => createMasker([]).clean(deep(201))).toThrow(/nested/);
  });

  it('hides what it learns later, the newest 64 of it', () => {
    const masker = createMasker([]);
    const token = (n: number) => `token-${String(n).padStart(4, '0')}-abcdefghijklmnop`;
    for (let n = 0; n <= 64; n++) masker.learn(token(n));

    expect(masker.mask(`${token(64)} ${token(1)}`)).toBe('*** ***');
    expect(masker.mask(token(0))).toBe(token(0));
  });

  it('keeps a learnt credential that is still in use, however many others come after it', () => {
    const masker = createMasker([]);
    const token = (n: number) => `token-${String(n).padStart(4, '0')}-abcdefghijklmnop`;
    for (let n = 0; n <= 64; n++) {
      masker.learn(token(0));
      masker.learn(token(n));
    }

    expect(masker.mask(`${token(0)} ${token(64)}`)).toBe('*** ***');
    expect(masker.mask(token(1))).toBe(token(1));
  });

  it('does not learn what is too short to be a credential', () => {
    const masker = createMasker([]);
    masker.learn('2024-11-06');

    expect(masker.mask('since 2024-11-06')).toBe('since 2024-11-06');
  });
});

it('leaves no secret in any text, however it is written', () => {
  const secret = string({ minLength: 8, maxLength: 20 }).filter((text) => /^[^*\s]+$/.test(text));
  const ascii = secret.filter((text) => /^[!-~]+$/.test(text) && !/[\\%&]/.test(text));

  assert(
    property(
      array(secret, { minLength: 1, maxLength: 4 }),
      array(string(), { maxLength: 4 }),
      (secrets, words) => {
        const masked = createMasker(secrets).mask([...words, ...secrets].join(' '));

        for (const one of secrets) expect(masked).not.toContain(one);
      },
    ),
  );
  assert(
    property(ascii, constantFrom(...Object.values(ENCODINGS)), string(), (one, write, word) => {
      expect(reveals(createMasker([one]).mask(`${word} ${write(one)} ${word}`), one)).toBe(false);
    }),
  );
});

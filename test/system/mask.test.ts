import { assert, array, property, string } from 'fast-check';
import { expect, it } from 'vitest';
import { createMask } from '../../src/system/mask.ts';

it.each<[string[], string, string]>([
  [['secret-1'], 'a secret-1 b secret-1', 'a *** b ***'],
  [['a b/c+d='], 'as is a b/c+d= or a%20b%2Fc%2Bd%3D', 'as is *** or ***'],
  [['line\none'], JSON.stringify({ x: 'line\none' }), '{"x":"***"}'],
  [['abcdef', 'abcdefgh'], 'abcdefgh', '***'],
  [['.*.*.*'], 'nothing like it', 'nothing like it'],
  [['short'], 'a short word', 'a short word'],
  [['$&$&$&'], '$&$&$&', '***'],
  [[], 'nothing to hide', 'nothing to hide'],
])('masks %j in %j', (secrets, text, expected) => {
  expect(createMask(secrets)(text)).toBe(expected);
});

it('leaves no secret in any text', () => {
  const secret = string({ minLength: 6, maxLength: 20 }).filter((text) => !text.includes('*'));

  assert(
    property(
      array(secret, { minLength: 1, maxLength: 4 }),
      array(string(), { maxLength: 4 }),
      (secrets, words) => {
        const masked = createMask(secrets)([...words, ...secrets].join(' '));

        for (const one of secrets) expect(masked).not.toContain(one);
      },
    ),
  );
});

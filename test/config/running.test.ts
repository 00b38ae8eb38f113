import { describe } from 'vitest';
import { type Bad, refuses } from './bad.ts';
import { GOOD } from './fakes.ts';

const WITH = (server: string): string => `${GOOD}\nserver:\n${server}`;
const TOKEN = 'a-token-of-twenty-five-ch';
const token = (name: string, text = '${T}', scopes = '[read]') =>
  `    - { name: ${name}, token: '${text}', scopes: ${scopes} }\n`;
const LINE = GOOD.split('\n').length + 3;

const BAD: Bad[] = [
  {
    what: 'a token that is too short',
    text: WITH(`  tokens:\n${token('a')}`),
    env: { T: 'short' },
    says: [`x.yaml:${LINE}: server.tokens[0].token: Expected at least 20 characters`],
  },
  {
    what: 'a token that no header can carry',
    text: WITH(`  tokens:\n${token('a')}`),
    env: { T: `${TOKEN} ${TOKEN}` },
    says: [`x.yaml:${LINE}: server.tokens[0].token: Expected letters, digits and any of . _ ~ + / = - only`],
  },
  {
    what: 'a token for nothing',
    text: WITH(`  tokens:\n${token('a', '${T}', '[]')}`),
    env: { T: TOKEN },
    says: [`x.yaml:${LINE}: server.tokens[0].scopes: Expected at least 1 entry, got 0`],
  },
  {
    what: 'a scope that there is not',
    text: WITH(`  tokens:\n${token('a', '${T}', '[write]')}`),
    env: { T: TOKEN },
    says: [`x.yaml:${LINE}: server.tokens[0].scopes[0]: Expected read, report or operate, got "write"`],
  },
  {
    what: 'two tokens of one name',
    text: WITH(`  tokens:\n${token('a')}${token('a')}`),
    env: { T: TOKEN },
    says: [`x.yaml:${LINE}: server.tokens: Expected each token to have a name of its own`],
  },
  {
    what: 'a signing key of another kind',
    text: WITH('  signingKey: ${K}\n'),
    env: { K: `whsec_${Buffer.alloc(32).toString('base64')}` },
    says: [`x.yaml:${LINE - 1}: server.signingKey: Expected whsk_ and the base64 of 32 or 64 bytes`],
  },
  {
    what: 'a previous signing key that nothing replaces',
    text: WITH('  previousSigningKey: ${K}\n'),
    env: { K: `whsk_${Buffer.alloc(32).toString('base64')}` },
    says: [
      `x.yaml:${LINE - 1}: server.previousSigningKey: Expected a "signingKey" beside it, which replaces it`,
    ],
  },
];

describe('a server', () => {
  refuses(BAD);
});

import { expect, it } from 'vitest';
import { GOOD, load, loaded, sentences } from './fakes.ts';

const READ = "  tokens: [{ name: a, token: 'a-token-of-twenty-five-ch', scopes: [read] }]\n";
const REPORT = READ.replace('[read]', '[report]');
const PUBLIC = '  publicUrl: https://reelwatch.example.com\n';
const TOKENS = /Anybody who reaches \S+ can read status, pages and metrics/;
const LINKS = /Links in messages only work on this machine/;

it.each([
  ['listens on loopback', '  host: 127.0.0.1\n', false],
  ['listens on IPv6 loopback', "  host: '::1'\n", false],
  ['listens everywhere', '  host: 0.0.0.0\n', true],
  ['listens everywhere with a token for reports alone', `  host: 0.0.0.0\n${REPORT}`, true],
  ['listens everywhere with a token for reading', `  host: 0.0.0.0\n${READ}`, false],
])('warns of open reads where the server %s: %s %s', (_what, server, isWarned) => {
  const said = sentences(load(`${GOOD}\nserver:\n${server}`)).join('\n');

  expect(TOKENS.test(said)).toBe(isWarned);
});

it('warns of links that only work on this machine where messages leave it', () => {
  const withUrl = `${GOOD}\nserver:\n${PUBLIC}`;
  const isLinked = loaded(GOOD).options.alerts.some(({ use }) => use !== 'log');

  expect(LINKS.test(sentences(load(GOOD)).join('\n'))).toBe(isLinked);
  expect(isLinked).toBe(true);
  expect(sentences(load(withUrl)).join('\n')).not.toMatch(LINKS);
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import type { ResolvedConfig } from '../../src/config/resolve.ts';
import { SETS_MAX, supposing } from '../../src/config/supposing.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';

const ENV = { REELWATCH_DEMO_KEY: 'k', REELWATCH_SIM_URL: 'http://127.0.0.1:1', SURE: '0.8' };
const TOOLS = { env: ENV, readFile: (path: string) => readFileSync(path, 'utf8') };

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'reelwatch-supposing-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function file(text: string): string {
  const path = join(directory, 'other.yaml');
  writeFileSync(path, text);
  return path;
}

/** A small configuration with the given health section. */
function configured(health: object = {}): ResolvedConfig {
  const path = join(directory, 'own.yaml');
  const config = {
    health,
    providers: [{ id: 'runway', apiKey: 'key' }],
    targets: [{ provider: 'runway', model: 'gen4.5' }],
  };
  writeFileSync(path, JSON.stringify(config));
  const loaded = loadConfig(path, { ...TOOLS, isCron: () => true, now: Date.UTC(2026, 10, 21) });
  if (!loaded.ok) throw new Error(loaded.errors.map(({ path, text }) => `${path} ${text}`).join('\n'));
  return loaded.config;
}

const suppose = (sets: string[], other: string | null = null, health: object = {}) =>
  supposing(configured(health), { sets, other }, TOOLS);

describe('a supposition', () => {
  it('is the present configuration where nothing is supposed', () => {
    expect(suppose([])).toMatchObject({
      ok: true,
      changes: [],
      policy: { unsureToBlind: DEFAULT_POLICY.unsureToBlind },
    });
  });

  it('takes options by the names and units of the file', () => {
    const supposed = suppose(['alertAt=0.9', 'hold=5m', 'recoverShare = 0.1']);

    expect(supposed).toMatchObject({
      ok: true,
      present: { detection: { judgement: { alertAt: 0.95 } } },
      policy: { detection: { judgement: { alertAt: 0.9, holdMs: 300_000 }, demand: { recoverShare: 0.1 } } },
      changes: [
        { name: 'alertAt', from: '0.95', to: '0.9', isJudging: true },
        { name: 'recoverShare', from: '0.06', to: '0.1', isJudging: false },
        { name: 'hold', from: '2m', to: '5m', isJudging: true },
      ],
    });
  });

  it('keeps what the file sets already, and names only what differs', () => {
    const supposed = suppose(['alertAt=0.9', 'hold=120s'], null, { alertAt: 0.9, signsMin: 3 });

    expect(supposed).toMatchObject({ changes: [], policy: { detection: { judgement: { signsMin: 3 } } } });
  });

  it('takes the health section of another file, whatever else that file lacks, and sets options in it', () => {
    const other = file('health:\n  alertAt: ${SURE}\n  signsMin: 3\nproviders:\n  - apiKey: ${UNSET}\n');

    const supposed = suppose(['signsMin=4'], other, { unsureToBlind: 9 });

    expect(supposed).toMatchObject({
      ok: true,
      changes: [
        { name: 'alertAt', from: '0.95', to: '0.8' },
        { name: 'signsMin', from: '2', to: '4' },
        { name: 'unsureToBlind', from: '9', to: String(DEFAULT_POLICY.unsureToBlind) },
      ],
      policy: { detection: { judgement: { alertAt: 0.8, signsMin: 4 } } },
    });
  });

  it('is the defaults where the other file says nothing of health', () => {
    expect(suppose([], file('health:\n'), { signsMin: 3 })).toMatchObject({
      changes: [{ name: 'signsMin', from: '3', to: '2' }],
    });
  });

  it.each([
    [['alrtAt=0.9'], '--set: health.alrtAt: Unknown option "alrtAt". Did you mean "alertAt"?'],
    [['alertAt=0.3'], '--set: health.alertAt: Expected at least 0.5, got 0.3'],
    [['alertAt=often'], '--set: health.alertAt: Expected a number, got "often"'],
    [['hold=5'], '--set: health.hold: Expected a duration such as 90s, 10m, 6h or 7d, got "5"'],
    [['alertAt'], '--set: Expected NAME=VALUE such as alertAt=0.9, got "alertAt"'],
    [['__proto__=1'], '--set: health.__proto__: Unknown option "__proto__".'],
  ])('refuses %j', (sets, sentence) => {
    const supposed = suppose(sets);

    expect(supposed).toEqual({ ok: false, errors: [expect.stringContaining(sentence)] });
  });

  it('refuses more options at once than there are', () => {
    const sets = Array.from({ length: SETS_MAX + 1 }, () => 'alertAt=0.9');

    expect(suppose(sets.slice(1))).toMatchObject({ ok: true });
    expect(suppose(sets)).toEqual({ ok: false, errors: ['--set: Expected at most 50 of them, got 51'] });
  });

  it.each([
    ['health:\n  alrtAt: 0.9\n', ':2: health.alrtAt: Unknown option "alrtAt". Did you mean "alertAt"?'],
    ['health:\n  alertAt: ${UNSET}\n', ':2: health.alertAt: The environment variable UNSET is not set'],
    ['- a\n', 'Expected a map of options, got a list'],
    ['a: [', 'Not YAML'],
  ])('says where the other file is wrong: %j', (text, sentence) => {
    const supposed = suppose([], file(text));

    expect(supposed).toEqual({ ok: false, errors: [expect.stringContaining(sentence)] });
  });

  it('says that there is no other file', () => {
    const supposed = suppose([], join(directory, 'none.yaml'));

    expect(supposed).toEqual({ ok: false, errors: [expect.stringContaining('Expected a readable file')] });
  });
});

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const CORPUS = readFileSync(new URL('../fixtures/errors/corpus.jsonl', import.meta.url), 'utf8');

function classify(input: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['src/main.ts', 'classify', ...args], {
    input,
    encoding: 'utf8',
    env: {},
  });
  return { code: status, out: stdout, err: stderr };
}

describe('classify', () => {
  it('answers every line of a file of errors', () => {
    const { code, out, err } = classify(CORPUS);
    const answers = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { id: string });

    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(answers.map(({ id }) => id)).toEqual(
      CORPUS.trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { id: string }).id),
    );
    expect(answers[0]).toEqual({
      id: 'err-001',
      cause: 'retired',
      blame: 'provider',
      why: expect.any(String),
    });
  });

  it('answers an error from the clipboard', () => {
    const { code, out } = classify(
      '{"code":1102,"message":"Account balance not enough"}\n',
      '--provider',
      'kling',
      '--status',
      '429',
    );

    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      id: 1,
      cause: 'no_credit',
      blame: 'us',
      why: "code 1102 is in Kling's table: our account is out of credit",
    });
  });

  it('goes through all the lines, and then says by its exit code that some were bad', () => {
    const { code, out } = classify('oops\n{"provider":"fal","text":"Not authenticated"}\n');

    expect(code).toBe(2);
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => Object.keys(JSON.parse(line) as object)),
    ).toEqual([
      ['id', 'error'],
      ['id', 'cause', 'blame', 'why'],
    ]);
  });

  it.each([
    ['', [], 'Expected an error on stdin, got nothing.\n'],
    ['x', ['--status', 'many'], '--status: expected an HTTP status such as 429, got many.\n'],
    ['x', ['--status', '42'], '--status: expected an HTTP status such as 429, got 42.\n'],
  ])('refuses %j with %j in a sentence', (input, args, sentence) => {
    expect(classify(input, ...args)).toEqual({ code: 2, out: '', err: sentence });
  });
});

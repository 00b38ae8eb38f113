import { describe, expect, it } from 'vitest';
import { answersTo, LINE_CHARACTERS_MAX, LINES_MAX, type Answer } from '../../src/cli/classify.ts';
import { linesOf } from '../../src/cli/lines.ts';

type Given = Parameters<typeof answersTo>[1];
const NOTHING: Given = { provider: '', status: null, workedBefore: false };

async function* chunks(...texts: (string | Uint8Array)[]) {
  for (const text of texts) yield typeof text === 'string' ? new TextEncoder().encode(text) : text;
}

async function answers(text: string, given: Partial<Given> = {}): Promise<Answer[]> {
  return Array.fromAsync(answersTo(chunks(text), { ...NOTHING, ...given }));
}

const entry = (fields: object) =>
  `${JSON.stringify({ provider: 'fal', text: 'Not authenticated', ...fields })}\n`;

describe('JSON lines', () => {
  it('are answered one by one, with their ids or else their numbers', async () => {
    const lines = entry({ id: 'a' }) + '\n' + entry({}) + entry({ id: 7 });

    expect(await answers(lines)).toMatchObject([
      { id: 'a', cause: 'auth', blame: 'us' },
      { id: 2, cause: 'auth' },
      { id: 7, cause: 'auth' },
    ]);
  });

  it.each<[what: string, fields: object, answer: object]>([
    [
      'a body that is an object',
      { text: undefined, body: { code: 'insufficient_quota' } },
      { cause: 'no_credit' },
    ],
    ['a body rather than a text', { body: 'Insufficient balance' }, { cause: 'no_credit' }],
    ['a status', { text: 'x', http_status: 402 }, { cause: 'no_credit' }],
    ['no status', { http_status: null }, { cause: 'auth' }],
    [
      'a history',
      { text: 'Model not found', worked_before: true },
      { cause: 'model_missing', blame: 'provider' },
    ],
    ['a long id', { id: 'i'.repeat(300) }, { id: 'i'.repeat(200) }],
  ])('may have %s', async (_, fields, answer) => {
    expect(await answers(entry(fields))).toMatchObject([answer]);
  });

  it.each<[fields: object, error: string]>([
    [{ provider: 5 }, 'provider: expected a name'],
    [{ http_status: 4 }, 'http_status: expected a number from 100 to 599, or null'],
    [{ http_status: 600 }, 'http_status: expected a number from 100 to 599, or null'],
    [{ http_status: '429' }, 'http_status: expected a number from 100 to 599, or null'],
    [{ worked_before: 'yes' }, 'worked_before: expected true or false'],
    [{ text: undefined }, 'Expected a body or a text'],
    [{ text: null }, 'Expected a body or a text'],
  ])('with %j are answered with a complaint', async (fields, error) => {
    expect(await answers(entry({ id: 'bad', ...fields }))).toEqual([{ id: 'bad', error }]);
  });

  it('that are broken keep nobody from the others, wherever they stand', async () => {
    const broken = 'Expected a JSON object with a provider and a body or a text';

    expect(
      await answers(`garbage\n[1]\n${entry({ id: 'a' })}{"provider":\n${entry({ id: 'b' })}null\n`),
    ).toMatchObject([
      { id: 1, error: broken },
      { id: 2, error: broken },
      { id: 'a', cause: 'auth' },
      { id: 4, error: broken },
      { id: 'b', cause: 'auth' },
      { id: 6, error: broken },
    ]);
  });

  it('that are too long are left out', async () => {
    const long = entry({ text: 'x'.repeat(LINE_CHARACTERS_MAX) });

    expect(await answers(long + entry({ id: 'b' }))).toMatchObject([
      { id: 1, error: `Expected a line of at most ${LINE_CHARACTERS_MAX} characters` },
      { id: 'b', cause: 'auth' },
    ]);
  });

  it('are so many and no more', async () => {
    let count = 0;
    let last: Answer | undefined;
    const many = chunks(entry({}), ...Array.from({ length: 101 }, () => '{\n'.repeat(LINES_MAX / 100)));
    for await (const answer of answersTo(many, NOTHING)) {
      count++;
      last = answer;
    }

    expect(count).toBe(LINES_MAX + 1);
    expect(last).toEqual({ id: LINES_MAX + 1, error: `Expected at most ${LINES_MAX} lines` });
  });
});

describe('one error, as it was copied', () => {
  it.each<[text: string, given: Partial<Given>, answer: object]>([
    ['429 Too many requests\n', {}, { id: 1, cause: 'rate_limited', blame: 'nobody' }],
    ['{"code":1102,"message":"x"}', { provider: 'kling', status: 429 }, { cause: 'no_credit', blame: 'us' }],
    [
      '{\n  "error": {\n    "message": "The model is overloaded.",\n    "code": 503\n  }\n}\n',
      {},
      { cause: 'overloaded' },
    ],
    ['Traceback:\n  at line 7\nInsufficient credits\n', { status: 400 }, { cause: 'no_credit' }],
    ['Model not found', { workedBefore: true }, { cause: 'model_missing', blame: 'provider' }],
    ['\u{1f525}', {}, { cause: 'unknown_status', blame: 'nobody' }],
  ])('%j is one answer', async (text, given, answer) => {
    expect(await answers(text, given)).toMatchObject([answer]);
  });

  it('is nothing where nothing is', async () => {
    expect(await answers('\n \n')).toEqual([]);
  });

  it('takes what the lines do not say from the command', async () => {
    const line = '{"id":"a","text":"x"}\n{"id":"b","text":"x","http_status":402,"provider":"fal"}\n';

    expect(await answers(line, { provider: 'kling', status: 401 })).toMatchObject([
      { id: 'a', cause: 'auth' },
      { id: 'b', cause: 'no_credit' },
    ]);
  });
});

describe('lines of a stream', () => {
  const bytes = new TextEncoder().encode('é\n𝄞');

  it.each<[chunks: (string | Uint8Array)[], lines: (string | null)[]]>([
    [['a\nb'], ['a', 'b']],
    [
      ['a', 'b\n', '\n', 'c\n'],
      ['ab', '', 'c'],
    ],
    [
      [bytes.slice(0, 1), bytes.slice(1, 5), bytes.slice(5)],
      ['é', '𝄞'],
    ],
    [['12345\n1234'], [null, '1234']],
    [
      ['123', '45', '6\n', '12345'],
      [null, null],
    ],
    [[], []],
  ])('%j are %j', async (given, lines) => {
    expect(await Array.fromAsync(linesOf(chunks(...given), 4))).toEqual(lines);
  });
});

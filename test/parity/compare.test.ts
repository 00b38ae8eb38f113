import { describe, expect, it } from 'vitest';
import { comparable } from './compare.ts';

const request = {
  method: 'POST',
  url: '/v1/videos?b=2&a=1',
  headers: { authorization: 'Bearer k' },
  body: '',
};

function form(boundary: string, parts: [string, string][]): string {
  const lines = parts.map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  return `${lines.join('')}--${boundary}--\r\n`;
}

describe('the rule of comparison', () => {
  it('sorts the query and keeps the scheme of the key', () => {
    expect(comparable(request)).toEqual({
      method: 'POST',
      path: '/v1/videos?a=1&b=2',
      headers: { authorization: 'Bearer k' },
      body: null,
    });
  });

  it('tells what a vendor reads from what every client says', () => {
    const headers = {
      authorization: 'Key a:b',
      'X-Runway-Version': '2024-11-06',
      'x-fal-queue-priority': 'normal',
      'x-stainless-lang': 'js',
      'x-goog-api-client': 'google-genai-sdk/3',
      'user-agent': 'sdk/1',
      accept: '*/*',
      'content-type': 'application/json',
    };

    expect(Object.keys(comparable({ ...request, headers }).headers).sort()).toEqual([
      'authorization',
      'x-fal-queue-priority',
      'x-runway-version',
    ]);
  });

  it('ignores white space in JSON, and nothing else', () => {
    const headers = { 'content-type': 'application/json' };
    const body = (text: string) => comparable({ ...request, headers, body: text });

    expect(body('{ "a": 1 }')).toEqual(body('{"a":1}'));
    expect(body('{"a":1}')).not.toEqual(body('{"a":"1"}'));
  });

  it('ignores the boundary of a form, but not the order of its parts', () => {
    const send = (boundary: string, parts: [string, string][]) =>
      comparable({
        ...request,
        headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
        body: form(boundary, parts),
      });
    const one = send('x1', [
      ['model', 'm'],
      ['prompt', 'two\r\nlines'],
    ]);

    expect(one).toEqual(
      send('y-2', [
        ['model', 'm'],
        ['prompt', 'two\r\nlines'],
      ]),
    );
    expect(one).not.toEqual(
      send('x1', [
        ['prompt', 'two\r\nlines'],
        ['model', 'm'],
      ]),
    );
    expect(one.body).toEqual({
      multipart: [
        { name: 'model', value: 'm' },
        { name: 'prompt', value: 'two\r\nlines' },
      ],
    });
  });
});

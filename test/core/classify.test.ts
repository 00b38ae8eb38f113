import { describe, expect, it } from 'vitest';
import { BLAME, CAUSE_WORDS, blameOf, causeOf, reasonText, verdictOn } from '../../src/core/classify.ts';
import type { Blame, Cause } from '../../src/core/model.ts';
import { CAUSES } from '../../src/core/model.ts';
import type { Failure, FailureKind } from '../../src/core/trace.ts';
import { PHASES } from '../../src/core/trace.ts';
import { failed } from './traces.ts';

const BLAMES: [Cause, beforeAnyPass: Blame, afterAPass: Blame][] = [
  ['unavailable', 'provider', 'provider'],
  ['overloaded', 'provider', 'provider'],
  ['timeout', 'provider', 'provider'],
  ['garbled', 'provider', 'provider'],
  ['job_lost', 'provider', 'provider'],
  ['bad_output', 'provider', 'provider'],
  ['retired', 'provider', 'provider'],
  // A name that never worked is a typing error of ours; one that worked has been taken away.
  ['model_missing', 'us', 'provider'],
  ['rate_limited', 'nobody', 'nobody'],
  ['moderated', 'nobody', 'nobody'],
  ['unknown_status', 'nobody', 'nobody'],
  ['unexplained', 'nobody', 'nobody'],
  ['not_inspected', 'nobody', 'nobody'],
  ['interrupted', 'nobody', 'nobody'],
  ['auth', 'us', 'us'],
  ['no_access', 'us', 'us'],
  ['no_credit', 'us', 'us'],
  ['bad_request', 'us', 'us'],
  ['unreachable', 'us', 'us'],
  ['no_budget', 'us', 'us'],
];

describe('blame', () => {
  it.each(BLAMES)('for %s lies with %s, and with %s once the model has worked', (cause, before, after) => {
    expect(blameOf(cause, 0)).toBe(before);
    expect(blameOf(cause, 1)).toBe(after);
  });

  it('is decided for every cause there is, and every cause has words of its own', () => {
    expect(BLAMES.map(([cause]) => cause)).toEqual([...CAUSES]);
    expect(Object.keys(BLAME)).toEqual([...CAUSES]);
    expect(new Set(Object.values(CAUSE_WORDS)).size).toBe(CAUSES.length + 1);
  });

  it.each(CAUSES)(
    'makes a verdict on %s: fail where somebody is to blame, inconclusive where nobody is',
    (cause) => {
      const blame = BLAME[cause];
      const expected =
        blame === 'nobody'
          ? { is: 'inconclusive', cause, text: 'heard' }
          : { is: 'fail', cause, blame, text: 'heard' };

      expect(verdictOn(cause, 'heard', 0)).toEqual(expected);
    },
  );

  it('is told with what was heard, verbatim', () => {
    expect(reasonText('unavailable', 'upstream died')).toBe('unavailable: upstream died');
    expect(reasonText('slow', 'took 90 s')).toBe('much slower than usual: took 90 s');
  });
});

/** HTTP status -> cause, by where it was heard: when ordering, when asking after the job, when fetching the video. */
const STATUS_RULES = `
  status | submit        | queue        | generate     | fetch        | verify
  200    | unknown_status | unknown_status | unknown_status | bad_output   | unknown_status
  304    | unknown_status | unknown_status | unknown_status | bad_output   | unknown_status
  400    | bad_request   | bad_request  | bad_request  | bad_output   | bad_request
  401    | auth          | auth         | auth         | bad_output   | auth
  402    | no_credit     | no_credit    | no_credit    | bad_output   | no_credit
  403    | no_access     | no_access    | no_access    | bad_output   | no_access
  404    | model_missing | job_lost     | job_lost     | bad_output   | job_lost
  405    | bad_request   | bad_request  | bad_request  | bad_output   | bad_request
  408    | timeout       | timeout      | timeout      | bad_output   | timeout
  409    | bad_request   | bad_request  | bad_request  | bad_output   | bad_request
  410    | retired       | job_lost     | job_lost     | bad_output   | job_lost
  413    | bad_request   | bad_request  | bad_request  | bad_output   | bad_request
  415    | bad_request   | bad_request  | bad_request  | bad_output   | bad_request
  418    | bad_request   | bad_request  | bad_request  | bad_output   | bad_request
  422    | bad_request   | bad_request  | bad_request  | bad_output   | bad_request
  425    | rate_limited  | rate_limited | rate_limited | bad_output   | rate_limited
  429    | rate_limited  | rate_limited | rate_limited | rate_limited | rate_limited
  500    | unavailable   | unavailable  | unavailable  | unavailable  | unavailable
  502    | unavailable   | unavailable  | unavailable  | unavailable  | unavailable
  503    | overloaded    | overloaded   | overloaded   | unavailable  | overloaded
  504    | timeout       | timeout      | timeout      | unavailable  | timeout
  529    | overloaded    | overloaded   | overloaded   | unavailable  | overloaded
  599    | unavailable   | unavailable  | unavailable  | unavailable  | unavailable
`;
const [head, ...statusRows] = STATUS_RULES.trim()
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()));

describe('an HTTP status', () => {
  it('has a rule for every phase', () => {
    expect(head).toEqual(['status', ...PHASES]);
  });

  it.each(statusRows)('%s means %s, %s, %s, %s, %s', (status, ...causes) => {
    const heard = PHASES.map((phase) =>
      causeOf(failed({ phase, kind: 'status', httpStatus: Number(status) })),
    );

    expect(heard).toEqual(causes);
  });

  it('that was lost on the way counts as a server error', () => {
    expect(causeOf(failed({ kind: 'status', httpStatus: null }))).toBe('unavailable');
  });

  it.each([400, 404, 410, 429, 500])('%d gives way to the provider’s own code', (httpStatus) => {
    expect(causeOf(failed({ kind: 'status', httpStatus, hint: 'no_credit' }))).toBe('no_credit');
  });
});

const KINDS: [FailureKind, Partial<Failure>, Cause][] = [
  ['garbled', {}, 'garbled'],
  ['transport', { network: 'works' }, 'unavailable'],
  ['transport', { network: 'unknown' }, 'unavailable'],
  ['transport', { network: 'broken' }, 'unreachable'],
  ['silence', { network: 'works' }, 'timeout'],
  ['silence', { network: 'unknown' }, 'timeout'],
  ['silence', { network: 'broken' }, 'unreachable'],
  ['strange', {}, 'unknown_status'],
  ['deadline', {}, 'timeout'],
  ['oversize', {}, 'bad_output'],
  ['unreadable', {}, 'bad_output'],
  ['address_refused', {}, 'not_inspected'],
  ['not_inspected', {}, 'not_inspected'],
  ['lost', {}, 'interrupted'],
  ['job', {}, 'unexplained'],
  ['job', { hint: 'moderated' }, 'moderated'],
];

describe('a failure', () => {
  it.each(KINDS)('of kind %s with %j means %s', (kind, more, cause) => {
    expect(causeOf(failed({ kind, ...more }))).toBe(cause);
  });

  it.each<[message: string, Cause]>([
    ['Your request was blocked by our safety system.', 'moderated'],
    ['This prompt was moderated', 'moderated'],
    ['violates content-policy', 'moderated'],
    ['may contain sensitive material', 'moderated'],
    ['NSFW', 'moderated'],
    ['Insufficient credits on this account', 'no_credit'],
    ['exhausted your monthly quota', 'no_credit'],
    ['The account is out of credit', 'no_credit'],
    ['Our servers are overloaded', 'overloaded'],
    ['We are at capacity right now', 'overloaded'],
    ['worker too busy', 'overloaded'],
    ['inference timed out', 'timeout'],
    ['upstream timeout', 'timeout'],
    ['time-out while rendering', 'timeout'],
    ['An unsafely low step count', 'unexplained'],
    ['quota service crashed', 'unavailable'],
    ['internal error', 'unavailable'],
    ['', 'unexplained'],
    ['the task failed without a reason', 'unexplained'],
  ])('of a job that says %j means %s', (message, cause) => {
    expect(causeOf(failed({ kind: 'job', message }))).toBe(cause);
  });

  it('never blames key, rights or name of a model that has taken a job', () => {
    for (const message of [
      'invalid api key',
      'permission denied',
      'model not found',
      'The model has been retired',
    ])
      expect(causeOf(failed({ kind: 'job', message }))).toBe('unexplained');
  });
});

/** What a sentence makes of a status, and where it may not. */
const SENTENCES: [status: number, message: string, Cause][] = [
  [400, 'Your credit balance is too low to access the API', 'no_credit'],
  [400, 'The model `davinci` has been deprecated', 'retired'],
  [400, 'Incorrect API key provided: sk***YA', 'auth'],
  [401, 'Insufficient balance', 'no_credit'],
  [401, 'the model is overloaded, timed out, retired and moderated', 'auth'],
  [402, 'the server is overloaded', 'no_credit'],
  [403, 'Exhausted balance. Top up your balance', 'no_credit'],
  [403, 'flagged by our content moderation system', 'moderated'],
  [403, 'the server is overloaded', 'no_access'],
  [404, 'The model grok-beta was deprecated on 2025-09-15', 'retired'],
  [404, 'the server is overloaded, timed out', 'model_missing'],
  [408, 'Insufficient balance', 'timeout'],
  [410, 'Live search is deprecated', 'bad_request'],
  [410, 'The model gen-3 is no longer available', 'retired'],
  [429, 'Insufficient balance or no resource package', 'no_credit'],
  [429, 'This request was flagged by moderation', 'rate_limited'],
  [500, 'insufficient balance (1008)', 'no_credit'],
  [500, 'permission denied, invalid api key, model not found', 'unavailable'],
  [503, 'the model has been retired', 'overloaded'],
  [504, 'the server is overloaded', 'timeout'],
  [200, 'nothing that anybody knows', 'unknown_status'],
  [200, 'Insufficient credits', 'no_credit'],
];

describe('a sentence', () => {
  it.each(SENTENCES)('beside status %d, %j, means %s', (httpStatus, message, cause) => {
    expect(causeOf(failed({ kind: 'status', httpStatus, message }))).toBe(cause);
  });

  it.each([
    ['model_missing', 'The model has been shut down', 'retired'],
    ['model_missing', 'No such model', 'model_missing'],
    ['no_access', "does not exist (or perhaps you don't have permission to use it?)", 'model_missing'],
    ['no_access', 'This model is no longer available to new users', 'no_access'],
    ['no_access', 'The model x-1 is no longer available', 'retired'],
    ['no_credit', 'The model has been shut down', 'no_credit'],
  ] as const)('refines what the table says, %s, by %j to %s', (hint, message, cause) => {
    expect(causeOf(failed({ kind: 'status', httpStatus: 404, hint, message }))).toBe(cause);
  });
});

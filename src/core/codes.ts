/**
 * Words that vendors build their error codes from. A vendor's own table comes first; this one reads codes that are in no
 * table, and vendors that have none. Gathered from the pages and public issues that test/fixtures/errors names, 2026-11.
 */

import type { Cause } from './model.ts';

/** Written as the code without case and separators: `insufficient_quota` and `InsufficientQuota` are one. */
type Rule = readonly [RegExp, Cause];

/** Codes that say what is meant; the first rule that knows one of an error's codes decides. */
const SHARP: readonly Rule[] = [
  [/deprecat(ed|ing)$|retired$|modelgone|decommission|endoflife/, 'retired'],
  [
    /sensitive|moderat|greennet|audit(submit|fail|reject|notpass)|illegal(prompt|content|text|image|input)|^safety|\bunsafe|content(policy|filter|management|safety|security)|nsfw|datainspection|riskcontrol/,
    'moderated',
  ],
  [
    /prohibitedcontent|promptpolicy|contentpolicy|prompt(unsafe|blocked|rejected)|responsibleai|policyviolation|copyright|likeness/,
    'moderated',
  ],
  [/badoutput|nomediagenerated|outputnotfound/, 'bad_output'],
  [
    /insufficient(user)?(quota|balance|credits?|funds?|tokens?$)|credits?insufficient|(pkg|package|pack|credits?|balance)(exhausted|expired|notenough)|paymentfailed|arrear|overdue|billing|creditserror|outofcredit/,
    'no_credit',
  ],
  [
    /paymentrequired|currentquota|spendinglimit|spendlimit|usagelimit|freetier|budgete|setlimitexceeded/,
    'no_credit',
  ],
  [
    /ratelimit|throttl(?!ingallocation)|toomanyrequest|concurren|[rtq]p[smd](limit|exceed)|burst/,
    'rate_limited',
  ],
  [
    /overload|capacity|(server|engine|service|system)(is)?busy|notready|modelloading|schedulingfailure/,
    'overloaded',
  ],
  [/timed?out|deadlineexceeded|^(task)?expired$/, 'timeout'],
  [
    /servicedisabled|consumer(suspended|invalid)|notconfigured$|notopen$|unpurchased|modelaccess/,
    'no_access',
  ],
  [
    /notactivated|phonenumber|(organization|account|user|project)(is)?(restricted|disabled|locked)/,
    'no_access',
  ],
  [/unsupported(country|region|location)|sentinel|notverified/, 'no_access'],
  [/(invalid|incorrect|missing|expired|wrong|no|bad)(api)?(key|credentials?|signature|auth|token)/, 'auth'],
  [/key(invalid|expired|missing|notfound|leaked|revoked)|unauthenticated|authenticat/, 'auth'],
  [/unauthori[sz]ed|authorizederror|unrecognizedclient|signaturedoesnot|securitytoken/, 'auth'],
];

/** Codes that stand for several things: a sentence that says more goes first. */
const VAGUE: readonly Rule[] = [
  [
    /notfound|notexist|nosuchmodel|unknownmodel|invalidmodel|modelnot|invalidendpoint|modelmissing/,
    'model_missing',
  ],
  [/permission|accessdenied|forbidden|notallowed|restricted/, 'no_access'],
  [/quotaexceed/, 'no_credit'],
  [/resourceexhausted|allocationquota|limitexceed|limitreached/, 'rate_limited'],
  [/unavailable/, 'overloaded'],
  [
    /invalid|badrequest|validation|unprocessable|malformed|precondition|mismatch|unsupported|missing|forbiddenfield|extraf/,
    'bad_request',
  ],
  [/internal|servererror|serverexception|apierror|unknownerror|downstream|upstream/, 'unavailable'],
];

export interface CodeMeaning {
  code: string;
  cause: Cause;
  isSharp: boolean;
}

/** What an error's codes stand for by their words; null where no rule knows any of them. */
export function readCodes(codes: readonly string[]): CodeMeaning | null {
  return firstOf(codes, SHARP, true) ?? firstOf(codes, VAGUE, false);
}

function firstOf(codes: readonly string[], rules: readonly Rule[], isSharp: boolean): CodeMeaning | null {
  for (const [pattern, cause] of rules) {
    const code = codes.find((code) => pattern.test(code.toLowerCase().replaceAll(/[^a-z0-9]/g, '')));
    if (code !== undefined) return { code, cause, isSharp };
  }
  return null;
}

/**
 * What sentences of error messages mean. Each rule is a way of saying something, not one vendor's sentence; they were
 * written from the bodies in test/fixtures/errors, 2026-11. The first rule that matches decides, so the order carries
 * the knowledge: who is out of credit is told so with words of quota, key and access, and a refusal that could be two
 * things is neither.
 */

import { endIn } from './endings.ts';
import type { Cause } from './model.ts';
import { ZH } from './phrases-zh.ts';

export interface Phrase {
  cause: Cause;
  /** The words that decided, as they stand in the text. */
  words: string;
}

const TEXT_CHARACTERS_MAX = 2_000;
const WORDS_CHARACTERS_MAX = 100;

/** A cause and the ways to say it. */
type Rule = readonly [Cause, readonly RegExp[]];

const RATE: readonly Rule[] = [
  // Google says this of a free tier of nothing, beside words of rates.
  ['no_credit', [/\bexceeded your current quota\b/i]],
  [
    'rate_limited',
    [
      /\brate[ -]?limit(s|ed|ing)?\b|\bthrottl(ed|ing)\b(?!\.)|\btoo many (requests|concurrent)|\brequests? rate\b/i,
      /\btoo many tokens, please wait|\bslow down\b|\btoo (quickly|frequent(ly)?|fast)\b|\bfrequent (operation|request|call|access)s?\b/i,
      /\b(requests?|tokens?|calls?)[ _-]per[ _-](second|minute|min|hour|day|base)|\bparallel tasks?\b/i,
      /\bquota exceeded for\b|\bquota increase\b|\bconcurren\w+ .{0,40}\b(limit|exceeded|maximum|reached)/i,
      /\btoo many (running|active|pending|parallel|queued|unfinished|simultaneous)\b|\b(limit|maximum|max)\b.{0,30}\b(parallel|simultaneous|running|active|in[- ]progress|pending) (tasks?|jobs?|requests?|generations?|videos?)\b/i,
      ZH.rate,
      /^\W*(the |your )?(\w+ )?quota (has been |is |was )?exceeded\W*$/i,
      /\bexceed(s|ed)? quota limits\b|\b(limit|maximum|exceeded) .{0,40}\bconcurren/i,
    ],
  ],
];

const CREDIT: readonly Rule[] = [
  [
    'no_credit',
    [
      /\binsufficient(\s\w+){0,4}\s(credits?|balance|funds?|quota)\b/i,
      /\b(credits?|balance|funds?|wallet|quota|allowance|budget|packages?|packs?|subscription|trial)( \w+){0,3} (too low|insufficient|exhausted|depleted|not enough|used up|exceeded|negative|empty|expired|ended|lapsed|run out)\b/i,
      /\b(exhausted|depleted|run out of|used up)( \w+){0,3} (credits?|balance|funds?|allowance|packages?|packs?)\b|\b(not|un)[ -]?paid\b|\badd( \w+){0,2} (credits?|funds?)\b/i,
      /(\bnot|n't|\bno|\bnever)( \w+){0,3} (enough|sufficient|any|purchased|remaining)( \w+){0,2} (credits?|balance|funds?|quota)\b/i,
      /\b(out of|no( more| remaining)?|zero|0|more|used all( \w+)?) credits?\b(?! (were|was|will|have|are) )|\bkey limit exceeded\b|\bexhausted( \w+){0,2} (balance|credits?|quota|budget)\b/i,
      /\b(exceeded|reached|hit|over)( \w+){0,4} (current quota|spend(ing)? limit|usage limit|inference limit|budget|hard limit)\b/i,
      /\b(usage|spend(ing)?|inference|billing)( \w+){0,2} limit( \w+){0,2} (reached|exceeded|hit)\b/i,
      /\btop[ -]?up\b|\brecharge\b|\bin arrears\b|\boverdue\b|\bgood standing\b|\bbilled users\b/i,
      /\bpayment (is )?required\b|\b(add|update|missing|valid)( \w+){0,2} payment method\b|\bpay(ment)? (failed|declined|past due)\b/i,
      /\bbilling (to be |is |has |not |be |account )*(disabled|enabled|inactive|required|not active)|\benable billing\b/i,
      /\b(purchase|buy|add)( \w+){0,2} credits\b|\b(credit|unpaid) (balance|invoice)\b/i,
      /\bfree (time|tier|trial|quota|usage|allowance) (limit|is|has|expired|exhausted|ended)\b|\bcredit card\b/i,
      ZH.credit,
    ],
  ],
];

const MODERATION: readonly Rule[] = [
  // Who was locked out for what had been sent before is told so with words of policy.
  [
    'no_access',
    [
      /\byour (resource|account|organi[sz]ation|project|access)\b.{0,40}\b(blocked|suspended|disabled|banned|deactivated)\b/i,
    ],
  ],
  [
    'moderated',
    [
      /\bmoderat(ion|ed)\b|\bnsfw\b|\bresponsible ai\b|\brisk[ -]control\b|\bcontent[ -](review|checker|filter\w*)\b/i,
      /\b(content|usage|safety|community|acceptable use)[ _-](management )?(polic|guideline|rule|filter|standard|system|check|setting|reason)/i,
      /\bsensitive (content|information|words?|material|image|data)\b|\bcontains? sensitive\b|\b(as|be|is) sensitive\b|\bhigh risk\b/i,
      /\bviolat(e|es|ed|ing|ion|ions)\b.{0,60}\b(polic\w+|guidelines?|terms|practices?|rules|standards|safety)\b/i,
      /\b(prompts?|content|inputs?|outputs?|images?|video|material|request) (\w+ ){0,4}(flagged|inappropriate|prohibited|unsafe|harmful)\b/i,
      /\b(inappropriate|prohibited|unsafe|harmful|explicit|adult|sexual) (content|material|image|prompt|input)|\binvalid prompts? detected/i,
      /\b(blocked|rejected|refused|filtered)\b.{0,60}\b(safety|polic\w+|filters?|violat\w+)\b/i,
      /\bcould not generate \d+ videos?\b|\breal (people|person)\b|\bpublic figure|\bcelebrit|\bcopyright(ed)?\b|\bintellectual property\b|\btrademark|\binfring(e|ing|ement)|\blikeness|\bnudity\b|\bself-harm\b/i,
      // Green Net is Alibaba's content check; others say which check it was.
      /\bgreen ?net\b|\b(safety|content|security|compliance|nsfw|policy|risk|sensitiv\w+|image|text|video) (check|checker|review|audit|inspection|detection|scan|screening)\w*( \w+){0,3} (fail|block|reject|trigger|flag|(did|has|was|does) ?not pass)/i,
      /\b(not|n't|failed to|fails to) pass( \w+){0,3} (safety|content|security|risk|compliance|review|audit|check|control|policy)\b|\b(policy|rules?|guidelines?|terms) violations?\b|\bguardrail\w*( \w+){0,3} (interven|block|reject|trigger)/i,
      /\b(could not|couldn't|cannot|can't|unable to|failed to|not) (process|generate|create|complete|handle|fulfil\w*|render)\b.{0,40}\b(this|your|the|that) (prompt|content)\b|\b(try|use|modify|rephrase|change|adjust|revise|edit)( \w+){0,3} (different|another|your|the|other) (prompt|input|wording|description)\b/i,
      /\b(submit|submission|prompts?|content|text|creation)( \w+){0,3} (illegal|unsafe|unacceptable|not (allowed|permitted|acceptable|compliant|safe)|forbidden|banned|censored|offensive)\b|\b(words?|terms?|text|phrases?)( \w+){0,3} (banned|forbidden|not allowed)\b/i,
      ZH.moderation,
    ],
  ],
];

/** Not found, or not for us: a sentence that offers both. */
const EITHER_OR =
  /\b(not exist|not found|not be found)\b.{0,100}\b(or|perhaps)\b.{0,80}\b(access|permission|permitted|denied)\b|\b(access|permission|permitted|denied)\b.{0,200}\bor\b.{0,60}\b(not exist|not found|not be found|is invalid)\b/i;

/** The words of a refusal that may be a wrong name or a missing right; null where it is not left open. */
function eitherIn(text: string): string | null {
  const found = EITHER_OR.exec(text.slice(0, TEXT_CHARACTERS_MAX))?.[0];
  return found === undefined || /\b(keys?|tokens?|credentials?)\b/i.test(found) ? null : quote(found);
}

const ACCESS: readonly Rule[] = [
  [
    'no_access',
    [
      /\b(location|country|region|territory)( \w+){0,2} (is |are )?(not|un)[ -]?(supported|available|allowed)|\bunsupported (country|region|location)/i,
      /\bno longer available (to|for) new\b|\bnot available (in|for|to) your\b|\bmarked by provider as legacy\b/i,
      /\b(do|does|did|you) ?(not|n't) (currently )?(have|has)( \w+){0,3} (access|permission|right)|\bnot authori[sz]ed to\b/i,
      /\b(model|endpoint|service|resource|project)[^.]{0,60}\b(access|permission)( \w+)? denied\b|\baccess (is |was |to [^.]{0,60} )?(is |was )?denied(?! due to invalid)/i,
      /\baccess denied(?! due to invalid)|\bpermission( is | was | )denied|\bpermission '?[\w.]+'? denied|\bnot (be )?eligible\b|\bare eligible for\b/i,
      /\b(account|organi[sz]ation|user|consumer|team|project|workspace)\b.{0,80}\b(suspended|disabled|locked|banned|deactivated|restricted|not active)\b/i,
      /\bnot (yet )?(been )?(activated|opened|subscribed|whitelisted|allowlisted)\b|\bhas not activated\b|\bhas not been used in project\b/i,
      /\b(must|need to|please)( \w+){0,2} verif(y|ied)\b|\bverification (is )?required\b|\banti-?bot\b|\bunusual activity\b/i,
      /\b(requires?|upgrade to|available (on|in|to|for)|only for|need)( \w+){0,4} (plan|tier|subscription|subscribers)\b|\brequest(ing)? access\b|\bno permission\b|\bupgrade your (plan|account|subscription|tier)\b/i,
      /\bexclusively available to\b|\bnot covered by your\b|\bcaller does not have\b|\bnot (enabled|included|available) (for|in|on|under) (your|this) (account|plan|tier|organi[sz]ation|project|key|subscription|region)\b|\bnot have( \w+){0,2} access\b/i,
      /\bno \w+ (found|available)?( \w+){0,3}\bmatching your\b|\b(guardrail|privacy|data[ -]policy|allow[ -]?list|whitelist)\b|\b(endpoint|deployment|instance|service)\b.{0,100}\b(is|was|been) (not (running|started|deployed|provisioned)|stopped|paused)\b/i,
      ZH.access,
    ],
  ],
];

const AUTH: readonly Rule[] = [
  [
    'auth',
    [
      /\b(invalid|incorrect|wrong|missing|expired|bad|no|malformed|revoked|unknown|valid)( \w+){0,2} (x-)?(api|access|secret|subscription)?[ _-]?(keys?|tokens?|credentials?|signature|secret)\b(?! (count|limit|plan))/i,
      /\b(api|access|secret)?[ _-]?key\b(?! ?\[).{0,60}\b(disabled|inactive|deleted|invalid|not valid|incorrect|missing|expired|required|leaked|not found|revoked)\b/i,
      /\b(un|not )(authenticated|authori[sz]ed)\b(?! to)|\binvalid auth\w*|\bauthenticat\w+ (is |was )?(fail|error|required|invalid)|\bfailed to authenticate/i,
      /\blog ?in (fail|required)|\b(pass|provide|carry|supply|include)\b.{0,40}\b(api key|api[ -]secret|token|credentials)\b/i,
      /\b(token|signature)\b.{0,60}\b(is invalid|is expired|has expired|does not match|mismatch)|\b(please|must|need to) (log|sign) ?in\b|\bnot (logged|signed) in\b|\bmissing authorization\b/i,
      ZH.auth,
    ],
  ],
];

const REQUEST: readonly Rule[] = [
  [
    'bad_request',
    [
      /\bnot (supported|allowed|available|valid) (for|by|with|in|on) (this|the|that) (model|engine|endpoint)\b|\bthroughput isn.t supported\b/i,
      /\b(invalid|missing|unknown|unexpected|unsupported|required|malformed|extra)( \w+){0,3} (types?|values?|param\w*|arguments?|fields?|inputs?|formats?|propert\w+|json|body|content-type|duration|ratio|size|resolution|seed)\b/i,
      /\b(must|should) (be|provide|have|contain|match|not|use)\b|\b(cannot|can't|may not|must not) (be|exceed)\b|\bexpected\b.{0,60}\b(but|got|received)\b/i,
      /\bexceeds? (the |max|\d)|\btoo (long|large|short|small|big)\b|\bvalidation (error|failed)|\bnot permitted\b|\brequired (parameter|field)/i,
      /\b(parameters?|pixels?|images?|fields?|values?|dimensions?|arguments?)( \w+){0,6} (is|are) (not valid|invalid|required|missing|unsupported|not supported)\b/i,
      /\b(fields?|param\w*|argument|propert\w+) (is |are )?(required|missing|lacking|unwanted|unknown|invalid|empty)\b|\b(download|fetch|access|read|decode|load)\w*( \w+){0,4} (image|picture|file|url|media)\b|\b(image|picture|file|media)( url)? (download|format|decod)\w*/i,
      /\bonly (supported|allowed|available|valid) (in|for|with|by|on)\b|\bare not supported\b|\bnot a supported\b|\bfailed to satisfy\b|\bmismatch(ed)?\b|\bbad request\b/i,
      ZH.request,
    ],
  ],
];

/** Said of the request as such, with words that elsewhere stand for keys, names and limits. */
const SHAPE: readonly Rule[] = [
  [
    'bad_request',
    [
      /\b(required|extraneous|unexpected|unknown|missing|json|object) keys?\b(?! (id|secret))|\bkey \[[^\]]{1,80}\]/i,
      /\binvalid (request )?(url|uri|path|route|method)\b|\bcannot (get|post|put|patch|delete) \/|\bno (such )?route\b|\b(unknown|unrecogni[sz]ed) (request )?(url|uri|route)\b|\bmethod not allowed\b/i,
      /\b(must|can only|should) be (accessed|called|used|invoked|requested) (through|via|with|using|by|from)\b|\buse the \S+ (endpoint|method|api|operation)\b/i,
      /\bno (endpoints?|providers?|models?|channels?)( \w+){0,2} (that )?supports?\b/i,
    ],
  ],
];

const MISSING: readonly Rule[] = [
  [
    'model_missing',
    [
      /\b(models?|engines?|versions?|deployments?|endpoints?|resources?|applications?|app|path|entity)\b.{0,160}\b(not (be )?found|(does|do)(n't| not) exist|not exist|not a valid|is (not valid|invalid|unknown)|not (available|supported|recogni[sz]ed))/i,
      /\b(unknown|invalid|no such|not found the|unable to (access|find)( [\w-]+)?) (models?|engine|version|deployment)\b|\bno (endpoints?|allowed providers)\b/i,
      /\bnot a valid model\b|\bmodel: ?[\w./:-]+$|\bnot found\b|\bdoes not exist\b|\boperation not allowed\b/i,
      ZH.missing,
    ],
  ],
];

const LOAD: readonly Rule[] = [
  [
    'overloaded',
    [
      /\boverloaded\b|\b(over|at|no|insufficient|exceeded) capacity\b|\bcapacity (is |has been |was )?(exceeded|reached|full)|\bhigh (demand|traffic|load|volume)\b/i,
      /\b(too|is|are|currently|server|service|system|temporarily|very) busy\b|\bload shedding\b|\b(temporarily|currently|service) (is )?unavailable\b|\bunder (heavy|high) load\b|\boverwhelmed\b/i,
      /\bqueue\b.{0,30}\b(full|limit|overflow\w*|too long|exceeded)\b|\bno (available|free|idle|healthy) (\w+ )?(workers?|gpus?|instances?|machines?|runners?|nodes?|slots?|channels?|providers?|servers?|upstreams?|accounts?)\b|\bno (workers?|gpus?|instances?|runners?|capacity|servers?|channels?) (is |are |currently )*available\b/i,
      /\b(out of|at|over|no|insufficient|lack of) (compute |gpu |model |service )?(capacity|resources?)\b|\bcapacity( \w+){0,2} (exhausted|exceeded|reached|full|limited)\b|\b(still|currently|is) (loading|starting|warming up|booting)\b/i,
      ZH.load,
    ],
  ],
];

const FAULT: readonly Rule[] = [
  [
    'timeout',
    [
      /\btime(d)?[ -]?out\b|\bdeadline exceeded\b|\bstatus\W{1,3}expired\b|ETIMEDOUT|\bTIMEOUT\b|Timeout(Error)?\b|^(TypeError: )?fetch failed$/,
    ],
  ],
  ['timeout', [ZH.timeout]],
  ['unreachable', [/\b(ENOTFOUND|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH)\b|\bgetaddrinfo\b/]],
  [
    'unavailable',
    [
      /\b(ECONNRESET|ECONNREFUSED|EPIPE)\b|\bsocket hang up\b|\bconnection (was )?(reset|refused|closed)\b/i,
      /\binternal (server )?(error|issue|problem|failure|exception)\b|\bserver( \w+){0,2} error\b|\bunexpected error\b|\bunknown reason\b|\bsomething went wrong\b|\bout of memory\b|\bbad gateway\b|\bmaintenance\b|\b(prediction|generation|inference|processing|render\w*)( was)? (failed|interrupted)\b|\bcrash(ed|es)\b/i,
      /\ban (unknown |unexpected |internal )?error (has )?occurred\b|\bunknown error\b|\b(service|system|server|internal|downstream|upstream)( \w+){0,2} (error|failure|exception)s?\b/i,
      ZH.fault,
    ],
  ],
];

const RULES: readonly Rule[] = [...RATE, ...CREDIT, ...MODERATION];
const REFUSALS: readonly Rule[] = [...SHAPE, ...ACCESS, ...AUTH];
/** Google's word for every limit there is, its own capacity among them: it decides where nothing else is said. */
const LIMIT: readonly Rule[] = [['rate_limited', [/\bresources? (has been |is )?exhausted\b/i]]];

const REST: readonly Rule[] = [...REQUEST, ...LOAD, ...MISSING, ...FAULT, ...LIMIT];

/**
 * Finds the first rule whose cause is allowed and that matches; null where the sentence says nothing we know.
 * @param isGone the status says that something is not there any more
 */
export function readText(given: string, isAllowed: (cause: Cause) => boolean, isGone = false): Phrase | null {
  // The address of a help page speaks of rate limits whatever has happened.
  const text = given
    .slice(0, TEXT_CHARACTERS_MAX)
    .replaceAll(/\bhttps?:\/\/[^\s"')]{1,500}/gi, ' ')
    .replaceAll('_', ' ');
  const either = isAllowed('model_missing') ? eitherIn(text) : null;
  const end = endIn(text, isGone);
  return (
    match(text, RULES, isAllowed) ??
    (either === null ? null : { cause: 'model_missing', words: either }) ??
    match(text, REFUSALS, isAllowed) ??
    (end !== null && isAllowed(end.cause) ? end : null) ??
    match(text, REST, isAllowed)
  );
}

function match(text: string, rules: readonly Rule[], isAllowed: (cause: Cause) => boolean): Phrase | null {
  for (const [cause, patterns] of rules) {
    if (!isAllowed(cause)) continue;
    const found = patterns.map((pattern) => pattern.exec(text)).find((one) => one !== null);
    if (found) return { cause, words: quote(found[0]) };
  }
  return null;
}

function quote(words: string): string {
  return words.slice(0, WORDS_CHARACTERS_MAX).trim();
}

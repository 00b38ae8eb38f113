/** The house rules. Each takes sources and gives back sentences, one a violation, with file and line. */

import { closing, importsOf, lineAt, type Source } from './source.ts';

export const FILE_LINES_MAX = 400;
export const FUNCTION_LINES_MAX = 60;

const ADAPTERS = ['providers', 'notices', 'alerts', 'routers'];

/** Folder (or file) of src -> what it may import beside itself; `*` is everything. */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  canary: ['core'],
  ports: ['core', 'canary'],
  providers: ['core', 'canary', 'ports'],
  notices: ['core', 'canary', 'ports'],
  alerts: ['core', 'canary', 'ports'],
  routers: ['core', 'canary', 'ports'],
  app: ['core', 'canary', 'ports'],
  store: ['core', 'ports'],
  web: ['core', 'ports'],
  media: ['core', 'ports'],
  system: ['core', 'ports'],
  simulator: [],
  // Runs in other people's applications, without the rest of the repository.
  client: [],
  // The registries and the shapes of what they hold.
  config: [
    'core',
    'canary',
    'ports',
    ...ADAPTERS.flatMap((folder) => [`${folder}/index`, `${folder}/define`]),
    'providers/models',
  ],
  cli: ['*'],
  main: ['*'],
};

/** Folders that know nothing of the machine or of npm. */
const PURE = ['core', 'canary', 'app', 'ports', 'client'];

/** Packages that only compute, and may be used by a folder of the above through their door. */
const COMPUTING = ['tinyqueue'];

/** What applications import needs one address; it is the only file that passes on what others export. */
const PUBLIC = 'src/client/index.ts';

/** Package -> the only files that may import it; a trailing slash stands for a folder. */
export const DOORS: Readonly<Record<string, readonly string[]>> = {
  '@aws-crypto/sha256-js': ['src/providers/aws-signer.ts'],
  '@fastify/swagger': ['src/web/'],
  '@fastify/swagger-ui': ['src/web/'],
  '@redis/client': ['src/routers/redis.ts'],
  '@slack/webhook': ['src/alerts/slack.ts'],
  '@smithy/signature-v4': ['src/providers/aws-signer.ts'],
  commander: ['src/cli/'],
  fastify: ['src/web/'],
  'fastify-type-provider-zod': ['src/web/'],
  'google-auth-library': ['src/providers/google-login.ts'],
  'ipaddr.js': ['src/system/'],
  jose: ['src/providers/kling-legacy.ts'],
  'json-p3': ['src/providers/http-paths.ts'],
  'node-av': ['src/media/inspect-child.ts'],
  'node-cron': ['src/system/cron.ts'],
  'node:sqlite': ['src/store/sqlite.ts'],
  pg: ['src/store/postgres.ts'],
  pino: ['src/system/log.ts'],
  'prom-client': ['src/web/metrics.ts'],
  tinyqueue: ['src/app/due.ts'],
  undici: ['src/system/http.ts'],
  yaml: ['src/config/yaml.ts'],
  zod: [
    ...ADAPTERS.map((folder) => `src/${folder}/`),
    'src/config/',
    'src/media/inspect.ts',
    'src/ports/options.ts',
    'src/store/',
    'src/web/',
  ],
};

/**
 * Where time and chance may come from: the doors to the world, the world's stand-in, and what runs elsewhere. An
 * application's client cannot be handed our Clock: it has a door of its own, which takes whatever it is given instead.
 */
const FREE_OF_CLOCK =
  /^src\/(system\/|simulator\/|client\/world\.ts$|media\/inspect-child\.ts$|web\/page[^/]*\.ts$)/;

const BANNED_CALLS: readonly [RegExp, string][] = [[/\bexport\s+default\b/, 'has a default export']];
const BANNED_PASSING: readonly [RegExp, string][] = [
  [/\bexport\s+(?:type\s+)?(?:\*|\{[^}]*\}\s*from\b)/, 'passes on what another file exports'],
];
const BANNED_CLOCKS: readonly [RegExp, string][] = [
  [/\bDate\.now\b/, 'reads the time itself'],
  [/\bnew Date\(\s*\)/, 'reads the time itself'],
  [/\bperformance\.now\b/, 'reads the time itself'],
  [/\bMath\.random\b/, 'draws a random number'],
  [/\brandomUUID\b/, 'draws a random id'],
  [/\bset(?:Timeout|Interval|Immediate)\s*\(/, 'waits outside the Clock'],
  [/\bAbortSignal\.timeout\b/, 'waits outside the Clock'],
];
const BANNED_IN_CORE: readonly [RegExp, string][] = [[/\b(?:async|await)\b/, 'is not synchronous']];
const BANNED_WORDS: readonly [RegExp, string][] = [
  [/\b(?:TODO|FIXME|XXX|HACK)\b/, 'has something left to do'],
  [/\/work\/|\.\.\/shared\//, 'names a place on a machine'],
];
const BANNED_IN_TESTS: readonly [RegExp, string][] = [
  [
    /\b(?:it|test|describe|suite)(?:\.\w+)*\.(?:skip|only|todo|fails|skipIf|runIf)\b/,
    'does not run as it is',
  ],
  [/\bvi\.(?:mock|doMock)\b/, 'replaces a module: a port is missing'],
  [/\btoMatch(?:Inline|File)?Snapshot\b/, 'compares with a snapshot'],
];

export function importViolations(sources: readonly Source[]): string[] {
  const adapters = new Set(sources.filter(definesAdapter).map((file) => file.path));
  return sources.flatMap((file) =>
    importsOf(file).flatMap(({ from, line, isRelative }) => {
      const why = isRelative ? whyNotFile(file.path, from, adapters) : whyNotPackage(file.path, from);
      return why === null ? [] : [`${file.path}:${line} ${why}`];
    }),
  );
}

function whyNotFile(path: string, from: string, adapters: ReadonlySet<string>): string | null {
  const own = folderOf(path);
  const other = folderOf(from);
  const allowed = MAY_IMPORT[own];
  if (allowed === undefined) return `lies in a folder without a rule: ${own}`;
  if (!from.startsWith('src/')) return `imports ${from}, which is outside src`;
  if (other === 'main') return 'imports main.ts, which is the top';
  if (ADAPTERS.includes(own) && adapters.has(from) && path !== `src/${own}/index.ts`)
    return `imports the adapter ${from}; adapters do not know each other`;
  if (own === other || allowed.includes('*') || allowed.includes(other)) return null;
  if (allowed.includes(from.slice('src/'.length, -'.ts'.length))) return null;
  return `imports ${from}; ${own} may only import ${[own, ...allowed].join(', ')}`;
}

function whyNotPackage(path: string, from: string): string | null {
  const door = DOORS[from];
  const isZodInPorts = from === 'zod' && path === 'src/ports/options.ts';
  if (PURE.includes(folderOf(path)) && !isZodInPorts && !COMPUTING.includes(from))
    return `imports ${from}; ${folderOf(path)} is pure`;
  if (from.startsWith('node:timers') && !FREE_OF_CLOCK.test(path)) return `imports ${from}: use the Clock`;
  if (door === undefined) return from.startsWith('node:') ? null : `imports ${from}, which has no door`;
  if (door.some((place) => (place.endsWith('/') ? path.startsWith(place) : path === place))) return null;
  return `imports ${from}, whose door is ${door.join(' or ')}`;
}

/** Doors and package.json name the same packages, and a door that exists is used. */
export function doorViolations(sources: readonly Source[], dependencies: readonly string[]): string[] {
  const paths = new Map(sources.map((file) => [file.path, file]));
  const packages = Object.keys(DOORS).filter((name) => !name.startsWith('node:'));
  return [
    ...dependencies.filter((name) => !(name in DOORS)).map((name) => `package.json: ${name} has no door`),
    ...packages
      .filter((name) => !dependencies.includes(name))
      .map((name) => `package.json: ${name} has a door but is no dependency`),
    ...Object.entries(DOORS).flatMap(([name, door]) => {
      const file = door.length === 1 ? paths.get(door[0] ?? '') : undefined;
      const isUsed = file === undefined || importsOf(file).some((one) => one.from === name);
      return isUsed ? [] : [`${file.path}:1 is the door of ${name}, but does not import it`];
    }),
  ];
}

export function sizeViolations(sources: readonly Source[]): string[] {
  return sources.flatMap((file) => {
    const lines = file.text.trimEnd().split('\n').length;
    const long = functionsOf(file).filter((one) => one.lines > FUNCTION_LINES_MAX);
    return [
      ...(lines > FILE_LINES_MAX
        ? [`${file.path}:${FILE_LINES_MAX + 1} has ${lines} lines, at most ${FILE_LINES_MAX} are wanted`]
        : []),
      ...long.map(
        (one) =>
          `${file.path}:${one.line} has a function of ${one.lines} lines, at most ${FUNCTION_LINES_MAX} are wanted`,
      ),
    ];
  });
}

/** Every `{` that opens a function's body: after an arrow, or after the brackets of parameters and a return type. */
export function functionsOf({ code }: Source): { line: number; lines: number }[] {
  const heads = [
    ...[...code.matchAll(/=>\s*\{/g)].map((match) => ({
      start: match.index,
      body: match.index + match[0].length - 1,
    })),
    ...[...code.matchAll(/(?<![.\w])(?!(?:if|for|while|switch|catch|with)\b)[\w$]+\s*(?:<[^()]*>)?\(/g)].map(
      (match) => ({
        start: match.index,
        body: bodyAfter(code, closing(code, match.index + match[0].length - 1) + 1),
      }),
    ),
  ];
  return heads.flatMap(({ start, body }) => {
    if (body === null) return [];
    const line = lineAt(code, start);
    return [{ line, lines: lineAt(code, closing(code, body)) - line + 1 }];
  });
}

/** The `{` of a body behind a parameter list, past a return type; null where no body follows. */
function bodyAfter(code: string, start: number): number | null {
  let before = '';
  for (let at = start; at < code.length; at++) {
    const char = code.charAt(at);
    if (char === '{' && !/[:|&<,]$|=>$|\bis$/.test(before))
      return before === '' || before[0] === ':' ? at : null;
    // Without a colon the brackets belonged to a call.
    if (before === '' && !/[\s:]/.test(char)) return null;
    if (';=)]}'.includes(char) && !(char === '=' && code[at + 1] === '>')) return null;
    if ('([{'.includes(char)) {
      at = closing(code, at);
      before += '_';
    } else if (!/\s/.test(char)) before += char;
  }
  return null;
}

export function wordViolations(sources: readonly Source[]): string[] {
  return sources.flatMap((file) => {
    const isSource = file.path.startsWith('src/');
    const isPure = /^src\/(core|canary)\//.test(file.path);
    return [
      ...findings(file, file.text, BANNED_WORDS),
      ...(isSource ? findings(file, file.code, BANNED_CALLS) : findings(file, file.code, BANNED_IN_TESTS)),
      ...(isSource && file.path !== PUBLIC ? findings(file, file.code, BANNED_PASSING) : []),
      ...(isSource && !FREE_OF_CLOCK.test(file.path) ? findings(file, file.code, BANNED_CLOCKS) : []),
      ...(isPure ? findings(file, file.code, BANNED_IN_CORE) : []),
    ];
  });
}

function findings(file: Source, text: string, banned: readonly [RegExp, string][]): string[] {
  return banned.flatMap(([pattern, why]) =>
    [...text.matchAll(new RegExp(pattern, 'g'))].map(
      (match) => `${file.path}:${lineAt(text, match.index)} ${why}: ${match[0].replaceAll(/\s+/g, ' ')}`,
    ),
  );
}

/** Each file that defines an adapter is registered, tested and in the example configuration. */
export function adapterViolations(
  sources: readonly Source[],
  tests: readonly string[],
  exampleYaml: string,
): string[] {
  return sources.filter(definesAdapter).flatMap((file) => {
    const [, folder = '', base = ''] = /^src\/(\w+)\/(.+)\.ts$/.exec(file.path) ?? [];
    const name = /\bdefine(?:Provider|Channel|Sink|Source)\(\{[^}]*?\bname:\s*'([^']+)'/.exec(
      file.uncommented,
    )?.[1];
    const registry = sources.find((one) => one.path === `src/${folder}/index.ts`);
    const isRegistered = registry && importsOf(registry).some((one) => one.from === file.path);
    const isShown = name !== undefined && new RegExp(`(?<![\\w-])${name}(?![\\w-])`).test(exampleYaml);
    return [
      ...(isRegistered ? [] : [`${file.path}:1 is an adapter that src/${folder}/index.ts does not register`]),
      ...(tests.includes(`test/${folder}/${base}.test.ts`)
        ? []
        : [`${file.path}:1 is an adapter without test/${folder}/${base}.test.ts`]),
      ...(isShown ? [] : [`${file.path}:1 is an adapter (${name}) that config/reelwatch.yaml does not show`]),
    ];
  });
}

/** Folders hold no index but the registries, and what applications import. */
export function barrelViolations(sources: readonly Source[]): string[] {
  return sources
    .filter(({ path }) => path.endsWith('/index.ts') && path !== PUBLIC)
    .filter(({ path }) => !ADAPTERS.includes(folderOf(path)))
    .map((file) => `${file.path}:1 is an index; only registries are`);
}

function definesAdapter(file: Source): boolean {
  return (
    ADAPTERS.includes(folderOf(file.path)) &&
    !file.path.endsWith('/define.ts') &&
    /\bdefine(?:Provider|Channel|Sink|Source)\s*\(/.test(file.code)
  );
}

function folderOf(path: string): string {
  const [, folder = '', more] = path.split('/');
  return more === undefined ? folder.replace(/\.ts$/, '') : folder;
}

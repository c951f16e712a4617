/**
 * `paths` of a pipeline: which files of a tree are its code. The patterns are globs as CI systems have them, matched
 * against paths from the repository's root with `/` and without a leading `./`. `**` is a whole segment and stands for
 * any number of folders; everything between two slashes is matched by picomatch. The names of files come from strangers'
 * pull requests: matching one path costs at most (segments × pattern segments), and no backtracking across slashes.
 */
import picomatch from 'picomatch/posix.js';
import {
  PATH_CHARACTERS,
  PATTERN_ALTERNATIVES,
  PATTERN_CHARACTERS,
  PATTERN_STARS_PER_SEGMENT,
} from '../limits.js';
import { expandBraces } from './braces.js';

/**
 * Why a pattern cannot be used, as a sentence that says what to write; undefined for a good one. A pattern that passes
 * here compiles and matches any path in bounded time.
 */
export function patternProblem(pattern: string): string | undefined {
  const glob = pattern.startsWith('!') ? pattern.slice(1) : pattern;
  if (glob.trim() === '') return 'The pattern is empty. Write for example "extract/**".';
  if (glob.startsWith('!')) return 'Two "!" cancel each other out. Write one, or none.';
  if (/[\p{Cc}\p{Cs}]/u.test(glob)) return 'The pattern contains a control character. Remove it.';
  if (glob !== glob.trim()) return 'The pattern begins or ends with a space. Remove it.';
  if (glob.length > PATTERN_CHARACTERS) {
    return `The pattern has ${glob.length} characters; at most ${PATTERN_CHARACTERS} are allowed. Split it into several.`;
  }
  if (glob.startsWith('/')) return 'Paths begin at the repository\'s root: remove the "/" at the beginning.';
  if (glob.startsWith('./'))
    return 'Paths begin at the repository\'s root: remove the "./" at the beginning.';
  if (glob.includes('//')) return 'Two "/" stand together. Write one.';
  if (/\\(?![\\*?{}()[\]!+@,])/.test(glob)) return 'Write "/" between folders, not "\\".';
  if (/[@?*+!]\(/.test(glob))
    return 'Extended globs such as "+(a|b)" are not supported. Use braces: "{a,b}".';
  const written = expandBraces(glob);
  if (written === undefined) {
    return `Braces must close, hold two alternatives or more ("{src,lib}/**") and write out to at most ${PATTERN_ALTERNATIVES} patterns.`;
  }
  if (written.some((each) => each === '' || each.startsWith('/') || each.includes('//'))) {
    return 'With the braces written out, a part of the path is empty. Write two patterns instead.';
  }
  if (written.some((each) => each.split('/').some((segment) => segment === '..' || segment === '.'))) {
    return 'A path cannot contain "." or ".." as a folder. Write it from the repository\'s root.';
  }
  for (const segment of written.flatMap((each) => each.split('/'))) {
    if (segment !== '**' && (segment.match(/\*+/g) ?? []).length > PATTERN_STARS_PER_SEGMENT) {
      return `Between two "/" there are more than ${PATTERN_STARS_PER_SEGMENT} "*". Split the pattern into several.`;
    }
  }
  return undefined;
}

type Segment = '**' | ((name: string) => boolean);

/**
 * Compiles patterns. Order counts: a later `!pattern` takes away what an earlier one matched, a later pattern gives it
 * back. Dot files match; `folder/` means everything below it. A path that is too long for any checkout counts as matched,
 * so that code cannot hide behind it. Throws on a pattern that `patternProblem` refuses (callers pass checked ones).
 */
export function matchPaths(patterns: readonly string[]): (path: string) => boolean {
  const steps = patterns.map((pattern) => {
    const problem = patternProblem(pattern);
    if (problem !== undefined) throw new Error(`unchecked pattern: ${problem}`);
    const adds = !pattern.startsWith('!');
    const globs = (expandBraces(adds ? pattern : pattern.slice(1)) ?? []).map(compile);
    return { adds, matches: (names: readonly string[]) => globs.some((glob) => matchSegments(glob, names)) };
  });
  return (path) => {
    if (path.length > PATH_CHARACTERS) return true;
    const names = path.split('/');
    let matched = false;
    for (const { adds, matches } of steps) {
      if (adds !== matched && matches(names)) matched = adds;
    }
    return matched;
  };
}

function compile(glob: string): readonly Segment[] {
  const whole = glob.endsWith('/') ? `${glob}**` : glob;
  return whole.split('/').map((segment) => {
    if (segment === '**') return '**';
    // `[!a]` is what shells write, `[^a]` what picomatch reads.
    const matches = picomatch(segment.replace(/(?<!\\)\[!/g, '[^'), {
      dot: true,
      nonegate: true,
      noextglob: true,
      nobrace: true,
    });
    return (name: string) => matches(name);
  });
}

/** Runs all ways through the pattern at once: the set of pattern positions that the names so far can have reached. */
function matchSegments(glob: readonly Segment[], names: readonly string[]): boolean {
  const end = glob.length;
  const reach = (into: Set<number>, at: number): void => {
    into.add(at);
    // `**` may stand for no folder at all, but `folder/**` is not the folder itself.
    if (glob[at] === '**' && at < end - 1) reach(into, at + 1);
  };
  let current = new Set<number>();
  reach(current, 0);
  for (const name of names) {
    const next = new Set<number>();
    for (const at of current) {
      const segment = glob[at];
      if (segment === '**') {
        reach(next, at);
        if (at === end - 1) next.add(end);
      } else if (segment?.(name) === true) {
        reach(next, at + 1);
      }
    }
    if (next.size === 0) return false;
    current = next;
  }
  return current.has(end);
}

/** Notes beside lines of the changed files: where the configuration is wrong, and where the extractor crashed. */
import type { Annotation } from '../app-words.js';
import { CHECK_ANNOTATIONS, CHECK_TITLE_CHARACTERS, TRACEBACKS_READ } from '../limits.js';
import type { Report } from '../report/schema.js';
import { plural } from '../report/values.js';
import type { Problem } from '../words.js';
import { titleOf } from './markdown.js';

/** GitHub: a message of an annotation, 64 KB. This much is read by nobody. */
const MESSAGE_CHARACTERS = 1_000;
const LINE_MAX = 10_000_000;

/** @param file path in the repository; the places may name the branch too */
export function problemAnnotations(file: string, problems: readonly Problem[]): Annotation[] {
  // Every mistake on its line; the reader of configurations bounds their number.
  return problems.map(({ severity, code, message, place }) => {
    const line = Math.min(Math.max(1, Math.trunc(place?.line ?? 1)), LINE_MAX);
    return {
      path: file,
      startLine: line,
      endLine: line,
      level: severity === 'error' ? 'failure' : 'warning',
      title: titleOf(code, CHECK_TITLE_CHARACTERS),
      message: titleOf(message, MESSAGE_CHARACTERS),
    };
  });
}

interface Crash {
  readonly path: string;
  readonly line: number;
  readonly last: string;
  documents: number;
}

/**
 * Where the head's extractor crashed, as its standard error tells: the innermost line of a traceback that lies in a file
 * that the pull request changes. Most documents first. The output is hostile: it can name any line of those files, and
 * nothing else.
 */
export function crashAnnotations(reports: readonly Report[], changedPaths: readonly string[]): Annotation[] {
  const tails = new Map<string, number>();
  for (const { failures } of reports)
    for (const { side, status, stderr_tail: tail } of failures)
      if (side === 'head' && status === 'crashed' && (tails.has(tail) || tails.size < TRACEBACKS_READ))
        tails.set(tail, (tails.get(tail) ?? 0) + 1);
  const find = pathFinder(changedPaths);
  const crashes = new Map<string, Crash>();
  for (const [tail, documents] of tails) {
    const found = placeOf(tail, find);
    if (found === undefined) continue;
    const key = `${found.line}:${found.path}`;
    const known = crashes.get(key);
    if (known === undefined) crashes.set(key, { ...found, documents });
    else known.documents += documents;
  }
  return [...crashes.values()]
    .sort((a, b) => b.documents - a.documents)
    .slice(0, CHECK_ANNOTATIONS)
    .map(({ path, line, last, documents }) => ({
      path,
      startLine: line,
      endLine: line,
      level: 'failure' as const,
      title: 'The extractor crashed here',
      message: `${titleOf(last, 400)}\n${plural(documents, 'document')}`,
    }));
}

type FindPath = (written: string) => string | undefined;

/** A traceback has the path of a checkout somewhere; what the pull request changes is the end of it. */
function pathFinder(changedPaths: readonly string[]): FindPath {
  const byName = new Map<string, string[]>();
  for (const path of [...changedPaths].sort((a, b) => b.length - a.length)) {
    const base = path.slice(path.lastIndexOf('/') + 1);
    byName.set(base, [...(byName.get(base) ?? []), path]);
  }
  return (written) => {
    const bare = written.replace(/^file:\/\//, '').replace(/^(?:\.\/)+/, '');
    return byName
      .get(bare.slice(bare.lastIndexOf('/') + 1))
      ?.find((path) => bare === path || bare.endsWith(`/${path}`));
  };
}

const PYTHON = /^\s*File "([^"]{1,4096})", line (\d{1,8})/;
/** A path and a line as most other languages write them: `at f (x.js:3:5)`, `x.go:12 +0x1d`, `x.rb:7:in 'f'`. */
const PLACE = /^(.{1,1024}?):(\d{1,8})(?::.*)?$/;

function placeOf(tail: string, find: FindPath): Omit<Crash, 'documents'> | undefined {
  const lines = tail.split(/\r\n|\r|\n/).map((line) => line.slice(0, 2_000));
  const written = lines.filter((line) => line.trim() !== '');
  // Python tells the innermost call last, and the error below it.
  const python = lines.flatMap((line) => placed(PYTHON.exec(line), find));
  const innermost = python.at(-1);
  if (innermost !== undefined) return { ...innermost, last: written.at(-1) ?? '' };
  // The others tell it first, below the error.
  for (const [i, line] of written.entries()) {
    const tokens = line.split(/[\s()[\]"'<>,]+/).slice(0, 50);
    const [found] = tokens.flatMap((token) => placed(PLACE.exec(token.slice(0, 1_100)), find));
    if (found === undefined) continue;
    const stack = written.slice(0, i).findLast((one) => !/^\s*(?:at\s|from\s|goroutine\b)/.test(one));
    return { ...found, last: stack ?? line };
  }
  return undefined;
}

function placed(match: RegExpExecArray | null, find: FindPath): { path: string; line: number }[] {
  const [, written, number] = match ?? [];
  const path = written === undefined ? undefined : find(written);
  const line = Number(number);
  return path === undefined || !(line >= 1 && line <= LINE_MAX) ? [] : [{ path, line }];
}

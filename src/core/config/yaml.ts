/**
 * Configuration text → plain value and the place of every key and value in it. The text is hostile: depth, aliases and
 * size are bounded before anything recursive looks at it.
 */
import {
  Composer,
  Lexer,
  LineCounter,
  Parser,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  visit,
  type Alias,
  type Document,
  type Node,
  type CST,
} from 'yaml';
import { CONFIG_DEPTH, CONFIG_FILE_BYTES, CONFIG_VALUES } from '../limits.js';
import type { Place, Problem } from '../words.js';
import { shown } from './quote.js';
import { starInLine, syntaxMessage } from './yaml-errors.js';

export type Path = readonly (string | number)[];

/** Finds the nearest place there is: a missing value has the place of its key, a missing key that of its mapping. */
export type Locate = (path: Path, what?: 'key' | 'value') => Place;

/** One mistake makes YAML stumble again and again; the first few say enough. */
const SYNTAX_ERRORS = 10;

export interface YamlText {
  readonly value: unknown;
  readonly locate: Locate;
  readonly problems: readonly Problem[];
}

/** Reads one YAML 1.2 document with the core schema. `problems` holds errors only; then `value` must not be used. */
export function readYaml(source: string, file: string): YamlText {
  // A byte order mark is not a column that a person sees.
  const text = source.startsWith('\uFEFF') ? source.slice(1) : source;
  const problems: Problem[] = [];
  const lines = new LineCounter();
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(Math.min(offset, text.length));
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const refuse = (code: string, offset: number, message: string): unknown =>
    problems.push({ severity: 'error', code, message, place: place(offset) });
  const start: Place = { file, line: 1, column: 1 };
  const nowhere = { value: undefined, locate: () => start, problems };

  const bytes = new TextEncoder().encode(text).length;
  if (bytes > CONFIG_FILE_BYTES) {
    refuse(
      'file_too_large',
      0,
      `The file has ${bytes} bytes; at most ${CONFIG_FILE_BYTES} are read. A configuration is a few kilobytes: keep data elsewhere.`,
    );
    return nowhere;
  }

  const tokens = tokenise(text, lines);
  if ('tooDeepAt' in tokens) {
    refuse(
      'too_deep',
      tokens.tooDeepAt,
      `Nested more than ${CONFIG_DEPTH} levels deep. The configuration needs eight: check the brackets and the indentation before this place.`,
    );
    return nowhere;
  }
  const [document, second] = [
    ...new Composer({
      lineCounter: lines,
      prettyErrors: false,
      // Checked below, in linear time and with both places.
      uniqueKeys: false,
      resolveKnownTags: false,
      logLevel: 'silent',
    }).compose(tokens.tokens, true, text.length),
  ];
  if (document === undefined) return nowhere;
  const starred = new Set<number>();
  const star = (offset: number): boolean => {
    const found = starInLine(text, offset);
    if (found === undefined) return false;
    if (!starred.has(found.offset)) {
      refuse(
        'quote_it',
        found.offset,
        `YAML reads a word that begins with "*" as an alias: write the key in quotes, ${shown(found.word)}.`,
      );
    }
    starred.add(found.offset);
    return true;
  };
  for (const error of document.errors.slice(0, SYNTAX_ERRORS)) {
    if (star(error.pos[0])) continue;
    refuse('yaml_syntax', error.pos[0], syntaxMessage(error.code, error.message, text, error.pos[0]));
  }
  for (const warning of document.warnings.slice(0, SYNTAX_ERRORS)) {
    if (star(warning.pos[0])) continue;
    const tag = /^\S{1,60}/.exec(text.slice(warning.pos[0], warning.pos[0] + 100))?.[0] ?? '';
    refuse(
      'quote_it',
      warning.pos[0],
      `YAML reads a word that begins with "!" as a tag: write it in quotes, ${shown(tag.replace(/[,\]}]+$/, ''))}.`,
    );
  }
  if (second !== undefined) {
    refuse(
      'several_documents',
      second.range[0],
      'A second YAML document begins here ("---"). Write one document.',
    );
  }
  const directive = document.directives.yaml;
  if (directive.explicit === true && directive.version !== '1.2') {
    refuse('yaml_version', 0, 'The file is read as YAML 1.2. Remove the %YAML line.');
  }
  if (problems.length > 0) return nowhere;
  if (document.contents === null || (isScalar(document.contents) && document.contents.value === null)) {
    refuse('empty_file', 0, 'The file is empty. Begin with "version: 1"; `docops init` writes a first file.');
    return nowhere;
  }
  return convert(document, problems, place);
}

function tokenise(text: string, lines: LineCounter): { tokens: CST.Token[] } | { tooDeepAt: number } {
  const parser = new Parser(lines.addNewLine);
  const tokens: CST.Token[] = [];
  lines.addNewLine(0);
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    if (parser.stack.length > CONFIG_DEPTH) return { tooDeepAt: parser.offset };
  }
  for (const token of parser.end()) tokens.push(token);
  return { tokens };
}

const SEPARATOR = '\u0000';
const pathKey = (path: Path, what: 'key' | 'value') => `${what}${SEPARATOR}${path.join(SEPARATOR)}`;

function convert(document: Document.Parsed, problems: Problem[], place: (offset: number) => Place): YamlText {
  const offsets = new Map<string, number>();
  const targets = aliasTargets(document);
  const open = new Set<Node>();
  let values = 0;
  let spent = false;

  const refuse = (code: string, offset: number, message: string): undefined => {
    problems.push({ severity: 'error', code, message, place: place(offset) });
    return undefined;
  };
  const begin = (node: Node | null | undefined): number | undefined => node?.range?.[0];

  const walk = (node: Node | null, path: Path, fallback: number): unknown => {
    const offset = begin(node) ?? fallback;
    offsets.set(pathKey(path, 'value'), offset);
    values += 1;
    if (values > CONFIG_VALUES) {
      if (!spent) {
        refuse(
          'too_many_values',
          offset,
          `With its aliases written out the file has more than ${CONFIG_VALUES} values. Remove the aliases ("*name").`,
        );
      }
      spent = true;
      return undefined;
    }
    if (node === null) return null;
    if (isAlias(node)) {
      const target = targets.get(node);
      if (target === undefined) {
        refuse(
          'quote_it',
          offset,
          `YAML reads a word that begins with "*" as an alias, and there is no anchor ${shown(`&${node.source}`)}: write it in quotes, ${shown(`*${node.source}`)}.`,
        );
        return;
      }
      if (open.has(target)) {
        refuse(
          'alias_cycle',
          offset,
          `The alias ${shown(`*${node.source}`)} contains itself. Write the value out.`,
        );
        return;
      }
      return walk(target, path, offset);
    }
    if (isScalar(node)) return node.value;
    open.add(node);
    const value = isMap(node) ? walkMap(node, path) : isSeq(node) ? walkSeq(node, path) : undefined;
    open.delete(node);
    return value;
  };

  const walkSeq = (node: Node, path: Path): unknown[] => {
    const items: unknown[] = [];
    if (!isSeq(node)) return items;
    for (const [index, item] of node.items.entries()) {
      if (spent) break;
      items.push(walk(item as Node | null, [...path, index], begin(node) ?? 0));
    }
    return items;
  };

  const walkMap = (node: Node, path: Path): Record<string, unknown> => {
    const map: Record<string, unknown> = {};
    if (!isMap(node)) return map;
    for (const pair of node.items) {
      if (spent) break;
      const keyNode = pair.key as Node | null;
      const offset = begin(keyNode) ?? begin(node) ?? 0;
      const key = keyOf(keyNode, offset);
      if (key === undefined) continue;
      if (Object.hasOwn(map, key)) {
        const first = place(offsets.get(pathKey([...path, key], 'key')) ?? 0);
        refuse(
          'duplicate_key',
          offset,
          `${shown(key)} stands twice here; it is already given in line ${first.line}. Keep one.`,
        );
        continue;
      }
      offsets.set(pathKey([...path, key], 'key'), offset);
      map[key] = walk(pair.value as Node | null, [...path, key], offset);
    }
    return map;
  };

  const keyOf = (node: Node | null, offset: number): string | undefined => {
    if (isAlias(node)) {
      const word = shown(`*${node.source.replace(/:$/, '')}`);
      refuse(
        'quote_it',
        offset,
        `YAML reads a word that begins with "*" as an alias: write the key in quotes, ${word}.`,
      );
      return;
    }
    if (!isScalar(node)) {
      refuse(
        'bad_key',
        offset,
        'A key must be a plain word. If it contains brackets or braces, write it in quotes.',
      );
      return;
    }
    // `1:` and `true:` are numbers and booleans for YAML; as keys the text that stands there is meant.
    const key = typeof node.value === 'string' ? node.value : (node.source ?? '');
    if (key === '__proto__') {
      refuse('bad_key', offset, '"__proto__" cannot be used as a name. Choose another.');
      return;
    }
    if (key === '<<') {
      refuse(
        'bad_key',
        offset,
        'Merge keys ("<<") are not read. Write the keys out, or repeat the whole value with an alias.',
      );
      return;
    }
    return key;
  };

  const value = walk(document.contents, [], 0);
  const locate: Locate = (path, what = 'value') => {
    const own = offsets.get(pathKey(path, what)) ?? offsets.get(pathKey(path, 'key'));
    if (own !== undefined) return place(own);
    for (let length = path.length - 1; length > 0; length -= 1) {
      const parent = path.slice(0, length);
      const offset = offsets.get(pathKey(parent, 'key')) ?? offsets.get(pathKey(parent, 'value'));
      if (offset !== undefined) return place(offset);
    }
    return place(offsets.get(pathKey([], 'value')) ?? 0);
  };
  return { value, locate, problems };
}

/** An alias means the last anchor of its name that stands before it. */
function aliasTargets(document: Document.Parsed): Map<Alias, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(document, {
    Node: (_key, node) => {
      if (isAlias(node)) {
        const target = anchors.get(node.source);
        if (target !== undefined) targets.set(node, target);
      } else if ('anchor' in node && typeof node.anchor === 'string') {
        anchors.set(node.anchor, node);
      }
    },
  });
  return targets;
}

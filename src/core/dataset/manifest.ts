import { LineCounter, isMap, isNode, isScalar, parseDocument } from 'yaml';
import type { Problem } from '../words.js';
import { quote } from './quote.js';

/** What `dataset.yml` may say. None of it changes the dataset's version. */
export interface Manifest {
  readonly name?: string;
  readonly description?: string;
  readonly licence?: string;
}

const KEYS = ['name', 'description', 'licence'] as const;

/** Reads `dataset.yml`. Unknown keys are errors, as in `.docops.yml`, so that a misspelt one does not vanish. */
export function parseManifest(text: string, file: string): { manifest: Manifest; problems: Problem[] } {
  const problems: Problem[] = [];
  const counter = new LineCounter();
  const say = (code: string, message: string, offset = 0): void => {
    const { line, col } = counter.linePos(offset);
    problems.push({
      severity: 'error',
      code,
      message,
      place: { file, line: Math.max(line, 1), column: Math.max(col, 1) },
    });
  };
  const document = parseDocument(text.replace(/^\ufeff/, ''), { lineCounter: counter, prettyErrors: false });
  for (const error of document.errors)
    say('bad_yaml', `The file is not YAML: ${quote(error.message, 200).slice(1, -1)}`, error.pos[0]);
  if (problems.length > 0 || document.contents === null) return { manifest: {}, problems };
  if (!isMap(document.contents)) {
    say('bad_manifest', 'The file holds no keys. Write name, description or licence, each on its own line.');
    return { manifest: {}, problems };
  }

  const manifest: { -readonly [Key in keyof Manifest]: Manifest[Key] } = {};
  for (const { key, value } of document.contents.items) {
    const name = isScalar(key) ? key.value : undefined;
    const offset = isNode(key) ? key.range[0] : 0;
    const known = KEYS.find((one) => one === name);
    if (!known) {
      const hint = name === 'license' ? 'it is spelt "licence" here' : `the keys are ${KEYS.join(', ')}`;
      say('unknown_key', `Unknown key ${quote(String(name))}; ${hint}.`, offset);
    } else if (isScalar(value) && typeof value.value === 'string') {
      manifest[known] = value.value;
    } else if (!(isScalar(value) && value.value === null)) {
      say('bad_manifest', `${known} is no text. Put it into quotes.`, offset);
    }
  }
  return { manifest, problems };
}

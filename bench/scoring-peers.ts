/** The Python peers, each on the same documents, in a process of its own; only where they are installed. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { FieldSpec } from '../src/core/words.js';
import type { Document } from './synthetic-documents.js';

const run = promisify(execFile);

export interface Peer {
  readonly name: string;
  readonly documents: number;
  readonly script: string;
}

/** Reading the documents and building models of the labels is not timed where the peer lets it be done before. */
const START = `
import json, sys, time
pairs = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
spec = json.load(open(sys.argv[2], encoding="utf-8"))
`;

export const PEERS: readonly Peer[] = [
  {
    name: 'stickler-eval',
    documents: 40,
    script: `${START}
from typing import Any, List, Optional
from stickler import (ComparableField, DateComparator, ExactComparator, LevenshteinComparator, NumericComparator, StructuredModel)
def comparator(kind):
    if kind in ("number", "money"): return NumericComparator(), 1.0
    if kind == "date": return DateComparator(dayfirst=True), 1.0
    if kind == "fuzzy": return LevenshteinComparator(), 0.85
    return ExactComparator(), 1.0
def model(name, fields, **more):
    body = {"__annotations__": {}, "__module__": __name__}
    for key, kind in fields.items():
        compare, threshold = comparator(kind)
        body["__annotations__"][key] = Optional[Any]
        body[key] = ComparableField(comparator=compare, threshold=threshold, default=None)
    for key, kind in more.items():
        body["__annotations__"][key] = List[kind]
        body[key] = ComparableField(weight=1.0, default=[])
    return type(name, (StructuredModel,), body)
Item = model("Item", spec["columns"])
Document = model("Document", spec["fields"], line_items=Item)
models = [(Document(**pair["label"]), Document(**pair["prediction"])) for pair in pairs]
start = time.perf_counter()
for label, prediction in models:
    label.compare_with(prediction, include_confusion_matrix=True)
print(time.perf_counter() - start)
`,
  },
  {
    name: 'anls_star',
    documents: 20,
    script: `${START}
from anls_star import anls_score
start = time.perf_counter()
for pair in pairs:
    anls_score(pair["label"], pair["prediction"])
print(time.perf_counter() - start)
`,
  },
];

/** Seconds that a peer needs, or why it could not be measured. Limit: five minutes. */
export async function measurePeer(
  peer: Peer,
  documents: readonly Document[],
  fields: readonly FieldSpec[],
): Promise<{ readonly seconds: number } | { readonly problem: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'docops-bench-'));
  try {
    const data = join(folder, 'documents.jsonl');
    const spec = join(folder, 'fields.json');
    const lines = documents.map(({ label, prediction }) =>
      JSON.stringify({ label: label.fields, prediction: prediction.fields }),
    );
    await writeFile(data, lines.join('\n'));
    await writeFile(spec, JSON.stringify(kinds(fields)));
    const script = join(folder, 'peer.py');
    await writeFile(script, peer.script);
    const { stdout } = await run('python3', [script, data, spec], { timeout: 300_000, maxBuffer: 1 << 24 });
    const seconds = Number(stdout.trim().split('\n').pop());
    return Number.isFinite(seconds) ? { seconds } : { problem: 'printed no time' };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    if (text.includes('ModuleNotFoundError')) {
      return { problem: `not installed: python3 -m pip install stickler-eval anls_star` };
    }
    if (text.includes('ENOENT')) return { problem: 'python3 is not installed' };
    return { problem: text.trim().split('\n').pop() ?? 'failed' };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function kinds(fields: readonly FieldSpec[]): {
  fields: Record<string, string>;
  columns: Record<string, string>;
} {
  const kind = (spec: FieldSpec['spec']): string => ('match' in spec ? spec.match : spec.type);
  const out = { fields: {} as Record<string, string>, columns: {} as Record<string, string> };
  for (const { path, spec } of fields) {
    if (spec.type === 'table')
      for (const column of spec.columns) out.columns[column.name] = kind(column.spec);
    else out.fields[path] = kind(spec);
  }
  return out;
}

/**
 * Scoring throughput: 10,000 documents × (30 scalar fields + a table of 20 rows × 5 columns), labels against predictions
 * of one side, on one thread; and the Python peers on the first of the same documents.
 */
import { addCounts, createScorer, microF1, NO_COUNTS } from '../src/core/score/index.js';
import { measurePeer, PEERS } from './scoring-peers.js';
import { FIELDS, ROWS, syntheticDocuments, type Document } from './synthetic-documents.js';
import type { BenchResult } from './types.js';

const DOCUMENTS = 10_000;
const CHUNK = 500;
const SEED = 20261122;
const ERROR_RATE = 0.075;

export async function run(): Promise<BenchResult> {
  const scorer = createScorer(FIELDS, { missingLabels: 'absent' });
  const first: Document[] = [];
  let seconds = 0;
  let cpuSeconds = 0;
  let cells = 0;
  let total = NO_COUNTS;
  let chunk: Document[] = [];
  // In chunks, as the gate does: documents are made (not timed), scored, and let go.
  const score = () => {
    const start = performance.now();
    const before = process.cpuUsage();
    for (const { label, prediction } of chunk) {
      const result = scorer.score(label, prediction);
      cells += result.cells.length;
      for (const field of result.fields) total = addCounts(total, field.counts);
    }
    const used = process.cpuUsage(before);
    cpuSeconds += (used.user + used.system) / 1e6;
    seconds += (performance.now() - start) / 1000;
    chunk = [];
  };
  for (const document of syntheticDocuments(DOCUMENTS, SEED, ERROR_RATE)) {
    if (first.length < 100) first.push(document);
    chunk.push(document);
    if (chunk.length === CHUNK) score();
  }
  score();

  const rate = DOCUMENTS / seconds;
  const figures: Record<string, number | string> = {
    documents: DOCUMENTS,
    cells,
    seconds: round(seconds),
    'processor seconds (all threads, garbage collection included)': round(cpuSeconds),
    'documents per second': Math.round(rate),
    'micro F1 (a check on the data)': round(microF1([total]) ?? 0),
  };
  const notes = [
    `aim: ${DOCUMENTS} documents under 5 s on one core, cold start included`,
    `${FIELDS.length - 1} scalar fields and ${ROWS} rows × 5 columns; ${ERROR_RATE * 100} % of the cells spoilt, rows lost, added and moved; seed ${SEED}`,
  ];
  for (const peer of PEERS) {
    const documents = first.slice(0, peer.documents);
    const outcome = await measurePeer(peer, documents, FIELDS);
    if ('problem' in outcome) {
      notes.push(`${peer.name}: not measured (${outcome.problem})`);
      continue;
    }
    const peerRate = documents.length / outcome.seconds;
    figures[`${peer.name}, documents per second`] = round(peerRate);
    figures[`ratio to ${peer.name}`] = `${Math.round(rate / peerRate)}×`;
    notes.push(
      `${peer.name}: the first ${documents.length} of the same documents; parsing and start of Python not counted`,
    );
  }
  notes.push(
    'stickler-eval pairs rows by similarity and anls_star scores graded text: they compute other figures from the same documents',
  );
  return { name: 'scoring', figures, notes };
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}

if (process.argv[1]?.endsWith('scoring.js') === true) console.log(JSON.stringify(await run(), null, 2));

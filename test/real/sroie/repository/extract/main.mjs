// Many receipts in one process: reads $DOCOPS_DOCUMENTS/manifest.jsonl, writes $DOCOPS_PREDICTIONS.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readReceipt } from './receipt.mjs';

const folder = process.env.DOCOPS_DOCUMENTS;
const documents = readFileSync(path.join(folder, 'manifest.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map(JSON.parse);
const predictions = documents.map(({ id, path: file }) => {
  const lines = readFileSync(path.resolve(folder, file), 'utf8').split(/\r?\n/);
  return JSON.stringify({ id, fields: readReceipt(lines) });
});
writeFileSync(process.env.DOCOPS_PREDICTIONS, predictions.join('\n') + '\n');

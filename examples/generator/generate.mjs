/**
 * Writes the example's dataset: `node examples/generator/generate.mjs [--seed N] [--out DIRECTORY]`.
 * The same seed gives the same bytes. The committed dataset is that of seed 7.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { makeLabel } from './labels.mjs';
import { scannerNoise } from './noise.mjs';
import { Sheet } from './page.mjs';
import { toPdf } from './pdf.mjs';
import { makePurchase } from './purchase.mjs';
import { randomSource } from './random.mjs';

export const SEED = 7;
const LAYOUTS = [
  'alpenblick',
  'backhaus',
  'bistro',
  'brightwater',
  'cornerstone',
  'lumiere',
  'nordlicht',
  'prairie',
  'rheinstahl',
  'ribera',
  'sakura',
  'tulp',
];

/** Every document of a seed: `{ id, text, pdf, label }`, ordered by id. */
export async function* generate(seed = SEED) {
  for (const name of LAYOUTS) {
    const layout = await import(`./layouts/${name}.mjs`);
    for (const [index, options] of layout.documents.entries()) {
      const id = `${name}-${String(index + 1).padStart(2, '0')}`;
      const random = randomSource(seed, id);
      const purchase = makePurchase(random, layout.vendor, options);
      const sheet = new Sheet();
      layout.draw(sheet, purchase, random);
      if (layout.vendor.noise) sheet.map(scannerNoise(random, layout.vendor.noise));
      const pdf = await toPdf(sheet, {
        font: layout.vendor.font,
        title: purchase.number,
        date: purchase.issued,
      });
      yield { id, text: sheet.toText(), pdf, label: makeLabel(id, purchase, layout) };
    }
  }
}

/** Replaces documents and labels in `directory`; other files there stay. */
export async function writeDataset(directory, seed = SEED) {
  await rm(path.join(directory, 'documents'), { recursive: true, force: true });
  const labels = [];
  for await (const { id, text, pdf, label } of generate(seed)) {
    const folder = path.join(directory, 'documents', id);
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'invoice.txt'), text);
    await writeFile(path.join(folder, 'invoice.pdf'), pdf);
    labels.push(JSON.stringify(label) + '\n');
  }
  await writeFile(path.join(directory, 'labels.jsonl'), labels.join(''));
  return labels.length;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values } = parseArgs({ options: { seed: { type: 'string' }, out: { type: 'string' } } });
  const home = fileURLToPath(new URL('../invoices/eval/invoices', import.meta.url));
  const count = await writeDataset(
    values.out ?? home,
    values.seed === undefined ? SEED : Number(values.seed),
  );
  console.log(`${count} documents written to ${values.out ?? home}`);
}

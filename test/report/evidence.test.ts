import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createCanvas } from '@napi-rs/canvas';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import PDFDocument from 'pdfkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EVIDENCE_PAGES, EVIDENCE_TEXT_CHARACTERS } from '../../src/core/limits.js';
import type { EvidenceItem } from '../../src/core/report/html/index.js';
import { collectEvidence, type EvidenceOptions } from '../../src/report/evidence.js';
import { blockReport, cell, document } from '../support/report.js';

// The built module: the child process is plain Node, which does not read TypeScript.
const workerUrl = new URL('../../dist/src/report/page-worker.js', import.meta.url);
const options: EvidenceOptions = { workerUrl, documentMs: 30_000, totalMs: 60_000 };

function pdf(pages: readonly string[]): Promise<Buffer> {
  return new Promise((resolve) => {
    const made = new PDFDocument({ autoFirstPage: false });
    const chunks: Buffer[] = [];
    made.on('data', (chunk: Buffer) => chunks.push(chunk));
    made.on('end', () => resolve(Buffer.concat(chunks)));
    for (const text of pages) made.addPage().fontSize(20).text(text);
    made.end();
  });
}

/** A PDF whose page draws for hours: forms that each draw the next one forty times. */
function drawsForEver(): Buffer {
  const objects: string[] = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R /Resources << /XObject << /F 5 0 R >> >> >>',
    stream('', '/F Do '.repeat(40)),
  ];
  for (let depth = 0; depth < 8; depth += 1) {
    objects.push(
      stream(
        `/Type /XObject /Subtype /Form /BBox [0 0 600 800] /Resources << /XObject << /F ${objects.length + 2} 0 R >> >>`,
        '/F Do '.repeat(40),
      ),
    );
  }
  objects.push(stream('/Type /XObject /Subtype /Form /BBox [0 0 600 800]', '0 0 600 800 re f '.repeat(40)));
  let text = '%PDF-1.7\n';
  const offsets = objects.map((object, i) => {
    const at = text.length;
    text += `${i + 1} 0 obj\n${object}\nendobj\n`;
    return at;
  });
  const start = text.length;
  text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${offsets.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`).join('')}`;
  return Buffer.from(
    `${text}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`,
    'latin1',
  );
}

function stream(dictionary: string, content: string): string {
  return `<< ${dictionary} /Length ${content.length} >>\nstream\n${content}\nendstream`;
}

describe('what is shown of a document', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'docops evidence ü '));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const put = (name: string, content: string | Uint8Array): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  const itemsOf = async (
    path: string | undefined,
    more: EvidenceOptions = {},
  ): Promise<readonly EvidenceItem[]> => {
    const report = blockReport({ documents: [document('one', 1, 0, [cell('x', 'a', 'a', 'b')])] });
    const evidence = await collectEvidence(report, () => path, { ...options, ...more });
    return evidence.documents.get('one') ?? [];
  };

  it('a text file: its text, cut at the limit, never through a character', async () => {
    expect(await itemsOf(put('a.txt', 'Rechnung Nr. 7\nSumme 5 €'))).toEqual([
      { kind: 'text', name: 'a.txt', text: 'Rechnung Nr. 7\nSumme 5 €', truncated: false },
    ]);
    const [item] = await itemsOf(put('long.txt', '€'.repeat(EVIDENCE_TEXT_CHARACTERS * 3)));
    expect(item).toEqual({
      kind: 'text',
      name: 'long.txt',
      text: '€'.repeat(EVIDENCE_TEXT_CHARACTERS),
      truncated: true,
    });
  });

  it('a PDF: its first pages as pictures and its text layer', async () => {
    const items = await itemsOf(put('a.pdf', await pdf(['Invoice 42', 'second', 'third', 'fourth'])));
    const pictures = items.filter((item) => item.kind === 'image');
    expect(pictures).toHaveLength(EVIDENCE_PAGES);
    expect(pictures[0]).toMatchObject({ name: 'a.pdf, page 1 of 4', width: 1100 });
    expect(pictures[0]!.dataUri).toMatch(/^data:image\/webp;base64,UklGR/);
    const [text] = items.filter((item) => item.kind === 'text');
    expect(text!.text).toContain('Invoice 42');
    expect(text!.truncated).toBe(true);
  });

  it('a picture: made small enough to embed', async () => {
    const canvas = createCanvas(3000, 2000);
    const context = canvas.getContext('2d');
    for (let i = 0; i < 3000; i += 7) {
      context.fillStyle = `rgb(${i % 255}, ${(i * 7) % 255}, ${(i * 13) % 255})`;
      context.fillRect(i, i % 1900, 9, 90);
    }
    const [item] = await itemsOf(put('scan.jpg', await canvas.encode('jpeg', 95)));
    expect(item).toMatchObject({ kind: 'image', name: 'scan.jpg', width: 1100, height: 733 });
  });

  it('a folder: its files in order, without hidden ones', async () => {
    const path = join(folder, 'many');
    mkdirSync(path);
    for (const name of ['b.txt', 'a.json', '.secret']) writeFileSync(join(path, name), name);
    expect((await itemsOf(path)).map((item) => item.name)).toEqual(['a.json', 'b.txt']);
    for (let i = 0; i < 20; i += 1) writeFileSync(join(path, `c${i}.txt`), 'x');
    const items = await itemsOf(path);
    expect(items.at(-1)).toMatchObject({ kind: 'note', text: '16 more files' });
  });

  it.each<[string, () => string | undefined, RegExp]>([
    ['a broken PDF', () => put('broken.pdf', '%PDF-1.7 not really'), /cannot be shown/],
    ['an empty PDF', () => put('empty.pdf', ''), /cannot be shown/],
    ['a picture that is none', () => put('fake.png', 'hello'), /cannot be shown/],
    ['bytes that are no text', () => put('x.bin', new Uint8Array([1, 0, 2])), /neither text/],
    ['a missing file', () => join(folder, 'gone.txt'), /ENOENT/],
    [
      'a link to somewhere else',
      () => {
        const link = join(folder, 'link.txt');
        symlinkSync('/etc/hostname', link);
        return link;
      },
      /not a regular file/,
    ],
  ])('says in a word why it shows nothing: %s', async (_name, path, said) => {
    const items = await itemsOf(path());
    expect(items).toHaveLength(1);
    expect(items[0]).toMatchObject({ kind: 'note', text: expect.stringMatching(said) as unknown });
    expect(JSON.stringify(items)).not.toContain(folder);
  });

  it('refuses a picture that would unpack to gigabytes', async () => {
    const header = Buffer.from('89504e470d0a1a0a0000000d494844520000ffff0000ffff0806000000', 'hex');
    expect(await itemsOf(put('bomb.png', Buffer.concat([header, Buffer.alloc(64)])))).toMatchObject(
      [{ kind: 'note', text: /pixels are too many/ }].map((one) => ({
        ...one,
        text: expect.stringMatching(one.text) as unknown,
      })),
    );
  });

  it('gives up a document that draws for ever, and shows the next one', async () => {
    const slow = put('slow.pdf', drawsForEver());
    const good = put('good.pdf', await pdf(['fine']));
    const report = blockReport({
      documents: ['slow', 'good'].map((id) => document(id, 1, 0, [cell('x', 'a', 'a', 'b')])),
    });
    const start = performance.now();
    const evidence = await collectEvidence(report, (id) => (id === 'slow' ? slow : good), {
      workerUrl,
      documentMs: 8_000,
      totalMs: 60_000,
    });
    expect(performance.now() - start).toBeLessThan(40_000);
    expect(evidence.documents.get('slow')).toEqual([
      { kind: 'note', name: 'slow.pdf', text: 'left out, drawing it took too long' },
    ]);
    expect(evidence.documents.get('good')!.some((item) => item.kind === 'image')).toBe(true);
  }, 90_000);

  it('says so when the drawing process cannot start, and throws nothing', async () => {
    const items = await itemsOf(put('b.pdf', await pdf(['x'])), {
      workerUrl: new URL('file:///nowhere/worker.js'),
    });
    expect(items).toMatchObject([{ kind: 'note', name: 'b.pdf' }]);
  });

  it('stays within its bytes, documents and time, and says how many were left out', async () => {
    const path = put('c.txt', 'x'.repeat(1_000));
    const report = blockReport({
      documents: Array.from({ length: 10 }, (_, i) => document(`d${i}`, 1, 0, [cell('x', 'a', 'a', 'b')])),
    });
    const few = await collectEvidence(report, () => path, { ...options, documents: 3 });
    expect([...few.documents.keys()]).toEqual(['d0', 'd1', 'd2']);
    expect(few.notes).toEqual([
      'The text or pages of 7 more documents are left out: the page stays small and is made in seconds.',
    ]);
    const small = await collectEvidence(report, () => path, { ...options, bytes: 2_500 });
    const kinds = [...small.documents.values()].flat().map((item) => item.kind);
    expect(kinds.filter((kind) => kind === 'text')).toHaveLength(2);
    const none = await collectEvidence(report, () => path, { ...options, totalMs: 0 });
    expect(none.documents.size).toBe(0);
    expect((await collectEvidence(report, () => undefined, options)).documents.size).toBe(0);
  });
});

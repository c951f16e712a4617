import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planAws } from '../../src/dataset/import/aws.js';
import { planCsv, type CsvOptions } from '../../src/dataset/import/csv.js';
import { planLabelStudio, type LabelStudioOptions } from '../../src/dataset/import/label-studio.js';
import { writeDataset, type ImportPlan } from '../../src/dataset/import/write.js';
import { readDataset } from '../../src/dataset/read.js';
import type { Json, Label } from '../../src/core/words.js';
import { folderWith } from '../support/folder.js';

/** What the plan gives when it is written and read again by the reader that everybody uses. */
async function written(plan: ImportPlan, source: string): Promise<{ labels: Label[]; files: string[] }> {
  const to = join(folderWith(), 'new', 'dataset');
  await writeDataset(plan, to, { force: false, source });
  const { dataset, problems } = await readDataset(to);
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  return { labels: [...dataset.labels.values()], files: readdirSync(join(to, 'documents')).sort() };
}

/** A section's result in the shape that docs/test-studio.md of the accelerator publishes; made here. */
function section(fields: Json, type = 'Invoice'): string {
  return JSON.stringify({
    document_class: { type },
    split_document: { page_indices: [0] },
    inference_result: fields,
  });
}

describe('planAws', () => {
  it('takes documents with their fields, nested folders and class', async () => {
    const root = folderWith({
      'input/one.pdf': '1',
      'baseline/one.pdf/sections/1/result.json': section({ Total: '9.00', LineItems: [{ Rate: '1' }] }),
      'input/2026/two.pdf': '2',
      'baseline/2026/two.pdf/sections/1/result.json': section({ Total: '8.00' }, 'Receipt'),
    });
    const plan = await planAws(root);
    expect(plan.skipped).toEqual([]);
    const { labels, files } = await written(plan, root);
    expect(files).toEqual(['2026--two.pdf', 'one.pdf']);
    expect(labels).toMatchObject([
      { id: '2026--two', fields: { Total: '8.00' }, slices: { document_class: 'Receipt' } },
      {
        id: 'one',
        fields: { Total: '9.00', LineItems: [{ Rate: '1' }] },
        slices: { document_class: 'Invoice' },
      },
    ]);
  });

  it('merges sections that speak of different fields, and says so', async () => {
    const root = folderWith({
      'input/a.pdf': '1',
      'baseline/a.pdf/sections/1/result.json': section({ Total: '9.00', Note: null }),
      'baseline/a.pdf/sections/2/result.json': section({ Name: 'X', Note: 'n', Total: '9.00' }, 'Letter'),
    });
    const plan = await planAws(root);
    expect(plan.documents[0]?.label).toMatchObject({
      fields: { Total: '9.00', Note: 'n', Name: 'X' },
      slices: { document_class: 'Invoice + Letter' },
    });
    expect(plan.notes).toHaveLength(1);
  });

  it.each<{ name: string; files: Record<string, string>; what: string; why: RegExp }>([
    {
      name: 'sections that contradict each other',
      files: {
        'input/a.pdf': '',
        'baseline/a.pdf/sections/1/result.json': section({ T: 1 }),
        'baseline/a.pdf/sections/2/result.json': section({ T: 2 }),
      },
      what: 'input/a.pdf',
      why: /sections 1 and 2 have different values of "T"/,
    },
    {
      name: 'a document without baseline',
      files: { 'input/a.pdf': '' },
      what: 'input/a.pdf',
      why: /no baseline\/a\.pdf\/sections/,
    },
    {
      name: 'a baseline without document',
      files: { 'baseline/a.pdf/sections/1/result.json': section({ T: 1 }) },
      what: 'baseline/a.pdf',
      why: /no input\/a\.pdf/,
    },
    {
      name: 'a broken result',
      files: { 'input/a.pdf': '', 'baseline/a.pdf/sections/1/result.json': '{' },
      what: 'input/a.pdf',
      why: /result\.json is not JSON/,
    },
    {
      name: 'a result without values',
      files: { 'input/a.pdf': '', 'baseline/a.pdf/sections/1/result.json': '{"document_class":{}}' },
      what: 'input/a.pdf',
      why: /no object "inference_result"/,
    },
    {
      name: 'a baseline of splitting only',
      files: { 'input/a.pdf': '', 'baseline/a.pdf/sections/1/result.json': section({}) },
      what: 'input/a.pdf',
      why: /no value in any section/,
    },
    {
      name: 'a number that loses digits',
      files: {
        'input/a.pdf': '',
        'baseline/a.pdf/sections/1/result.json': '{"inference_result":{"n":12345678901234567890}}',
      },
      what: 'input/a.pdf',
      why: /inexact number/,
    },
  ])('leaves out and names $name', async ({ files, what, why }) => {
    const good = { 'input/z.pdf': 'z', 'baseline/z.pdf/sections/1/result.json': section({ T: 1 }) };
    const plan = await planAws(folderWith({ ...good, ...files }));
    expect(plan.documents.map(({ label }) => label.id)).toEqual(['z']);
    expect(plan.skipped).toMatchObject([{ what, why: expect.stringMatching(why) as string }]);
  });

  it('leaves out the second of two documents that would get one id', async () => {
    const root = folderWith({
      'input/a.pdf': '1',
      'input/a.png': '2',
      'baseline/a.pdf/sections/1/result.json': section({ T: 1 }),
      'baseline/a.png/sections/1/result.json': section({ T: 2 }),
    });
    const plan = await planAws(root);
    expect(plan.documents).toHaveLength(1);
    expect(plan.skipped[0]).toMatchObject({
      what: 'input/a.png',
      why: expect.stringContaining('same id') as string,
    });
  });

  it('copies nothing from outside of the test set', async () => {
    const outside = folderWith({ 'secret.txt': 's' });
    const root = folderWith({
      'input/z.pdf': 'z',
      'baseline/a.txt/sections/1/result.json': section({ T: 1 }),
    });
    symlinkSync(join(outside, 'secret.txt'), join(root, 'input/a.txt'));
    const plan = await planAws(root);
    expect(plan.documents).toEqual([]);
    expect(plan.skipped.find(({ what }) => what === 'input/a.txt')?.why).toContain('leads out of');
  });

  it('refuses a folder that is no test set', async () => {
    await expect(planAws(folderWith({ 'input/a.pdf': '' }))).rejects.toThrow('has no folder baseline/');
  });
});

/** A task in the shape of the published export format (labelstud.io/guide/task_format); made here. */
function task(id: number, data: Json, annotations: Json): Json {
  return {
    id,
    data,
    annotations,
    predictions: [{ result: [textarea('total', ['wrong'])] }],
    file_upload: 'x',
  };
}
function annotation(id: number, result: Json, more: Record<string, Json> = {}): Json {
  return {
    id,
    result,
    was_cancelled: false,
    ground_truth: false,
    updated_at: `2026-01-0${id}T00:00:00Z`,
    ...more,
  };
}
function textarea(name: string, text: Json, id = 'free'): Json {
  return { id, from_name: name, to_name: 'pdf', type: 'textarea', value: { text } };
}
function rectangle(id: string, name: string): Json {
  return {
    id,
    from_name: 'box',
    to_name: 'pdf',
    type: 'rectanglelabels',
    value: { x: 1, y: 1, width: 2, height: 2, rectanglelabels: [name] },
  };
}

async function labelStudio(
  tasks: Json,
  options: LabelStudioOptions = {},
  files: Record<string, string> = { 'a.pdf': '1' },
): Promise<ImportPlan> {
  const root = folderWith({ ...files, 'export.json': JSON.stringify(tasks) });
  return planLabelStudio(join(root, 'export.json'), options);
}
const DATA = { pdf: '/data/upload/1/a.pdf' };

describe('planLabelStudio', () => {
  it('takes each kind of value under the name of its control', async () => {
    const results = [
      textarea('seller.name', ['Acme']),
      textarea('tags', ['x', 'y']),
      { id: 'c', from_name: 'currency', type: 'choices', value: { choices: ['EUR'] } },
      { id: 'n', from_name: 'pages', type: 'number', value: { number: 2 } },
      { id: 'd', from_name: 'issue_date', type: 'datetime', value: { datetime: '2026-01-02' } },
      { id: 'r', from_name: 'legible', type: 'rating', value: { rating: 4 } },
    ];
    const plan = await labelStudio([task(1, DATA, [annotation(1, results)])]);
    expect(plan.skipped).toEqual([]);
    expect(plan.documents[0]?.label).toMatchObject({
      id: 'a',
      fields: {
        seller: { name: 'Acme' },
        tags: ['x', 'y'],
        currency: 'EUR',
        pages: 2,
        issue_date: '2026-01-02',
        legible: 4,
      },
    });
  });

  it('takes what was typed for a region under the label of the region', async () => {
    const results = [
      rectangle('r1', 'total'),
      textarea('transcription', ['9.00'], 'r1'),
      rectangle('r2', 'tag'),
      textarea('transcription', ['x'], 'r2'),
      rectangle('r3', 'tag'),
      textarea('transcription', ['y'], 'r3'),
      {
        id: 'r4',
        from_name: 'span',
        type: 'labels',
        value: { start: 1, end: 4, text: 'Acme', labels: ['vendor'] },
      },
      { id: 'r5', type: 'rectanglelabels', value: { rectanglelabels: ['old'] }, meta: { text: ['noted'] } },
      { id: 'r6', from_name: 'bbox', type: 'rectangle', value: { x: 1 } },
      { from_id: 'r1', to_id: 'r2', type: 'relation', direction: 'right' },
    ];
    const plan = await labelStudio([task(1, DATA, [annotation(1, results)])]);
    expect(plan.skipped).toEqual([]);
    expect(plan.documents[0]?.label.fields).toEqual({
      total: '9.00',
      tag: ['x', 'y'],
      vendor: 'Acme',
      old: 'noted',
    });
  });

  it.each<{ name: string; annotations: Json; total: string; notes: number }>([
    {
      name: 'the newest',
      annotations: [annotation(2, [textarea('total', ['new'])]), annotation(1, [textarea('total', ['old'])])],
      total: 'new',
      notes: 1,
    },
    {
      name: 'the ground truth before a newer one',
      annotations: [
        annotation(1, [textarea('total', ['true'])], { ground_truth: true }),
        annotation(2, [textarea('total', ['new'])]),
      ],
      total: 'true',
      notes: 1,
    },
    {
      name: 'no cancelled one',
      annotations: [
        annotation(1, [textarea('total', ['old'])]),
        annotation(2, [textarea('total', ['no'])], { was_cancelled: true, ground_truth: true }),
      ],
      total: 'old',
      notes: 0,
    },
  ])('takes of several annotations $name, and never a prediction', async ({ annotations, total, notes }) => {
    const plan = await labelStudio([task(1, DATA, annotations)]);
    expect(plan.documents[0]?.label.fields).toEqual({ total });
    expect(plan.notes).toHaveLength(notes);
  });

  it.each<{ name: string; data: Json; annotations?: Json; options?: LabelStudioOptions; why: string }>([
    { name: 'a task without annotation', data: DATA, annotations: [], why: 'not annotated' },
    {
      name: 'a task whose annotations were cancelled',
      data: DATA,
      annotations: [annotation(1, [], { was_cancelled: true })],
      why: 'cancelled',
    },
    { name: 'a document that is not there', data: { pdf: 's3://bucket/no.pdf' }, why: 'give --documents' },
    {
      name: 'a document outside of the folder',
      data: { pdf: '/data/local-files/?d=../../../../etc/passwd' },
      why: 'give --documents',
    },
    { name: 'a task without document', data: { n: 1 }, why: 'names no document' },
    {
      name: 'a task that names two documents',
      data: { pdf: 'a.pdf', ocr: 'b.json' },
      why: 'give --document-key',
    },
    {
      name: 'a task without the named key',
      data: { pdf: 'a.pdf' },
      options: { documentKey: 'image' },
      why: 'no text "image"',
    },
  ])('leaves out and explains $name', async ({ data, annotations, options, why }) => {
    const good = task(9, { pdf: 'good.pdf' }, [annotation(1, [textarea('total', ['1'])])]);
    const files = { 'a.pdf': '1', 'b.json': '{}', 'good.pdf': '2' };
    const plan = await labelStudio(
      [task(3, data, annotations ?? [annotation(1, [textarea('total', ['1'])])]), good],
      options,
      files,
    );
    expect(plan.documents.map(({ label }) => label.id)).toEqual(options ? [] : ['good']);
    expect(plan.skipped[0]).toMatchObject({ what: 'task 3', why: expect.stringContaining(why) as string });
  });

  it.each([
    {
      name: 'a path of local storage',
      value: '/data/local-files/?d=scans/2026/a.pdf',
      file: 'scans/2026/a.pdf',
    },
    { name: 'a bucket', value: 's3://bucket/scans/a.pdf', file: 'scans/a.pdf' },
    { name: 'an address with spaces', value: 'https://example.com/x/a%20b.pdf?sig=1', file: 'a b.pdf' },
    { name: 'an upload with its prefix', value: '/data/upload/7/0a1b2c3d-a.pdf', file: '0a1b2c3d-a.pdf' },
    { name: 'an upload whose file has no prefix', value: '/data/upload/7/0a1b2c3d-a.pdf', file: 'a.pdf' },
  ])('finds the document by $name', async ({ value, file }) => {
    const plan = await labelStudio(
      [task(1, { pdf: value }, [annotation(1, [textarea('total', ['1'])])])],
      {},
      { [file]: 'x' },
    );
    expect(plan.skipped).toEqual([]);
    expect(plan.documents).toHaveLength(1);
  });

  it('writes the text of a text project as the document', async () => {
    const plan = await labelStudio([
      task(4, { text: 'Total: 9.00' }, [annotation(1, [textarea('total', ['9.00'])])]),
    ]);
    const { files } = await written(plan, folderWith());
    expect(files).toEqual(['task-4.txt']);
  });

  it('reports results of other types, regions without text and names that collide', async () => {
    const results = [
      { id: 't', from_name: 'kind', type: 'taxonomy', value: { taxonomy: [['a', 'b']] } },
      rectangle('r', 'stamp'),
      textarea('seller', ['x']),
      textarea('seller.name', ['y']),
    ];
    const plan = await labelStudio([task(1, DATA, [annotation(1, results)])]);
    expect(plan.skipped.map(({ what }) => what)).toEqual([
      'task 1, "kind"',
      'task 1, "stamp"',
      'task 1, "seller.name"',
    ]);
  });

  it.each([
    { name: 'an object', content: '{}', message: 'no list of tasks' },
    { name: 'no JSON', content: 'id,x', message: 'is not JSON' },
    { name: 'JSON-MIN', content: '[{"id":1,"pdf":"a.pdf","total":"9"}]', message: 'has "annotations"' },
  ])('refuses $name', async ({ content, message }) => {
    const root = folderWith({ 'export.json': content });
    await expect(planLabelStudio(join(root, 'export.json'))).rejects.toThrow(message);
  });
});

async function csv(
  content: string,
  options: CsvOptions = {},
  files: Record<string, string> = { 'documents/a.pdf': '1', 'documents/b.pdf': '2' },
): Promise<ImportPlan> {
  const root = folderWith({ ...files, 'labels.csv': content });
  return planCsv(join(root, 'labels.csv'), options);
}

describe('planCsv', () => {
  it('nests dotted headers, reads slices and template, and keeps cells as text', async () => {
    const plan = await csv(
      '\ufeffid,total,seller.name,slice:language,template\r\na,9.00,Acme,de,t1\r\nb,,"B, Co",,\r\n',
    );
    const { labels } = await written(plan, folderWith());
    expect(labels).toEqual([
      {
        id: 'a',
        fields: { total: '9.00', seller: { name: 'Acme' } },
        accept: {},
        slices: { language: 'de' },
        template: 't1',
      },
      { id: 'b', fields: { seller: { name: 'B, Co' } }, accept: {}, slices: {} },
    ]);
  });

  it.each([
    {
      name: 'semicolons, as spreadsheets of half of Europe write',
      content: 'id;total\na;9,00\n',
      options: {},
    },
    { name: 'tabs', content: 'id\ttotal\na\t9,00\n', options: {} },
    { name: 'what is asked for', content: 'id|total\na|9,00\n', options: { delimiter: '|' } },
  ])('separates cells at $name', async ({ content, options }) => {
    expect((await csv(content, options)).documents[0]?.label.fields).toEqual({ total: '9,00' });
  });

  it('finds documents by file, below the folder', async () => {
    const plan = await csv('file,total\nsub/a.pdf,1\nb.pdf,2\n', {}, { 'sub/a.pdf': '1', 'b.pdf': '2' });
    expect(plan.documents.map(({ label, extension }) => label.id + extension)).toEqual([
      'sub--a.pdf',
      'b.pdf',
    ]);
  });

  it.each([
    { name: 'a row too short', content: 'id,total\na\n', message: 'on line 2' },
    { name: 'an open quote', content: 'id,total\na,"9\n', message: 'Quote Not Closed' },
    { name: 'an empty file', content: '', message: 'is empty' },
    { name: 'no column for the document', content: 'name,total\na,1\n', message: 'no column "id" or "file"' },
    { name: 'no field', content: 'id,template\na,t\n', message: 'no column for a field' },
    { name: 'two columns of one name', content: 'id,total,total\na,1,2\n', message: 'two columns "total"' },
    { name: 'a column without name', content: 'id,total,\na,1,2\n', message: 'column 3 has no name' },
    {
      name: 'a field below a field',
      content: 'id,seller,seller.name\na,1,2\n',
      message: 'lies below a field',
    },
    { name: 'a field __proto__', content: 'id,__proto__.x\na,1\n', message: 'cannot be the name of a field' },
    { name: 'rows of a table', content: 'id,items.0.price\na,1\n', message: 'which a CSV file cannot hold' },
    {
      name: 'an unknown document',
      content: 'id,total\na,1\nzz,2\n',
      message: 'line 3: there is no document "zz"',
    },
    {
      name: 'a document twice',
      content: 'id,total\na,1\na,2\n',
      message: 'line 3: the id "a" already stands on line 2',
    },
    {
      name: 'a row without document',
      content: 'id,total\n,2\n',
      message: 'line 2: the row names no document',
    },
    {
      name: 'a file outside of the folder',
      content: 'file,total\n../../etc/passwd,2\n',
      message: 'line 2: ',
    },
  ])('refuses the whole file for $name', async ({ content, message }) => {
    await expect(csv(content)).rejects.toThrow(message);
  });

  it('counts lines as an editor does, also below cells with line feeds', async () => {
    await expect(csv('id,total\na,"1\n2"\nzz,2\n')).rejects.toThrow('line 4: there is no document');
  });

  it('gives back what was written into the table, whatever it was', async () => {
    // Cells without any text are no value, and a lone carriage return is a line end to some spreadsheets.
    const cell = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => text.trim() !== '');
    await fc.assert(
      fc.asyncProperty(cell, cell, async (total, name) => {
        const root = folderWith({ 'documents/a.txt': 'x' });
        writeFileSync(
          join(root, 'l.csv'),
          stringify(
            [
              ['id', 'total', 'seller.name'],
              ['a', total, name],
            ],
            { quoted: true },
          ),
        );
        const to = join(root, 'out');
        await writeDataset(await planCsv(join(root, 'l.csv')), to, { force: false, source: root });
        expect((await readDataset(to)).dataset.labels.get('a')?.fields).toEqual({ total, seller: { name } });
      }),
      { numRuns: 50 },
    );
  });
});

describe('writeDataset', () => {
  const options = { force: false, source: '/' };
  const plan = async (): Promise<ImportPlan> => csv('id,total\na,1\n');

  it('refuses a destination with something in it, and leaves it as it was', async () => {
    const to = folderWith({ 'labels.jsonl': 'mine' });
    await expect(writeDataset(await plan(), to, options)).rejects.toThrow('is not empty');
    expect(readFileSync(join(to, 'labels.jsonl'), 'utf8')).toBe('mine');
  });

  it('uses an empty folder', async () => {
    const to = folderWith();
    await writeDataset(await plan(), to, options);
    expect(readdirSync(to).sort()).toEqual(['documents', 'labels.jsonl']);
  });

  it('replaces a dataset with --force, and nothing else', async () => {
    const dataset = folderWith({ 'labels.jsonl': 'old', 'documents/old.txt': 'x' });
    await writeDataset(await plan(), dataset, { ...options, force: true });
    expect(readdirSync(join(dataset, 'documents'))).toEqual(['a.pdf']);
    const home = folderWith({ 'labels.jsonl': 'x', 'thesis.tex': 'x' });
    await expect(writeDataset(await plan(), home, { ...options, force: true })).rejects.toThrow(
      'is no dataset',
    );
    expect(existsSync(join(home, 'thesis.tex'))).toBe(true);
  });

  it('does not replace the folder that it reads from', async () => {
    const root = folderWith({ 'documents/a.pdf': '1', 'labels.jsonl': 'x' });
    await expect(
      writeDataset(await plan(), root, { force: true, source: join(root, 'documents') }),
    ).rejects.toThrow('source lies inside');
    expect(existsSync(join(root, 'documents/a.pdf'))).toBe(true);
  });

  it('leaves nothing behind when a document vanishes on the way', async () => {
    const parent = folderWith();
    const [document] = (await plan()).documents;
    const broken = {
      documents: [
        document!,
        {
          ...document!,
          label: { ...document!.label, id: 'b' },
          origin: { kind: 'path', path: join(parent, 'no') } as const,
        },
      ],
      skipped: [],
      notes: [],
    };
    await expect(writeDataset(broken, join(parent, 'out'), options)).rejects.toThrow('ENOENT');
    expect(readdirSync(parent)).toEqual([]);
  });

  it('refuses to write a dataset without documents, and says why there are none', async () => {
    const empty = { documents: [], skipped: [{ what: 'task 1', why: 'it was not annotated' }], notes: [] };
    await expect(writeDataset(empty, join(folderWith(), 'out'), options)).rejects.toThrow(
      'task 1: it was not annotated',
    );
  });

  it('copies a document that is a folder', async () => {
    const root = folderWith({
      'documents/a/scan.pdf': '1',
      'documents/a/ocr.json': '{}',
      'l.csv': 'id,total\na,1\n',
    });
    mkdirSync(join(root, 'documents/empty'));
    const { files } = await written(await planCsv(join(root, 'l.csv')), root);
    expect(files).toEqual(['a']);
  });
});

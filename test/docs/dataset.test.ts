import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { datasetAddress } from '../../src/core/dataset/address.js';
import { parseLabels } from '../../src/core/dataset/labels.js';
import { createS3Client, parseS3Address } from '../../src/storage/s3/index.js';
import { CREDENTIALS, REGION, requireMoto, useMoto } from '../support/cloud/moto.js';
import { docopsDataset } from '../support/dataset-command.js';
import { folderWith } from '../support/folder.js';

const text = readFileSync(new URL('../../docs/dataset.md', import.meta.url), 'utf8');
const blocks = [...text.matchAll(/^```(\w+)(?: file=(\S+))?\n([\s\S]*?)^```$/gm)].map(
  ([, language, file, body]) => ({
    language: language ?? '',
    file,
    body: body ?? '',
  }),
);

/** The documents that the page speaks of; it shows labels and commands only. */
const DOCUMENTS = {
  'eval/invoices/documents/acme-1.txt': 'Invoice A-17',
  'eval/invoices/documents/acme-2/scan.txt': 'Invoice A-18',
  'corrected/documents/acme-1.txt': 'Invoice A-17',
  'corrected/documents/acme-2/scan.txt': 'Invoice A-18',
  'table/documents/acme-1.txt': 'x',
  'table/documents/birch-7.pdf': 'y',
  'studio/files/acme-1.pdf': 'x',
  'studio/files/acme-2.pdf': 'y',
  'testset/input/acme-1.pdf': 'x',
};

/** Commands that need a bucket: from where the page names one to where it comes to imports. */
const bucketAt = blocks.findIndex(({ language }) => language === 'sh');
const importAt = blocks.findIndex(({ body }) => body.includes('dataset import'));
const inCloud = new Set(
  blocks.filter(({ language }, index) => index > bucketAt && index < importAt && language === 'console'),
);

/** Runs the page's commands one after the other in one folder. Returns how many there were. */
async function runPage(shown: readonly (typeof blocks)[number][]): Promise<number> {
  const root = folderWith(DOCUMENTS);
  let commands = 0;
  for (const { language, file, body } of shown) {
    if (file !== undefined) {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      writeFileSync(join(root, file), body);
    }
    if (language !== 'console') continue;
    const [line = '', ...expected] = body.trimEnd().split('\n');
    const args = line.replace(/^\$ docops dataset /, '').split(' ');
    const { code, out, err } = await docopsDataset(root, args);
    const printed = (err + out).trimEnd().split('\n');
    expect({ line, code, err: code === 0 ? '' : err }).toEqual({ line, code: 0, err: '' });
    // The comparison starts with a line for each side that the page leaves out.
    expect(printed.filter((one) => !/^(base|head) \d/.test(one))).toEqual(expected);
    commands += 1;
  }
  return commands;
}

describe('docs/dataset.md', () => {
  it('shows labels that are read without a problem', () => {
    const labels = blocks.filter(({ language }) => language === 'jsonl');
    expect(labels.length).toBeGreaterThanOrEqual(4);
    for (const { body } of labels) expect(parseLabels(body, 'docs').problems).toEqual([]);
  });

  it('shows commands that print what they are said to print', async () => {
    expect(await runPage(blocks.filter((block) => !inCloud.has(block)))).toBe(8);
  });

  it('names datasets elsewhere as they can be named', () => {
    const named = blocks.flatMap(({ language, body }) =>
      language === 'yaml' ? [...body.matchAll(/^ +dataset: (.*)$/gm)].map(([, name = '']) => name) : [],
    );
    expect(named.map((name) => datasetAddress(name).kind)).toEqual(['registry', 's3']);
    expect(text).toContain(`${named[0] ?? ''}fe64f031`);
  });

  it('names every code that a dataset can be faulted with', () => {
    const sources = [
      'core/dataset/labels.ts',
      'core/dataset/check.ts',
      'core/dataset/check-fields.ts',
      'core/dataset/check-training.ts',
      'core/dataset/manifest.ts',
      'dataset/read.ts',
      'dataset/documents.ts',
      'dataset/remote.ts',
    ].map((path) => readFileSync(new URL(`../../src/${path}`, import.meta.url), 'utf8'));
    const codes = new Set(
      sources.flatMap((source) => [...source.matchAll(/'([a-z]+(?:_[a-z0-9]+)+)'/g)].map(([, code]) => code)),
    );
    expect(codes.size).toBeGreaterThan(35);
    expect([...codes].filter((code) => !text.includes(`\`${code}\``))).toEqual([]);
  });
});

describe.skipIf(!requireMoto())(
  "docs/dataset.md with a bucket (needs moto: python3 -m pip install 'moto[server]')",
  () => {
    const moto = useMoto();

    it('shows commands that print what they are said to print', async () => {
      const [, variable = '', address = ''] =
        /^export (\w+)=(\S+)$/m.exec(blocks[bucketAt]?.body ?? '') ?? [];
      vi.stubEnv(variable, address);
      vi.stubEnv('AWS_ACCESS_KEY_ID', CREDENTIALS.accessKeyId);
      vi.stubEnv('AWS_SECRET_ACCESS_KEY', CREDENTIALS.secretAccessKey);
      vi.stubEnv('AWS_REGION', REGION);
      vi.stubEnv('AWS_ENDPOINT_URL', moto.url);
      vi.stubEnv('DOCOPS_CACHE_DIR', folderWith());
      onTestFinished(() => void vi.unstubAllEnvs());
      const client = createS3Client();
      await client.send(new CreateBucketCommand({ Bucket: parseS3Address(address).bucket }));
      client.destroy();
      expect(inCloud.size).toBe(2);
      await runPage(blocks);
    });
  },
);

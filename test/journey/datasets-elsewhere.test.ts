/** The built `docops` with datasets that are not in the repository: in a bucket, and in a registry. */
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Report } from '../../src/core/report/schema.js';
import { createS3Client } from '../../src/storage/s3/index.js';
import { CREDENTIALS, REGION, requireMoto, useMoto } from '../support/cloud/moto.js';
import { CONFIG, EXTRACTOR, Project } from '../support/project.js';

const BUCKET = 'datasets';
/** Loses every other total. */
const BROKEN = EXTRACTOR.replace('{ printf', '$1 == "grand_total" && /[02468].50/ { $2 = "0.00" }\n{ printf');

let project: Project;
beforeEach(() => {
  project = new Project();
});
afterEach(() => project.remove());

/** The dataset leaves the repository; the configuration says where it went. A branch breaks the extractor. */
function moveDataset(address: string): void {
  project.git('rm', '-r', '-q', 'eval');
  project.write('.docops.yml', CONFIG.replace('eval/invoices', address));
  project.commit('The dataset is elsewhere');
  project.branch('change', { 'extract/main.awk': BROKEN });
}

/** All that a report says about the extractor: without commits, times, and where the labels lie. */
function verdictOf(report: Report): unknown {
  const { verdict, blocked, reasons, overall, documents_exact, fields, documents, slices, noise } = report;
  const { version, documents: count, templates } = report.dataset;
  return {
    verdict,
    blocked,
    reasons,
    overall,
    documents_exact,
    fields,
    documents,
    slices,
    noise,
    version,
    count,
    templates,
  };
}

async function pushed(...args: string[]): Promise<string> {
  const ran = await project.docops(['dataset', 'push', 'eval/invoices', 'invoices', ...args]);
  expect(ran).toMatchObject({ code: 0, out: expect.stringMatching(/^invoices@[0-9a-f]{64}\n$/) as unknown });
  return ran.out.trim();
}

async function folderReport(): Promise<Report> {
  project.git('checkout', '-q', '-b', 'in-folder', 'main');
  project.write('extract/main.awk', BROKEN);
  project.commit('broken');
  const { report } = await project.eval('--head', 'in-folder', '--base', 'main');
  project.git('checkout', '-q', 'main');
  return report;
}

describe('a dataset in a registry that is a folder', () => {
  let registry: string;
  beforeEach(() => {
    registry = mkdtempSync(join(tmpdir(), 'docops-registry-'));
    vi.stubEnv('DOCOPS_DATASETS', registry);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(registry, { recursive: true, force: true });
  });

  it('gives the same report as the folder it was pushed from', async () => {
    const folder = await folderReport();
    expect(folder.blocked).toBe(true);
    const address = await pushed();
    moveDataset(address);
    const { report, code } = await project.eval();
    expect(verdictOf(report)).toEqual(verdictOf(folder));
    expect(report.dataset).toMatchObject({ source: address, read_from: 'address' });
    expect(code).toBe(1);
  });

  it('is named by the beginning of its version too', async () => {
    const address = await pushed();
    moveDataset(address.slice(0, 'invoices@'.length + 12));
    const { report } = await project.eval();
    expect(`invoices@${report.dataset.version}`).toBe(address);
  });

  it('that is pushed again is left as it is', async () => {
    const address = await pushed();
    const before = readdirSync(registry, { recursive: true }).sort();
    const again = await project.docops(['dataset', 'push', 'eval/invoices', 'invoices']);
    expect(again).toEqual({
      code: 0,
      out: `${address}\n`,
      err: expect.stringContaining('already') as unknown,
    });
    expect(readdirSync(registry, { recursive: true }).sort()).toEqual(before);
  });

  it('does not take a dataset with errors', async () => {
    appendFileSync(project.path('eval/invoices/labels.jsonl'), '{"id": "nobody", "fields": {}}\n');
    const ran = await project.docops(['dataset', 'push', 'eval/invoices', 'invoices']);
    expect(ran.code).toBe(2);
    expect(ran.err).toMatch(/nothing was pushed[\s\S]*missing_document/);
    expect(ran.out).toBe('');
    expect(readdirSync(registry)).toEqual([]);
  });

  it('is validated, versioned and compared by its name', async () => {
    const first = await pushed();
    project.write(
      'eval/invoices/labels.jsonl',
      project.read('eval/invoices/labels.jsonl').replace('"100.50"', '"999.50"'),
    );
    const second = await pushed();
    const config = CONFIG.replace('eval/invoices', first);
    project.write('.docops.yml', config);
    const valid = await project.docops(['dataset', 'validate']);
    expect(valid).toMatchObject({ code: 0, out: expect.stringContaining('fields of invoices') as unknown });
    const json = await project.docops(['dataset', 'validate', first, '--json']);
    expect(JSON.parse(json.out)).toMatchObject({
      valid: true,
      folder: first,
      documents: 12,
      pipeline: 'invoices',
    });
    expect((await project.docops(['dataset', 'version', second])).out).toBe(
      `${second.split('@')[1] ?? ''}\n`,
    );
    const diff = await project.docops(['dataset', 'diff', first, second]);
    expect(diff.out).toMatch(/inv-01\s*│\s*grand_total\s*│\s*"100.50"\s*│\s*"999.50"/);
    const mixed = await project.docops(['dataset', 'diff', 'main:eval/invoices', first]);
    expect(mixed).toMatchObject({ code: 0, out: expect.stringContaining('no difference') as unknown });
  });

  it('that was changed behind its back gives no verdict', async () => {
    const address = await pushed();
    moveDataset(address);
    const labels = join(registry, ...address.split('@'), 'labels.jsonl');
    const before = readFileSync(labels, 'utf8');
    rmSync(labels);
    appendFileSync(labels, before.replace('"100.50"', '"1.50"'));
    rmSync(join(registry, '.docops'), { recursive: true });
    const ran = await project.docops(['eval']);
    expect(ran.code).toBe(2);
    expect(ran.err).toContain(`The content of ${address} has the version`);
    const validated = await project.docops(['dataset', 'validate', address]);
    expect(validated).toMatchObject({ code: 2, out: expect.stringContaining('wrong_version') as unknown });
  });

  it('is told in the report when the head names another version, and the base decides', async () => {
    const first = await pushed();
    moveDataset(first);
    project.branch('other-labels', {
      '.docops.yml': CONFIG.replace('eval/invoices', 'invoices@ffffffffffff'),
    });
    project.write('extract/main.awk', `# same\n${EXTRACTOR}`);
    const { report } = await project.eval('--base', 'main');
    expect(report.dataset.source).toBe(first);
    expect(report.config_changes.join('\n')).toContain('invoices@ffffffffffff');
  });

  it.each([
    [
      'invoices@000000000000',
      /has no version 000000000000 of "invoices"[\s\S]*docops dataset push FOLDER invoices/,
    ],
    ['receipts@000000000000', /has no dataset "receipts"/],
    ['invoices@newest', /names no version of a dataset: it is not hex/],
    ['https://example.com/x', /only s3:\/\/ addresses are known/],
  ])('ends with 2 where the configuration says %s', async (address, message) => {
    await pushed();
    moveDataset(address);
    const ran = await project.docops(['eval']);
    expect(ran).toMatchObject({ code: 2, err: expect.stringMatching(message) as unknown });
  });

  it('has to be named somewhere', async () => {
    const address = await pushed();
    vi.stubEnv('DOCOPS_DATASETS', '');
    moveDataset(address);
    const ran = await project.docops(['eval']);
    expect(ran).toMatchObject({ code: 2, err: expect.stringContaining('set DOCOPS_DATASETS') as unknown });
    const push = await project.docops(['dataset', 'push', 'extract', 'invoices']);
    expect(push).toMatchObject({ code: 2, err: expect.stringContaining('--to') as unknown });
  });
});

/** A door in front of moto that writes down what is downloaded through it. */
async function listening(moto: string, downloads: string[]): Promise<string> {
  const { hostname, port } = new URL(moto);
  const server = createServer((incoming, reply) => {
    const { method, url: path = '', headers } = incoming;
    if (method === 'GET' && !path.includes('list-type')) downloads.push(path);
    const onward = request({ host: hostname, port, method, path, headers }, (answer) => {
      reply.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(reply);
    });
    incoming.pipe(onward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe.skipIf(!requireMoto())("a dataset in S3 (needs moto: python3 -m pip install 'moto[server]')", () => {
  const moto = useMoto();
  let client: S3Client;
  beforeAll(async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', CREDENTIALS.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', CREDENTIALS.secretAccessKey);
    vi.stubEnv('AWS_REGION', REGION);
    vi.stubEnv('AWS_ENDPOINT_URL', moto.url);
    client = createS3Client();
    await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
  });
  afterAll(() => {
    client.destroy();
    vi.unstubAllEnvs();
  });

  const upload = async (prefix: string): Promise<void> => {
    for (const name of readdirSync(project.path('eval/invoices'), { recursive: true, withFileTypes: true })) {
      if (!name.isFile()) continue;
      const path = join(name.parentPath, name.name);
      const key = `${prefix}/${path.slice(project.path('eval/invoices').length + 1)}`;
      await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: readFileSync(path) }));
    }
  };

  it('gives the same report as its folder: pushed to a registry, and copied by another tool', async () => {
    const folder = await folderReport();
    expect(folder.blocked).toBe(true);
    const registry = `s3://${BUCKET}/registry`;
    const address = await pushed('--to', registry);
    await upload('copied/invoices');
    vi.stubEnv('DOCOPS_DATASETS', registry);
    onTestFinished(() => void vi.stubEnv('DOCOPS_DATASETS', undefined));
    moveDataset(address);
    const fromRegistry = await project.eval();
    expect(fromRegistry.code).toBe(1);
    expect(verdictOf(fromRegistry.report)).toEqual(verdictOf(folder));
    project.git('checkout', '-q', 'main');
    project.write('.docops.yml', CONFIG.replace('eval/invoices', `s3://${BUCKET}/copied/invoices`));
    project.commit('copied');
    project.branch('change-2', { 'extract/main.awk': BROKEN });
    const fromBucket = await project.eval();
    expect(verdictOf(fromBucket.report)).toEqual(verdictOf(folder));
    // What was measured for the one is known for the other: documents are known by their content.
    expect(fromBucket.report.run.documents_run).toBe(0);
  });

  it('is downloaded once, and its labels are never in what the extractor sees', async () => {
    await upload('once');
    const downloads: string[] = [];
    vi.stubEnv('AWS_ENDPOINT_URL', await listening(moto.url, downloads));
    onTestFinished(() => void vi.stubEnv('AWS_ENDPOINT_URL', moto.url));
    project.git('rm', '-r', '-q', 'eval');
    project.write(
      '.docops.yml',
      CONFIG.replace('eval/invoices', `s3://${BUCKET}/once`).replace(
        'run: awk',
        'run: test -z "$(find . -name labels.jsonl)" && awk',
      ),
    );
    project.commit('The dataset is in a bucket');
    project.branch('change', { 'extract/main.awk': `# changed\n${EXTRACTOR}` });
    const first = await project.eval();
    expect(first.report.documents_exact).toEqual({ base: 12, head: 12, of: 12 });
    expect(downloads.filter((path) => path.includes('/documents/')).length).toBe(12);
    expect(downloads.length).toBe(13);
    project.write('extract/main.awk', BROKEN);
    const second = await project.eval();
    expect(second.report.blocked).toBe(true);
    expect(downloads.length).toBe(13);
    await client.send(
      new PutObjectCommand({ Bucket: BUCKET, Key: 'once/documents/inv-01.txt', Body: 'other' }),
    );
    const third = await project.eval();
    expect(third.report.dataset.version).not.toBe(first.report.dataset.version);
    expect(downloads.slice(13)).toEqual([expect.stringContaining('/once/documents/inv-01.txt')]);
  });

  it('where there is no dataset, or no bucket, ends with 2 and says so', async () => {
    moveDataset(`s3://${BUCKET}/nothing`);
    const nothing = await project.docops(['eval']);
    expect(nothing).toMatchObject({
      code: 2,
      err: expect.stringContaining(`there is no dataset at s3://${BUCKET}/nothing`) as unknown,
    });
    const bucket = await project.docops(['dataset', 'validate', 's3://no-such-bucket/x']);
    expect(bucket).toMatchObject({ code: 2, err: expect.stringContaining('no such bucket') as unknown });
    const push = await project.docops(['dataset', 'push', 'extract', 'x', '--to', 's3://NO']);
    expect(push.code).toBe(2);
  });

  it('ends with 3 and no verdict where nobody answers', async () => {
    moveDataset(`s3://${BUCKET}/nothing`);
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:9');
    onTestFinished(() => void vi.stubEnv('AWS_ENDPOINT_URL', moto.url));
    const ran = await project.docops(['eval']);
    expect(ran).toMatchObject({
      code: 3,
      err: expect.stringMatching(/no answer.*AWS_ENDPOINT_URL/) as unknown,
    });
    expect(ran.err).not.toContain('    at ');
  });
});

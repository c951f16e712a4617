/** checkov over deploy/terraform: nothing fails, and what is skipped says why beside the resource. */
import { spawn } from 'node:child_process';
import { afterAll, describe, expect, it } from 'vitest';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TERRAFORM } from '../support/cloud/terraform.js';
import { requireTool } from '../support/tools.js';

const PATIENCE_MS = 300_000;

interface Check {
  readonly check_id: string;
  readonly check_name: string;
  readonly resource: string;
}
interface Report {
  readonly summary: { readonly passed: number; readonly parsing_errors: number };
  readonly results: { readonly failed_checks: readonly Check[] };
}

async function checkov(folder: string): Promise<Report> {
  // python3 -m pip install checkov, in an environment of its own: it pins boto3.
  const child = spawn(
    'checkov',
    [
      '--directory',
      folder,
      '--framework',
      'terraform',
      '--quiet',
      '--compact',
      '--output',
      'json',
      '--skip-download',
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const out: Buffer[] = [];
  let complaint = '';
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on(
    'data',
    (chunk: Buffer) => (complaint = (complaint + chunk.toString('utf8')).slice(-4_000)),
  );
  await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  try {
    return JSON.parse(Buffer.concat(out).toString('utf8')) as Report;
  } catch {
    throw new Error(`checkov told nothing: ${complaint}`);
  }
}

describe.skipIf(!requireTool('checkov'))('deploy/terraform, with checkov', { timeout: PATIENCE_MS }, () => {
  const planted = mkdtempSync(join(tmpdir(), 'docops-checkov-'));
  afterAll(() => rmSync(planted, { recursive: true, force: true }));

  it('has no check that fails', async () => {
    const { summary, results } = await checkov(TERRAFORM);
    expect(
      results.failed_checks.map((each) => `${each.check_id} ${each.resource}: ${each.check_name}`),
    ).toEqual([]);
    expect(summary.parsing_errors).toBe(0);
    expect(summary.passed).toBeGreaterThan(200);
  });

  it('finds a queue in clear that is planted', async () => {
    writeFileSync(join(planted, 'main.tf'), 'resource "aws_sqs_queue" "planted" {\n  name = "planted"\n}\n');
    const { results } = await checkov(planted);
    expect(results.failed_checks.map(({ check_id: id }) => id)).toContain('CKV_AWS_27');
  });

  it('skips nothing as a whole, and says of each skip why', () => {
    const files = readdirSync(TERRAFORM, { recursive: true, encoding: 'utf8' });
    expect(files.filter((name) => /\.checkov\.ya?ml$/.test(name))).toEqual([]);
    const skips = files
      .filter((name) => name.endsWith('.tf'))
      .flatMap((name) => readFileSync(join(TERRAFORM, name), 'utf8').split('\n'))
      .filter((line) => line.includes('checkov:skip'));
    expect(skips.length).toBeGreaterThan(10);
    for (const line of skips) expect(line).toMatch(/#checkov:skip=CKV2?_AWS_\d+:.{20,}/);
  });
});

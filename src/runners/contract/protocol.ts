/**
 * What this side believes of the evaluation runner's lines. Code of strangers has run beside it, so each line is checked
 * before it is used. The JSON Schema that ships is generated from here and from tasks.ts (schema.ts).
 */
import { z } from 'zod';
import {
  DOCUMENT_ID,
  STATUSES,
  type DocumentResult,
  type Job,
  type SetupLine,
} from '../../../eval-runner/contract.js';
import type { Prediction } from '../../core/words.js';
import type { SetupResult } from '../../ports/runner.js';

export const count = z.number().int().min(1);
const absolutePath = z.string().regex(/^\//);
const amount = z.number().min(0);
export const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/);
const exitCode = z.number().int().min(0).max(255);
const signal = z.string().regex(/^SIG[A-Z0-9]{1,12}$/);

export const limitsSchema = z.strictObject({
  jobs: count,
  memoryBytes: count,
  outputBytes: count,
  predictionsBytes: count,
  stderrTailBytes: count,
  jsonDepth: count,
  killGraceMs: count,
});
export const documentId = z.string().regex(DOCUMENT_ID);

const base = {
  version: z.literal(1),
  codeDirectory: absolutePath,
  scratchDirectory: absolutePath,
  homeDirectory: absolutePath,
  env: z.record(variable, z.string()),
  limits: limitsSchema,
  sandbox: z.enum(['none', 'bwrap']),
  hidden: z.array(absolutePath),
  mark: z.string().regex(/^[A-Za-z0-9]{16,64}$/),
  output: absolutePath.nullable(),
  watchStdin: z.boolean(),
  inherit: z.array(variable).optional(),
  begun: absolutePath.optional(),
};

export const jobSchema = z.discriminatedUnion('step', [
  z.strictObject({
    ...base,
    step: z.literal('extract'),
    documents: z.array(z.strictObject({ id: documentId, path: absolutePath })),
    extract: z.strictObject({
      run: z.string().min(1),
      mode: z.enum(['document', 'batch']),
      timeoutMs: count,
      documentTimeoutMs: count,
    }),
  }),
  z.strictObject({
    ...base,
    step: z.literal('setup'),
    setup: z.strictObject({ run: z.string().min(1), timeoutMs: count }),
  }),
]);

const measured = {
  id: z.string(),
  exitCode: exitCode.optional(),
  signal: signal.optional(),
  seconds: amount,
  maxRssBytes: amount.optional(),
  stderrTail: z.string().optional(),
};

export const documentResultSchema = z.discriminatedUnion('status', [
  z.strictObject({
    ...measured,
    status: z.literal('ok'),
    fields: z.record(z.string(), z.unknown()),
    confidence: z.record(z.string(), z.number().min(0).max(1)).optional(),
    usage: z.strictObject({ usd: amount.optional(), ocrPages: amount.optional() }).optional(),
  }),
  z.strictObject({
    ...measured,
    status: z.enum(STATUSES).exclude(['ok']),
    problem: z.string(),
  }),
]);

export const setupLineSchema = z.discriminatedUnion('ok', [
  z.strictObject({ ok: z.literal(true), seconds: amount }),
  z.strictObject({
    ok: z.literal(false),
    seconds: amount,
    problem: z.string(),
    exitCode: exitCode.optional(),
    outputTail: z.string(),
  }),
]);

/** Undefined for a line that is not a result. The object itself is returned, so a field named `__proto__` survives. */
export function readDocumentResult(line: Uint8Array): Prediction | undefined {
  const value = parse(line);
  return documentResultSchema.safeParse(value).success ? (value as DocumentResult) : undefined;
}

export function readSetupLine(line: Uint8Array): SetupResult | undefined {
  const value = parse(line);
  return setupLineSchema.safeParse(value).success ? (value as SetupLine) : undefined;
}

/** A job as text, checked before it leaves: a wrong job is our own bug. */
export function writeJob(job: Job): string {
  return JSON.stringify(jobSchema.parse(job));
}

function parse(line: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(line).toString('utf8'));
  } catch {
    return undefined;
  }
}

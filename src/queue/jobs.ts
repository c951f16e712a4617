/** A job as it lies in the queue: checked when it goes in and again when it is taken, since another version may have written it. */
import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import { z } from 'zod';
import { JOB_REASON_CHARACTERS, JOB_TEXT_CHARACTERS } from '../core/limits.js';
import type { Job } from '../ports/queue.js';
import { JOB_KINDS } from './kinds.js';

// PostgreSQL's jsonb takes neither NUL nor halves of surrogate pairs; no name of git or GitHub has a control character.
const text = z
  .string()
  .min(1)
  .max(JOB_TEXT_CHARACTERS)
  .regex(/^[^\p{Control}\p{Surrogate}]*$/u, 'has characters that no name has');
const id = z.int().nonnegative();

const schema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('look'), repositoryId: id, number: id }),
  z.object({ kind: z.literal('hint'), hintId: id }),
  z.object({ kind: z.literal('evaluate'), evaluationId: text }),
  z.object({ kind: z.literal('publish'), repositoryId: id, headSha: text, baseRef: text }),
  z.object({ kind: z.literal('simulate'), simulationId: text }),
  z.object({ kind: z.literal('reconcile') }),
  z.object({ kind: z.literal('canary') }),
]) satisfies z.ZodType<Job>;

/** `problem` is a sentence. Fields that this version does not know are left out. */
export function readJob(data: unknown): { readonly job: Job } | { readonly problem: string } {
  const read = schema.safeParse(data);
  if (read.success) return { job: read.data };
  const kind: unknown = typeof data === 'object' && data !== null && 'kind' in data ? data.kind : undefined;
  if (typeof kind === 'string' && !(JOB_KINDS as readonly string[]).includes(kind))
    return {
      problem: `unknown job kind ${JSON.stringify(cleanText(kind, 100))}: a newer version of DocOps wrote it`,
    };
  const issues = read.error.issues.map(({ path, message }) => `${path.join('.') || 'job'}: ${message}`);
  return { problem: cleanText(`not a job: ${issues.join('; ')}`, JOB_REASON_CHARACTERS) };
}

/** The same for equal jobs only; a hash, since branch names have colons, quotes and any length. */
export function jobKey(job: Job): string {
  const fields = Object.entries(job).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(fields)).digest('hex');
}

/** What a handler threw, fit to be kept with the job: any value, any characters, any length. */
export function keptError(error: unknown): Error {
  const message = error instanceof Error ? error.message || error.name : undefined;
  const said = cleanText(
    message ?? (typeof error === 'string' ? error : inspect(error, { depth: 0 })),
    JOB_REASON_CHARACTERS,
  );
  // BullMQ steers by messages of its own, which begin so.
  const kept = new Error(said.startsWith('bullmq:') ? `error ${said}` : said);
  kept.stack = cleanText(
    (error instanceof Error ? error.stack : undefined) ?? said,
    2 * JOB_REASON_CHARACTERS,
  );
  return kept;
}

function cleanText(value: string, characters: number): string {
  const cut = value.length > characters ? `${value.slice(0, characters)}…` : value;
  return cut.replace(/[^\P{Control}\n\t]|\p{Surrogate}/gu, '\uFFFD');
}

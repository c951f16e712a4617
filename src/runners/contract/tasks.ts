/** The same for tasks outside of this machine: what their first and last container are told, and what comes back. */
import { z } from 'zod';
import type { DeliverManifest, FetchManifest, ResultsHeader } from '../../../eval-runner/task/contract.js';
import { count, documentId, limitsSchema, variable } from './protocol.js';

const bytes = z.number().int().min(0);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const url = z.string().regex(/^https?:\/\/[^\s/]+\/\S*$/);
const text = z.string().regex(/^[^\0]*$/);
const upload = z.strictObject({ url, maxBytes: count });
const download = { url, sha256, bytes };

const common = {
  version: z.literal(1),
  driver: z.enum(['runner', 'shell']),
  mode: z.enum(['document', 'batch']),
  timeoutMs: count,
  documentTimeoutMs: count,
  limits: limitsSchema,
};
const fetchCommon = {
  ...common,
  code: z.strictObject(download),
  run: z.string().regex(/^[^\0]*[^\0\s][^\0]*$/),
  env: z.record(variable, text),
  inherit: z.array(variable).optional(),
};
const document = z.strictObject({
  ...download,
  id: documentId,
  kind: z.enum(['file', 'folder']),
  extension: z.string().regex(/^(\.[A-Za-z0-9]{1,16})?$/),
});

export const fetchManifestSchema = z.discriminatedUnion('step', [
  z.strictObject({ ...fetchCommon, step: z.literal('extract'), documents: z.array(document).min(1) }),
  z.strictObject({ ...fetchCommon, step: z.literal('setup'), documents: z.array(document).max(0) }),
]);

export const deliverManifestSchema = z.discriminatedUnion('step', [
  z.strictObject({
    ...common,
    step: z.literal('extract'),
    ids: z.array(documentId).min(1),
    results: upload,
    prepared: z.null(),
  }),
  z.strictObject({
    ...common,
    step: z.literal('setup'),
    ids: z.array(documentId).max(0),
    results: upload,
    prepared: upload,
  }),
]);

export const resultsHeaderSchema = z.strictObject({
  docops: z.literal('task-results/1'),
  step: z.enum(['setup', 'extract']),
  lines: bytes,
  sha256,
  prepared: z.strictObject({ sha256, bytes }).nullable(),
});

/** Manifests as text, checked before they leave: a wrong one is our own bug. */
export function writeFetchManifest(manifest: FetchManifest): string {
  return JSON.stringify(fetchManifestSchema.parse(manifest));
}

export function writeDeliverManifest(manifest: DeliverManifest): string {
  return JSON.stringify(deliverManifestSchema.parse(manifest));
}

export function readResultsHeader(value: unknown): ResultsHeader | undefined {
  const parsed = resultsHeaderSchema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

/** Reads the manifests of fetch and deliver; throws an Error that names the key that is wrong. */
import { command, environment, list, matching, object, oneOf, positive, whole } from '../checks.js';
import { DOCUMENT_ID, parseLimits } from '../contract.js';
import type { DeliverManifest, Download, FetchManifest, TaskDocument, Upload } from './contract.js';

export function parseFetchManifest(text: string): FetchManifest {
  const manifest = object(JSON.parse(text), 'manifest');
  const common = parseCommon(manifest);
  const documents = list(manifest['documents'], 'manifest.documents').map(parseDocument);
  atMostOnce(documents.map(({ id }) => id));
  const extracts = common.step === 'extract';
  if (extracts !== documents.length > 0)
    throw new Error(`manifest.documents must have ${extracts ? 'documents' : 'none for setup'}`);
  // The list of a batch lies beside its documents.
  if (documents.some(({ id, extension }) => id + extension === 'manifest.jsonl'))
    throw new Error('manifest.documents has one that would be called manifest.jsonl');
  return {
    ...common,
    code: parseDownload(object(manifest['code'], 'manifest.code'), 'manifest.code'),
    run: command(manifest['run'], 'manifest.run'),
    env: environment(manifest['env'], 'manifest.env'),
    ...(manifest['inherit'] !== undefined && {
      inherit: list(manifest['inherit'], 'manifest.inherit').map((name, i) =>
        matching(name, /^[A-Za-z_][A-Za-z0-9_]*$/, `manifest.inherit[${i}]`),
      ),
    }),
    documents,
  };
}

export function parseDeliverManifest(text: string): DeliverManifest {
  const manifest = object(JSON.parse(text), 'manifest');
  const common = parseCommon(manifest);
  const ids = list(manifest['ids'], 'manifest.ids').map((id, i) =>
    matching(id, DOCUMENT_ID, `manifest.ids[${i}]`),
  );
  atMostOnce(ids);
  const extracts = common.step === 'extract';
  if (extracts !== ids.length > 0)
    throw new Error(`manifest.ids must have ${extracts ? 'ids' : 'none for setup'}`);
  if (extracts !== (manifest['prepared'] === null))
    throw new Error(`manifest.prepared must be ${extracts ? 'null' : 'where the prepared code goes'}`);
  return {
    ...common,
    ids,
    results: parseUpload(manifest['results'], 'manifest.results'),
    prepared: extracts ? null : parseUpload(manifest['prepared'], 'manifest.prepared'),
  };
}

function parseCommon(manifest: Record<string, unknown>) {
  if (manifest['version'] !== 1) throw new Error('manifest.version must be 1');
  return {
    version: 1,
    step: oneOf(manifest['step'], ['setup', 'extract'], 'manifest.step'),
    driver: oneOf(manifest['driver'], ['runner', 'shell'], 'manifest.driver'),
    mode: oneOf(manifest['mode'], ['document', 'batch'], 'manifest.mode'),
    timeoutMs: positive(manifest['timeoutMs'], 'manifest.timeoutMs'),
    documentTimeoutMs: positive(manifest['documentTimeoutMs'], 'manifest.documentTimeoutMs'),
    limits: parseLimits(manifest['limits'], 'manifest.limits'),
  } as const;
}

function parseDocument(value: unknown, i: number): TaskDocument {
  const place = `manifest.documents[${i}]`;
  const document = object(value, place);
  return {
    ...parseDownload(document, place),
    id: matching(document['id'], DOCUMENT_ID, `${place}.id`),
    kind: oneOf(document['kind'], ['file', 'folder'], `${place}.kind`),
    extension: matching(document['extension'], /^(\.[A-Za-z0-9]{1,16})?$/, `${place}.extension`),
  };
}

function parseDownload(value: Record<string, unknown>, place: string): Download {
  return {
    url: link(value['url'], `${place}.url`),
    sha256: matching(value['sha256'], /^[0-9a-f]{64}$/, `${place}.sha256`),
    bytes: whole(value['bytes'], `${place}.bytes`),
  };
}

function parseUpload(value: unknown, place: string): Upload {
  const upload = object(value, place);
  return {
    url: link(upload['url'], `${place}.url`),
    maxBytes: positive(upload['maxBytes'], `${place}.maxBytes`),
  };
}

/** Never shown in a message: whoever has it may read or write. */
function link(value: unknown, place: string): string {
  return matching(value, /^https?:\/\/[^\s/]+\/\S*$/, place);
}

function atMostOnce(ids: readonly string[]): void {
  const seen = new Set<string>();
  for (const id of ids) {
    if (seen.has(id)) throw new Error(`the id ${id} stands twice in the manifest`);
    seen.add(id);
  }
}

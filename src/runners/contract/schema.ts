/**
 * JSON Schema (draft 2020-12) of everything that goes into the code's surroundings and comes out of them
 * (schema/eval-runner.schema.json), for whoever runs the evaluation runner or a task's containers elsewhere.
 */
import { z } from 'zod';
import { documentResultSchema, jobSchema, setupLineSchema } from './protocol.js';
import { deliverManifestSchema, fetchManifestSchema, resultsHeaderSchema } from './tasks.js';

const PARTS = {
  job: jobSchema,
  documentResult: documentResultSchema,
  setupResult: setupLineSchema,
  fetchManifest: fetchManifestSchema,
  deliverManifest: deliverManifestSchema,
  resultsHeader: resultsHeaderSchema,
};

export function evalRunnerSchema(): Record<string, unknown> {
  const part = (schema: z.ZodType): Record<string, unknown> => {
    const made: Record<string, unknown> = { ...z.toJSONSchema(schema, { target: 'draft-2020-12' }) };
    delete made['$schema'];
    return made;
  };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'docops.eval-runner/1',
    title:
      'DocOps evaluation runner: one job in, one result a line out; and the same for a task of containers',
    $defs: Object.fromEntries(Object.entries(PARTS).map(([name, schema]) => [name, part(schema)])),
    anyOf: Object.keys(PARTS).map((name) => ({ $ref: `#/$defs/${name}` })),
  };
}

/** Writes the JSON Schemas that ship, each generated from the source that the program itself reads by: `npm run schemas`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { configJsonSchema } from './core/config/index.js';
import { reportSchema } from './core/report/schema.js';
import { openApiDocument } from './http/api/document.js';
import { evalRunnerSchema } from './runners/contract/schema.js';

/** File name in `schema/` → content. A test fails when the committed files differ. */
export function schemaFiles(): Record<string, string> {
  return {
    'docops.schema.json': text(configJsonSchema()),
    'eval-runner.schema.json': text(evalRunnerSchema()),
    'openapi.json': text(openApiDocument()),
    'report.schema.json': text({
      // As input: unknown keys pass, since later versions of a report may have more.
      ...z.toJSONSchema(reportSchema, { io: 'input', target: 'draft-07' }),
      title: 'DocOps report (docops.report/1)',
      description:
        'Scores, deltas and intervals are fractions; times are seconds; money is US dollars. What cannot be computed is null.',
    }),
  };
}

const text = (schema: object) => `${JSON.stringify(schema, null, 2)}\n`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  // Both src/schemas.ts and dist/src/schemas.js are run from the package's root, as npm scripts are.
  const folder = join(process.cwd(), 'schema');
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(schemaFiles())) writeFileSync(join(folder, name), content);
}

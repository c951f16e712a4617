/** The description of the API (OpenAPI 3.1), made of the same routes and shapes that answer. */
import { OpenAPIHono, z, type RouteConfig } from '@hono/zod-openapi';
import { reportSchema } from '../../core/report/schema.js';
import { getSimulation, requestSimulation, validate } from './configuration.js';
import { listLedger } from './ledger.js';
import { getGateRecord, getRepository, getTrend, listDatasets, listRepositories } from './repositories.js';
import { getReport, getRun, listReports, listRuns } from './runs.js';

const ROUTES: readonly RouteConfig[] = [
  listRepositories,
  getRepository,
  listRuns,
  getTrend,
  getGateRecord,
  listDatasets,
  listLedger,
  getRun,
  listReports,
  getReport,
  validate,
  requestSimulation,
  getSimulation,
];

const ABOUT = `What DocOps knows, for programs. Every request has a token: \`Authorization: Bearer docops_…\`.

Scores, differences and intervals are fractions (0.038 = 3.8 percentage points); times are seconds or moments in UTC; money is US dollars. What cannot be computed is null.

Within v1 routes, members and codes are added, and none is renamed or removed: leave aside what you do not know.`;

export function openApiDocument(): object {
  const { openAPIRegistry: registry, getOpenAPI31Document: generate } = new OpenAPIHono();
  for (const { middleware: _, ...route } of ROUTES as readonly (RouteConfig & { middleware?: unknown })[])
    registry.registerPath(route);
  registry.registerComponent('securitySchemes', 'token', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'docops_ and 43 characters',
    description: 'Made on the page "API tokens" of a repository, or by `docops tokens create`.',
  });
  for (const [name, schema] of Object.entries(reportSchemas()))
    registry.registerComponent('schemas', name, schema);
  return generate({
    openapi: '3.1.0',
    info: {
      title: 'DocOps',
      version: '1',
      description: ABOUT,
      license: { name: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'This server' }],
    security: [],
  });
}

/** `docops.report/1` by its own schema. As input: unknown keys pass, since later versions of a report may have more. */
function reportSchemas(): Record<string, object> {
  const { $defs = {}, $schema: _, ...report } = z.toJSONSchema(reportSchema, { io: 'input' });
  const parts = {
    Report: report,
    ...Object.fromEntries(Object.entries($defs).map(([key, of]) => [partName(key), of])),
  };
  const text = JSON.stringify(parts).replaceAll(
    /"#\/\$defs\/([^"]+)"/g,
    (_all, key: string) => `"#/components/schemas/${partName(key)}"`,
  );
  return JSON.parse(text) as Record<string, object>;
}

const partName = (key: string): string => `Report.${key.replaceAll('_', '')}`;

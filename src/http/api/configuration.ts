/** Checks a configuration, and tries one on runs of the past. */
import { createRoute, z, type OpenAPIHono } from '@hono/zod-openapi';
import { readConfig } from '../../core/config/index.js';
import { API_CONFIGURATION_CHARACTERS } from '../../core/limits.js';
import type { Problem } from '../../core/words.js';
import { startSimulation } from '../simulation.js';
import type { Site } from '../site/words.js';
import { needs, type ApiEnv } from './authenticate.js';
import { ApiProblem } from './problems.js';
import { visibleRepository } from './repositories.js';
import { jsonAnswer, ownerAndName, problems, repositoryParams, text } from './responses.js';
import { simulationSchema, validationSchema } from './schemas.js';
import { problemJson, simulationJson } from './views.js';

const configurationText = z
  .string('write the text of a .docops.yml here')
  .max(API_CONFIGURATION_CHARACTERS, `write at most ${API_CONFIGURATION_CHARACTERS} characters`)
  .openapi({ description: 'The text of a `.docops.yml`.' });

export const validate = createRoute({
  operationId: 'validate',
  method: 'post',
  path: '/api/v1/validate',
  summary: 'Checks a configuration',
  description:
    'The file alone, as `docops validate` does; whether its paths and dataset are there is not looked at.',
  ...needs('configuration:simulate'),
  request: {
    body: {
      required: true,
      content: { 'application/json': { schema: z.strictObject({ text: configurationText }) } },
    },
  },
  responses: {
    200: jsonAnswer(validationSchema, 'What is wrong with it, in the order of the file'),
    ...problems('invalid_input', 'invalid_json', 'too_large', 'unsupported_media_type'),
  },
});

export const requestSimulation = createRoute({
  operationId: 'requestSimulation',
  method: 'post',
  path: '/api/v1/repositories/{owner}/{name}/simulations',
  summary: 'Asks what another configuration would have done to the last runs',
  description: 'A worker judges what was measured again; nothing is run. Ask for the result at `Location`.',
  ...needs('configuration:simulate'),
  request: {
    params: repositoryParams,
    body: {
      required: true,
      content: {
        'application/json': {
          schema: z.strictObject({
            base_ref: text(255),
            configuration: configurationText,
            last_runs: z
              .int('write a whole number from 1 to 50')
              .min(1, 'write a whole number from 1 to 50')
              .max(50, 'write a whole number from 1 to 50')
              .optional()
              .openapi({ description: '20 if it is not said.' }),
          }),
        },
      },
    },
  },
  responses: {
    202: {
      ...jsonAnswer(simulationSchema, 'It waits for a worker'),
      headers: z.object({ location: z.string() }),
    },
    ...problems(
      'invalid_input',
      'invalid_json',
      'not_found',
      'too_large',
      'unsupported_media_type',
      'invalid_configuration',
      'too_many_simulations',
    ),
  },
});

export const getSimulation = createRoute({
  operationId: 'getSimulation',
  method: 'get',
  path: '/api/v1/repositories/{owner}/{name}/simulations/{id}',
  summary: 'A simulation, with the results so far',
  ...needs('configuration:simulate'),
  request: { params: z.object({ ...ownerAndName, id: z.string() }) },
  responses: {
    200: jsonAnswer(simulationSchema, 'The simulation'),
    ...problems('invalid_input', 'not_found'),
  },
});

export function configurationRoutes(api: OpenAPIHono<ApiEnv>, site: Site): void {
  const { simulations } = site;

  api.openapi(validate, (c) => {
    const found = readConfig(c.req.valid('json').text, '.docops.yml').problems;
    return c.json({ valid: !found.some(isError), problems: found.map(problemJson) }, 200);
  });

  api.openapi(requestSimulation, async (c) => {
    const { owner, name } = c.req.valid('param');
    const { base_ref, configuration, last_runs = 20 } = c.req.valid('json');
    const token = c.get('token');
    const repository = await visibleRepository(site, token, owner, name);
    const found = readConfig(configuration, '.docops.yml').problems;
    if (found.some(isError))
      throw new ApiProblem('invalid_configuration', { members: { problems: found.map(problemJson) } });
    const simulation = await startSimulation(site, {
      repositoryId: repository.id,
      baseRef: base_ref,
      requestedBy: `token ${token.name}`,
      configuration,
      lastRuns: last_runs,
    });
    if (simulation === undefined)
      throw new ApiProblem('too_many_simulations', { headers: { 'retry-after': '60' } });
    const location = `/api/v1/repositories/${encodeURIComponent(repository.owner)}/${encodeURIComponent(repository.name)}/simulations/${simulation.id}`;
    return c.json(simulationJson(simulation), 202, { location });
  });

  api.openapi(getSimulation, async (c) => {
    const { owner, name, id } = c.req.valid('param');
    const repository = await visibleRepository(site, c.get('token'), owner, name);
    const simulation = await simulations.simulation(id);
    if (simulation?.repositoryId !== repository.id) throw new ApiProblem('not_found');
    return c.json(simulationJson(simulation), 200);
  });
}

const isError = ({ severity }: Problem): boolean => severity === 'error';

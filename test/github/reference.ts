/** GitHub's own description of its API: examples to start from, schemas that every answer of a test has to fit. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv, type ValidateFunction } from 'ajv';

interface Operation {
  readonly responses: Readonly<
    Record<
      string,
      {
        readonly content?: {
          readonly 'application/json': {
            readonly examples?: Readonly<
              Record<string, { readonly $ref?: string; readonly value?: unknown }>
            >;
          };
        };
      }
    >
  >;
  readonly 'x-github': { readonly enabledForGitHubApps?: boolean };
}

interface Reference {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly examples: Readonly<Record<string, { readonly value: unknown }>> };
}

/** OpenAPI 3.0 writes `nullable` beside `$ref`, `allOf` and `enum`; JSON Schema knows no such thing. */
function withNull(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('nullable' in value)) return value;
  if ('type' in value && !('enum' in value)) return value;
  const { nullable, ...rest } = value;
  return nullable === true ? { anyOf: [rest, { type: 'null' }] } : rest;
}

const file = createRequire(import.meta.url).resolve('@octokit/openapi/generated/api.github.com.json');
const reference = JSON.parse(readFileSync(file, 'utf8'), withNull) as Reference;
const ajv = new Ajv({
  strict: false,
  validateSchema: false,
  validateFormats: false,
  allErrors: true,
  logger: false,
});
ajv.addSchema(reference, 'github');
const validators = new Map<string, ValidateFunction>();

/** `METHOD /path`. */
export function operation(endpoint: string): Operation | undefined {
  const [method = '', path = ''] = endpoint.split(' ');
  return reference.paths[path]?.[method.toLowerCase()];
}

// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- one place for the cast
export function example<T>(endpoint: string, status = 200): T {
  const examples = operation(endpoint)?.responses[String(status)]?.content?.['application/json'].examples;
  const [first] = Object.values(examples ?? {});
  if (first === undefined) throw new Error(`no example of ${endpoint}`);
  const name = first.$ref?.replace(/^.*\//, '') ?? '';
  return structuredClone(first.value ?? reference.components.examples[name]?.value) as T;
}

/** The answer, when it is what the reference says; else the test fails. */
export function valid<T>(endpoint: string, answer: T, status = 200): T {
  const [method = '', path = ''] = endpoint.split(' ');
  const at = ['paths', path, method.toLowerCase(), 'responses', String(status), 'content', 'application/json']
    .map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')))
    .join('/');
  const validate = validators.get(at) ?? ajv.compile({ $ref: `github#/${at}/schema` });
  validators.set(at, validate);
  if (!validate(answer)) throw new Error(`${endpoint}: ${ajv.errorsText(validate.errors)}`);
  return answer;
}

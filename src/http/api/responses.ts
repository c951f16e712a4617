/** Pieces that the descriptions of routes are made of. */
import { z } from '@hono/zod-openapi';
import type { ProblemCode } from './problems.js';
import { PROBLEMS } from './problems.js';
import { problemSchema } from './schemas.js';

/** Longest name of an owner or a repository is 39 and 100 at GitHub; longer ones name nothing. */
const nameOf = (what: string, max: number) =>
  z
    .string()
    .min(1)
    .max(max, `there is no ${what} with a name as long as this`)
    .openapi({ description: `The ${what}, as in its address at GitHub.` });

export const ownerAndName = { owner: nameOf('owner', 100), name: nameOf('repository', 100) };
export const repositoryParams = z.object(ownerAndName);
export const runParams = z.object({ id: z.string() });

/** A whole number in a query, with a sentence that says what to write. */
export const wholeNumber = (min: number, max: number) =>
  z.coerce
    .number(`write a whole number from ${min} to ${max}`)
    .pipe(
      z
        .int(`write a whole number from ${min} to ${max}`)
        .min(min, `write a whole number from ${min} to ${max}`)
        .max(max, `write a whole number from ${min} to ${max}`),
    )
    .openapi({ type: 'integer', minimum: min, maximum: max });

export const text = (max: number) =>
  z.string().min(1, 'write something here').max(max, `write at most ${max} characters`);

export const jsonAnswer = <T extends z.ZodType>(schema: T, description: string) => ({
  content: { 'application/json': { schema } },
  description,
});

/** Every route can answer these. */
const ALWAYS: readonly ProblemCode[] = [
  'unauthorized',
  'invalid_token',
  'insufficient_scope',
  'rate_limited',
  'internal',
];

/** Answers that are problems, by their status, with the codes that each can have. */
export function problems(...codes: readonly ProblemCode[]) {
  const all = [...new Set([...ALWAYS, ...codes])];
  const statuses = [...new Set(all.map((code) => PROBLEMS[code][0]))].sort((a, b) => a - b);
  return Object.fromEntries(
    statuses.map((status) => {
      const those = all.filter((code) => PROBLEMS[code][0] === status);
      return [
        status,
        {
          content: { 'application/problem+json': { schema: problemSchema } },
          description: those.map((code) => `\`${code}\`: ${PROBLEMS[code][1]}`).join(' '),
        },
      ];
    }),
  );
}

/**
 * The shape of `.docops.yml`: the one source of what is accepted, of the defaults and of the JSON Schema that editors
 * use. Meaning across keys is in rules.ts.
 */
import { z } from 'zod';
import {
  amount,
  choice,
  duration,
  flag,
  fraction,
  keyed,
  list,
  mapping,
  named,
  percentage,
  points,
  says,
  size,
  text,
  wants,
  whole,
} from './kinds.js';
import { fieldsSchema } from './field-schema.js';
import { shown } from './quote.js';

/** Letters and digits of any script with `-`, `_`, `.` between: the name stands in check names, commands and file names. */
export const PIPELINE_NAME = /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}._-]{0,62}[\p{L}\p{M}\p{N}])?$/u;
const FIELD_PATTERN = /^[^\p{Cc}]{1,300}$/u;
const ENVIRONMENT_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,199}$/;

const level = () => choice(['pass', 'warn', 'block']);

const extract = mapping(
  {
    run: text('a command, such as python3 extract.py "$DOCOPS_DOCUMENT"').describe(
      'Command that extracts: prints the fields of $DOCOPS_DOCUMENT as JSON (document mode), or writes $DOCOPS_PREDICTIONS (batch mode).',
    ),
    mode: choice(['document', 'batch'])
      .default('document')
      .describe('document: run once for each document. batch: once for each shard.'),
    setup: text('a command, such as pip install -r requirements.txt')
      .optional()
      .describe('Command that prepares the checkout, once for each side.'),
    image: text('the name of a container image')
      .optional()
      .describe('Container image; runner kind ecs only.'),
    timeout: duration().default('20m').describe('Wall time of one side in all, setup excluded.'),
    document_timeout: duration().default('60s').describe('Wall time of one document.'),
    deterministic: z
      .union([z.literal('auto'), z.boolean()], { error: wants('wrong_type', 'auto, true or false') })
      .default('auto')
      .describe('auto measures it: the base runs twice on a sample of the documents.'),
    repeats: whole(2, 50).default(3).describe('Runs of each side when the extractor is not deterministic.'),
    env: list(
      named(
        ENVIRONMENT_NAME,
        'bad_variable_name',
        'the name of an environment variable, such as OCR_API_KEY',
        'OCR_API_KEY',
      ),
      'a list of names, such as [OCR_API_KEY]',
    )
      .default([])
      .describe('Names of environment variables that the extractor may see; all others are hidden from it.'),
  },
  'a mapping with the key run',
).describe('How predictions are made.');

const rule = () => ({
  max_drop: points().optional().describe('Percentage points that it may lose.'),
  min: fraction().optional().describe('Absolute floor, 0 to 1.'),
});

const gate = mapping(
  {
    max_drop: points()
      .default(0)
      .describe('Percentage points that the overall score may lose. 0: any drop beyond noise blocks.'),
    min: fraction().optional().describe('Absolute floor of the overall score, 0 to 1.'),
    fields: keyed(
      mapping(rule(), 'a mapping such as { max_drop: 0, min: 0.95 }'),
      'a mapping from a field to its rule',
      {
        pattern: FIELD_PATTERN,
        code: 'bad_pattern',
        what: 'a field path or a pattern with "*"',
      },
    )
      .default({})
      .describe('Field, column (line_items.quantity) or pattern (seller.*) → rule.'),
    slices: keyed(
      mapping(rule(), 'a mapping such as { max_drop: 3 }'),
      'a mapping from a slice to its rule',
      {
        pattern: FIELD_PATTERN,
        code: 'bad_slice',
        what: 'the name of a slice, as the labels have it',
      },
    )
      .default({})
      .describe('Slice of the dataset (language) → rule that holds for each of its values.'),
    max_new_errors: keyed(whole(0, 1_000_000), 'a mapping from a field to a number of documents', {
      pattern: FIELD_PATTERN,
      code: 'bad_pattern',
      what: 'a field path or a pattern with "*"',
    })
      .default({})
      .describe('Field or pattern → number of documents that may become wrong in it.'),
    judge: choice(['auto', 'exact', 'statistical'])
      .default('auto')
      .describe('auto: exact when the extractor is deterministic, statistical when it is noisy.'),
    on_hidden_losses: level().default('warn').describe('When a net gain hides documents that became wrong.'),
    alpha: z
      .number({ error: wants('wrong_type', 'a number above 0 and up to 0.5, such as 0.05') })
      .gt(0, { error: wants('out_of_range', 'a number above 0 and up to 0.5, such as 0.05') })
      .max(0.5, { error: wants('out_of_range', 'a number above 0 and up to 0.5, such as 0.05') })
      .default(0.05)
      .describe('False-block rate of the statistical part, for the whole pipeline.'),
    on_inconclusive: level()
      .default('warn')
      .describe('When a drop larger than the margin could not have been seen.'),
    latency: mapping(
      { max_increase: percentage().describe('Allowed growth, such as 50%.') },
      'a mapping such as { max_increase: 50% }',
    ).optional(),
    cost: mapping(
      { max_increase: percentage().describe('Allowed growth, such as 20%.') },
      'a mapping such as { max_increase: 20% }',
    ).optional(),
    enforce: choice(['block', 'warn', 'shadow'])
      .default('block')
      .describe(
        'block: a regression fails the check. warn: it is said and passes. shadow: measured and stored only.',
      ),
  },
  'a mapping such as { min: 0.80 }',
).describe('What blocks a pull request.');

const pipeline = mapping(
  {
    paths: list(
      text('a pattern in quotes, such as "extract/**"'),
      'a list of patterns, such as ["extract/**", "requirements.txt"]',
    )
      .min(1, { error: wants('empty_list', 'a list with at least one pattern, such as ["extract/**"]') })
      .describe(
        'Files that decide what is extracted: code, prompts, models, lock files. Order counts; a leading ! takes away.',
      ),
    dataset: text('a folder, s3://bucket/prefix or NAME@VERSION').describe(
      'Labelled documents: a folder of this repository, s3://bucket/prefix, or NAME@VERSION.',
    ),
    extract,
    fields: fieldsSchema,
    gate: gate.prefault({}),
  },
  'a mapping with the keys paths, dataset, extract and fields',
);

export const fileSchema = mapping(
  {
    version: z

      .literal(1, {
        error: ({ input }) =>
          input === undefined
            ? wants('bad_version', 'version: 1')
            : input === '1'
              ? says('bad_version', '"1" is a text. Write 1 without quotes.')
              : says(
                  'bad_version',
                  `this program reads version 1 of the format, not ${shown(input)}. Write 1.`,
                ),
      })
      .describe('Version of this format.'),
    pipelines: keyed(pipeline, 'a mapping from a name to a pipeline', {
      pattern: PIPELINE_NAME,
      code: 'bad_pipeline_name',
      what: 'a pipeline name: up to 64 letters, digits, "-", "_" and ".", beginning and ending with a letter or digit',
    })
      .meta({ minProperties: 1 })
      .describe(
        'Name → what is extracted, how it is measured and what blocks. The name appears in the check and in commands.',
      ),
    runner: mapping(
      {
        kind: choice(['local', 'ecs']).default('local').describe('Where extractors run.'),
        cpu: z
          .number({ error: wants('wrong_type', 'a number of CPUs, such as 2') })
          .min(0.25, { error: wants('out_of_range', 'a number of CPUs from 0.25 to 64') })
          .max(64, { error: wants('out_of_range', 'a number of CPUs from 0.25 to 64') })
          .default(2)
          .describe('CPUs of one shard.'),
        memory: size().default('4GiB').describe('Memory of one shard.'),
        shards: z
          .union([z.literal('auto'), whole(1, 1000)], {
            error: wants('wrong_type', 'auto or a number of shards'),
          })
          .default('auto')
          .describe('Parts that the documents are divided into; auto aims for wall_time. Kind ecs only.'),
        wall_time: duration()
          .default('5m')
          .describe('Time that one run over all documents should take; with shards: auto.'),
        spot: flag().default(false).describe('Use spot capacity; kind ecs only.'),
        gpu: whole(0, 8).default(0).describe('GPUs of one shard; kind ecs only.'),
        network: choice(['none', 'setup', 'open'])
          .default('none')
          .describe(
            'What reaches the network, for authors with write access: nothing, extract.setup, or the extractor as well. Kind ecs only.',
          ),
      },
      'a mapping such as { kind: local, cpu: 2, memory: 4GiB }',
    )
      .prefault({})
      .describe('Where and how large.'),
    labels: choice(['base', 'head', 'both'])
      .default('base')
      .describe('Whose labels decide when the pull request changes them.'),
    missing_labels: choice(['absent', 'unlabelled'])
      .default('absent')
      .describe(
        'A key that a label lacks: absent means "no value"; unlabelled means it was not annotated and nothing is counted.',
      ),
    on_base_move: choice(['reevaluate', 'ignore'])
      .default('reevaluate')
      .describe('When watched files change on the base.'),
    not_applicable: choice(['success', 'neutral'])
      .default('success')
      .describe('Conclusion when no watched file differs.'),
    untrusted: choice(['hold', 'sandbox', 'never'])
      .default('hold')
      .describe('Pull requests from people who cannot write to the repository.'),
    merge_queue: choice(['verify', 'trust'])
      .default('verify')
      .describe('verify: measure the merge group. trust: reuse the verdict.'),
    comment: choice(['always', 'on-change', 'on-regression', 'never'])
      .default('on-change')
      .describe('When the App comments.'),
    drafts: choice(['evaluate', 'wait'])
      .default('evaluate')
      .describe('wait: a draft is evaluated when it is ready for review.'),
    override: mapping(
      {
        roles: list(text('the name of a role'), 'a list of roles, such as [maintain, admin]')
          .default(['maintain', 'admin'])
          .describe('Roles that may accept a regression.'),
        expires: duration().default('7d').describe('How long an acceptance holds.'),
      },
      'a mapping such as { roles: [maintain, admin], expires: 7d }',
    )
      .prefault({})
      .describe('Who may accept a regression.'),
    budget: mapping(
      {
        per_run: amount().optional().describe('Most that one evaluation may cost, such as 5 USD.'),
        per_month: amount().optional().describe('Most that a calendar month may cost, such as 300 USD.'),
      },
      'a mapping such as { per_run: 5 USD }',
    )
      .prefault({})
      .describe('Limits on spending. None by default.'),
  },
  'a mapping that begins with version: 1',
);

export type RawConfig = z.output<typeof fileSchema>;
export type RawPipeline = RawConfig['pipelines'][string];

/** JSON Schema (draft 7, which editors know best) of what a user may write. */
export function configJsonSchema(): object {
  const schema = z.toJSONSchema(fileSchema, { io: 'input', target: 'draft-07' });
  return {
    ...schema,
    title: 'DocOps configuration (.docops.yml)',
    description:
      'Which code extracts, on which labelled documents it is measured, and what blocks a pull request.',
  };
}

/**
 * What a subject's two sides say before anything is measured: which pipelines have to be evaluated, and under which ids
 * their verdicts are known. Reads git, and
 * of datasets elsewhere what is there.
 */
import { CONFIG_PATHS, readConfig } from '../core/config/index.js';
import { matchPaths } from '../core/config/paths.js';
import { isElsewhere } from '../core/dataset/address.js';
import type { PlannedPipeline } from '../core/app-words.js';
import { UsageError } from '../core/errors.js';
import { contentKey } from '../core/plan/canonical.js';
import { planId } from '../core/plan/keys.js';
import { SCORER_VERSION } from '../core/score/index.js';
import type { Config, ExtractSpec, Pipeline, Problem } from '../core/words.js';
import type { Code, ResolvedCommit } from '../ports/code.js';
import type { Datasets } from '../ports/datasets.js';
import { contentBelow, datasetFolder, datasetFolders } from './datasets.js';
import { configIn, fingerprints, inside, resolveSides, type ConfigFile, type Sides } from './sides.js';

/** Files named in annotations at most. */
const CHANGED_PATHS = 300;

export type Configured =
  | { readonly kind: 'none' }
  | { readonly kind: 'invalid'; readonly file: string; readonly problems: readonly Problem[] }
  | { readonly kind: 'valid'; readonly config: Config; readonly file: ConfigFile };

/** The configuration at the tip of the base branch. */
export async function readConfigured(code: Code, baseSha: string): Promise<Configured> {
  const file = await configIn(code, await code.treeOf(baseSha));
  if (file === undefined) return { kind: 'none' };
  const { config, problems } = readConfig(file.text, file.path);
  return config === undefined
    ? { kind: 'invalid', file: file.path, problems }
    : { kind: 'valid', config, file };
}

export interface ComparedPipeline {
  readonly name: string;
  readonly head: string;
  readonly base: string;
  readonly dataset: string;
}

export type Comparison =
  | {
      readonly kind: 'ready';
      readonly pipelines: readonly PlannedPipeline[];
      readonly changedPaths: readonly string[];
      readonly compared: readonly ComparedPipeline[];
    }
  | {
      readonly kind: 'cannot';
      readonly title: string;
      readonly message: string;
      readonly mend: string | null;
    };

export interface PlanRequest {
  readonly code: Code;
  readonly base: ResolvedCommit;
  readonly head: ResolvedCommit;
  readonly config: Config;
  readonly configFile: ConfigFile;
  readonly datasets: Pick<Datasets, 'identity'>;
  readonly environment: (extract: ExtractSpec) => Promise<string>;
}

/** Compares both sides by content. What a person has to mend is a value (`cannot`); other errors are thrown. */
export async function planSides(request: PlanRequest): Promise<Comparison> {
  const { code, config } = request;
  try {
    const sides = await resolveSides(code, { base: request.base, head: request.head });
    const headConfig = await configIn(code, sides.head.tree);
    const folders = datasetFolders(config.pipelines);
    const pipelines: PlannedPipeline[] = [];
    const compared: ComparedPipeline[] = [];
    for (const pipeline of config.pipelines) {
      const prints = fingerprints(sides, pipeline, folders);
      const { base, head } = await labelsOf(request, sides, pipeline);
      const dataset = contentKey('docops.labels/1', { base, head });
      const applicable = prints.base !== prints.head || base !== head;
      const plan = planId({
        headFingerprint: prints.head,
        baseFingerprint: prints.base,
        datasetVersion: dataset,
        fields: pipeline.fields,
        gate: pipeline.gate,
        scorer: SCORER_VERSION,
        environment: await request.environment(pipeline.extract),
      });
      pipelines.push({
        name: pipeline.name,
        patterns: pipeline.paths,
        applicable,
        planId: applicable ? answerId(plan, request, sides, headConfig?.text) : null,
      });
      compared.push({ name: pipeline.name, head: prints.head, base: prints.base, dataset });
    }
    return { kind: 'ready', pipelines, compared, changedPaths: changedPaths(sides, config, folders) };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return {
      kind: 'cannot',
      title: 'Base and head cannot be compared',
      message: error.message,
      mend: error.mend ?? null,
    };
  }
}

/** What stands for the labels and documents of each side. */
async function labelsOf(
  { datasets, base: { ref } }: PlanRequest,
  sides: Sides,
  pipeline: Pipeline,
): Promise<{ readonly base: string; readonly head: string }> {
  if (isElsewhere(pipeline.dataset)) {
    const identity = await datasets.identity(pipeline.dataset);
    return { base: identity, head: identity };
  }
  const folder = datasetFolder(pipeline);
  const [base, head] = [contentBelow(sides.baseEntries, folder), contentBelow(sides.headEntries, folder)];
  if (base === '')
    throw new UsageError(
      `pipeline ${pipeline.name}: its dataset ${folder} is not on ${ref}`,
      'labels come from the base side: merge the dataset first, or together with the configuration',
    );
  return { base, head };
}

/** Under what a finished report may be taken over: the plan, and all else that its text speaks of. */
function answerId(plan: string, request: PlanRequest, sides: Sides, headConfig: string | undefined): string {
  const { config, configFile, base } = request;
  const pipelineSettings = config.pipelines.map(({ name, extract }) => ({ name, extract }));
  return contentKey('docops.answer/1', {
    plan,
    pipelineSettings,
    labels: config.labels,
    missingLabels: config.missingLabels,
    base: base.ref,
    conflicts: sides.head.conflicts,
    headConfig: headConfig === configFile.text ? 'same' : (headConfig ?? null),
  });
}

function changedPaths(sides: Sides, config: Config, folders: readonly string[]): string[] {
  const matchers = config.pipelines.map(({ paths }) => matchPaths(paths));
  const watched = (path: string): boolean =>
    CONFIG_PATHS.some((name) => name === path) ||
    (matchers.some((matches) => matches(path)) && !folders.some((folder) => inside(folder, path)));
  const before = new Map(sides.baseEntries.map(({ path, oid }) => [path, oid]));
  return sides.headEntries
    .filter(({ path, oid }) => before.get(path) !== oid && watched(path))
    .map(({ path }) => path)
    .slice(0, CHANGED_PATHS);
}

/** `.docops.yml`: text → configuration, or problems with line and column. */
import { CONFIG_PROBLEMS } from '../limits.js';
import type { Config, Problem } from '../words.js';
import { explain } from './explain.js';
import { normalise } from './normalise.js';
import { applyRules } from './rules.js';
import { fileSchema } from './schema.js';
import { readYaml } from './yaml.js';

export { describeConfigChanges } from './changes.js';
export { codeFrame, formatProblem } from './format.js';
export { matchPaths, patternProblem } from './paths.js';
export { fieldPatternMatches } from './patterns.js';
export { configJsonSchema } from './schema.js';

/** Where the file is looked for, from the repository's root; the first that exists counts. */
export const CONFIG_PATHS = ['.docops.yml', '.github/docops.yml'] as const;

/**
 * Reads a configuration. `config` is present exactly when no problem is an error; warnings may stand beside it.
 * Problems are in the order of the file.
 *
 * @param text the file's content, hostile or not; @param file its name, for the places of problems.
 */
export function readConfig(text: string, file: string): { config?: Config; problems: Problem[] } {
  const yaml = readYaml(text, file);
  if (yaml.problems.length > 0) return { problems: inOrder(yaml.problems) };
  const parsed = fileSchema.safeParse(yaml.value);
  if (!parsed.success) return { problems: inOrder(explain(parsed.error.issues, yaml.value, yaml.locate)) };
  const config = normalise(parsed.data);
  const problems = inOrder(applyRules(yaml.value, parsed.data, config, yaml.locate));
  return problems.some((problem) => problem.severity === 'error') ? { problems } : { config, problems };
}

function inOrder(problems: readonly Problem[]): Problem[] {
  const sorted = problems.toSorted(
    (a, b) => (a.place?.line ?? 0) - (b.place?.line ?? 0) || (a.place?.column ?? 0) - (b.place?.column ?? 0),
  );
  if (sorted.length <= CONFIG_PROBLEMS) return sorted;
  // An error must survive the cut, or the file would look valid.
  const errors = sorted.filter((problem) => problem.severity === 'error');
  const kept = (errors.length > 0 ? errors : sorted).slice(0, CONFIG_PROBLEMS);
  return [
    ...kept,
    {
      severity: kept[0]?.severity ?? 'error',
      code: 'more_problems',
      message: `${sorted.length - kept.length} more problems are not listed. Mend these first.`,
    },
  ];
}

import { contentKey } from '../plan/canonical.js';
import { CHECK_NAME_CHARACTERS } from '../limits.js';
import { visible } from '../report/values.js';

const PIPELINE_CHARACTERS = 36;
const BRANCH_CHARACTERS = CHECK_NAME_CHARACTERS - PIPELINE_CHARACTERS - 'DocOps () / '.length;

/**
 * Name of a check run: `DocOps (main)` for the roll-up, `DocOps (main) / invoices` for a pipeline. It is a contract:
 * branch rules name it. Different branches and pipelines have different names, also where a name is too long or holds
 * characters that cannot be seen: those end with a hash.
 */
export function checkName(baseRef: string, pipeline: string | null): string {
  const branch = part(baseRef, BRANCH_CHARACTERS);
  return pipeline === null
    ? `DocOps (${branch})`
    : `DocOps (${branch}) / ${part(pipeline, PIPELINE_CHARACTERS)}`;
}

function part(name: string, max: number): string {
  const shown = visible(name);
  // `) / ` ends the branch and an ellipsis marks a hash: a branch that holds one could look like another's check.
  if (shown === name && name.length <= max && !/\) \/ |\u2026/.test(name)) return name;
  const hash = contentKey('docops.check-name/1', name).slice(0, 8);
  const clipped = Array.from(shown.replaceAll(') / ', ')/'))
    .slice(0, max - 10)
    .join('');
  // Whole characters are kept, and a character may be two units long.
  return `${clipped.slice(0, max - 10).replace(/[\ud800-\udbff]$/, '')}\u2026${hash}`;
}

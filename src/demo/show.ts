/** A check run on a terminal, about as a person sees it on GitHub. */
import pc from 'picocolors';
import type { CheckRunView } from '../emulated-github/index.js';

const MARKS: Readonly<Record<string, string>> = {
  success: pc.green('✔'),
  failure: pc.red('✖'),
  action_required: pc.yellow('!'),
  cancelled: pc.dim('–'),
  neutral: pc.dim('○'),
  timed_out: pc.red('✖'),
};

export function showCheck(check: CheckRunView, lines: number): string {
  const conclusion = check.conclusion ?? check.status;
  const head = `${MARKS[conclusion] ?? '·'} ${pc.bold(check.name)}  ${conclusion}\n  ${pc.bold(readable(check.title ?? ''))}`;
  const body = readable(check.summary ?? '')
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '' && line !== readable(check.title ?? ''));
  const shown = body.slice(0, lines).map((line) => `  ${pc.dim('│')} ${clip(line)}`);
  const more =
    body.length > lines ? [`  ${pc.dim(`│ … ${body.length - lines} more lines in the check`)}`] : [];
  const buttons = check.actions.map(({ label }) => `[ ${label} ]`).join(' ');
  const link = check.detailsUrl === null ? [] : [`  ${pc.dim('Details:')} ${check.detailsUrl}`];
  return [head, ...shown, ...more, ...(buttons === '' ? [] : [`  ${buttons}`]), ...link, ''].join('\n');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&#124;': '|',
  '&#96;': '`',
  '&quot;': '"',
  '&#8203;': '',
};

/** Markdown as it reads: tags gone, entities and escapes resolved. */
export function readable(markdown: string): string {
  return markdown
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/<\/?[a-z][^>]*>/gi, '')
    .replace(/&(?:amp|lt|gt|quot|#124|#96|#8203);/g, (entity) => ENTITIES[entity] ?? '')
    .replace(/\\([\\`*_{}[\]()#+\-.!~^|<>$])/g, '$1')
    .replace(/\*\*/g, '');
}

function clip(line: string): string {
  const width = Math.max(60, Math.min(process.stdout.columns || 140, 180)) - 6;
  return line.length <= width ? line : `${line.slice(0, width - 1)}…`;
}

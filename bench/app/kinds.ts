/** Pull requests whose right answer is known before anything runs. */
import type { CheckRunView } from '../../src/emulated-github/index.js';
import { EXTRACTOR } from './stage.js';

export const KINDS = ['harmless', 'regression', 'crash', 'not-applicable', 'identical', 'twin'] as const;
export type Kind = (typeof KINDS)[number];

/** What a check run of such a head has to say. */
export interface Answer {
  readonly conclusion: 'success' | 'failure';
  /** Of title, summary and text together. */
  readonly says: RegExp;
}

/** A kind of change, made different from all others by `mark`: what was never seen has to be measured. */
export function change(
  kind: Exclude<Kind, 'identical' | 'twin'>,
  mark: string,
): Readonly<Record<string, string>> {
  switch (kind) {
    case 'harmless':
      return { 'extract/main.awk': `# ${mark}\n${EXTRACTOR}` };
    case 'regression':
      return {
        'extract/main.awk': EXTRACTOR.replace(
          '{ printf',
          `$1 == "grand_total" { $2 = "0.00" } # ${mark}\n{ printf`,
        ),
      };
    case 'crash':
      return {
        'extract/main.awk': `# ${mark}\nBEGIN { print "cannot read it" > "/dev/stderr"; exit 3 }\n`,
      };
    case 'not-applicable':
      return { [`docs/${mark}.md`]: `${mark}\n` };
  }
}

export const ANSWERS: Readonly<Record<Exclude<Kind, 'identical' | 'twin'>, Answer>> = {
  harmless: { conclusion: 'success', says: /^(?!.*not applicable)/i },
  regression: { conclusion: 'failure', says: /^(?!.*not measured).*grand.{0,8}total/is },
  crash: { conclusion: 'failure', says: /cannot read it/ },
  'not-applicable': { conclusion: 'success', says: /^not applicable/i },
};

/** What is wrong with a concluded check run; undefined when it is right. */
export function wrong(run: CheckRunView, answer: Answer): string | undefined {
  if (run.conclusion !== answer.conclusion)
    return `${run.conclusion} "${run.title}" instead of ${answer.conclusion}`;
  if (!answer.says.test([run.title, run.summary, run.text].join('\n')))
    return `${run.conclusion} for another reason: "${run.title}"`;
  return undefined;
}

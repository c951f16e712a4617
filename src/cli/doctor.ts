/** `docops doctor`: compares App, permissions, webhook, rules, database and machine with what is needed. */
import Table from 'cli-table3';
import { Command } from 'commander';
import pc from 'picocolors';
import type { Finding, FindingStatus } from '../doctor/finding.js';
import { EXIT } from './exit.js';

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('look at the App, its permissions, webhook, rules, database and machine, and say what to do')
    .option('--repository <owner/name>', 'look at this repository alone')
    .option('--json', 'print the findings as JSON')
    .addHelpText('after', '\nExit codes: 0 nothing is broken (there may be warnings), 2 something is.')
    .action(async ({ json, repository }: { json?: boolean; repository?: string }) => {
      const [{ examine }, { createLog }] = await Promise.all([
        import('../doctor/examine.js'),
        import('../log.js'),
      ]);
      const findings = await examine({
        env: process.env,
        log: createLog({ level: 'silent', format: 'json' }),
        ...(repository === undefined ? {} : { repository }),
      });
      process.stdout.write(
        json === true ? `${JSON.stringify(findings, null, 2)}\n` : findingsAsText(findings),
      );
      process.exitCode = findings.some(({ status }) => status === 'fail') ? EXIT.usage : EXIT.notBlocked;
    });
}

const MARKS: Readonly<Record<FindingStatus, string>> = {
  ok: pc.green('✔ ok'),
  warn: pc.yellow('▲ warn'),
  fail: pc.red('✖ fail'),
};

export function findingsAsText(findings: readonly Finding[]): string {
  const width = Math.max(80, Math.min(process.stdout.columns || 120, 160));
  const table = new Table({
    head: ['', 'about', 'found'],
    style: { head: [], border: [] },
    colWidths: [9, 14, width - 9 - 14 - 4],
    wordWrap: true,
  });
  for (const { area, status, detail, mend } of findings)
    table.push([
      MARKS[status],
      area,
      mend === null ? oneLine(detail) : `${oneLine(detail)}\n→ ${oneLine(mend)}`,
    ]);
  const count = (status: FindingStatus): number =>
    findings.filter((finding) => finding.status === status).length;
  return `${table.toString()}\n${count('ok')} ok, ${count('warn')} to look at, ${count('fail')} broken\n`;
}

/** Names of branches and repositories are strangers' texts. */
function oneLine(text: string): string {
  return text.replace(/\p{C}+/gu, ' ').slice(0, 600);
}

import { readFileSync, rmSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { Project } from '../support/project.js';

const text = readFileSync(new URL('../../docs/get-started.md', import.meta.url), 'utf8');
/** The commands of the page, in its order. */
const commands = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block]) =>
  block!.trim().split('\n'),
);

let project: Project;
afterEach(() => project.remove());

it('the commands of docs/get-started.md lead from labels to a report', async () => {
  expect(commands.length).toBeGreaterThanOrEqual(5);
  project = new Project();
  rmSync(project.path('.docops.yml'));
  project.write('extract/main.py', 'import json\nprint(json.dumps({}))\n');
  project.commit('no configuration yet');
  for (const command of commands) {
    const ran = await project.docops(command.split(' ').slice(1));
    // The proposal runs the Python file it found; the labelled text needs the awk one, which a person would correct.
    if (command === 'docops init')
      project.write(
        '.docops.yml',
        project.read('.docops.yml').replace(/run: .*/, 'run: awk -f extract/main.awk "$DOCOPS_DOCUMENT"'),
      );
    expect({ command, ...ran }).toMatchObject({ command, code: 0 });
  }
  expect(project.read('report.html')).toContain('<html');
  expect(JSON.parse(project.read('report.json'))).toMatchObject({
    schema: 'docops.report/1',
    bootstrap: true,
  });
});

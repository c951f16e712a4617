import { afterEach, describe, expect, it } from 'vitest';
import { CONFIG, EXTRACTOR, Project } from '../support/project.js';

let project: Project;
afterEach(() => project.remove());

const RULE = `${CONFIG}    gate: { latency: { max_increase: 50% } }\n`;
const SLOW = EXTRACTOR.replace('BEGIN { ', 'BEGIN { system("sleep 0.2"); ');

describe('a rule on latency', () => {
  it('holds although the base was measured on another day: a sample of both is timed again', async () => {
    project = new Project();
    project.write('.docops.yml', RULE);
    project.commit('a rule on latency');
    project.branch('same', { 'extract/main.awk': `# as fast as before\n${EXTRACTOR}` });
    const first = await project.eval('--base', 'main');
    expect({ code: first.code, verdict: first.report.verdict }).toEqual({ code: 0, verdict: 'pass' });

    project.git('checkout', '-q', 'main');
    project.branch('slow', { 'extract/main.awk': SLOW });
    const { code, report, err } = await project.eval('--base', 'main');
    expect(report.run.cached).toEqual([]);
    expect(err).toContain('base, timing');
    expect(code).toBe(1);
    expect(report.reasons.find((each) => each.level === 'block')).toMatchObject({
      code: 'latency_increased',
    });
    expect(report.latency.ratio).toBeGreaterThan(1.5);
    expect(report.overall.delta).toBe(0);
  });
});

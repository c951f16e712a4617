/** Check runs: what the App writes, and the buttons that people press. */
import { ApiError, notFound } from './answer.js';
import type { CheckInput } from './check-input.js';
import type { Events } from './events.js';
import { isCommit } from './git.js';
import type { Shapes } from './shapes.js';
import type { CheckRunView } from './types.js';
import { fullName, now, type CheckRun, type Repository, type Suite, type World } from './world.js';

/** GitHub keeps so many of one name in a suite and drops the oldest. https://docs.github.com/rest/checks/runs */
const RUNS_OF_ONE_NAME = 1_000;

export class Checks {
  readonly #world: World;
  readonly #shapes: Shapes;
  readonly #events: Events;

  constructor(world: World, shapes: Shapes, events: Events) {
    this.#world = world;
    this.#shapes = shapes;
    this.#events = events;
  }

  async create(repository: Repository, headSha: string, name: string, input: CheckInput): Promise<CheckRun> {
    if (!repository.commits.has(headSha)) {
      if (!(await isCommit(repository.bare, headSha)))
        throw new ApiError(422, `No commit found for SHA: ${headSha}`);
      repository.commits.add(headSha);
    }
    const suite = this.#suite(repository, headSha);
    const run: CheckRun = {
      id: this.#world.nextId(),
      name,
      headSha,
      suite,
      externalId: '',
      status: 'queued',
      conclusion: null,
      title: null,
      summary: null,
      text: null,
      annotations: [],
      actions: [],
      startedAt: now(),
      completedAt: null,
      detailsUrl: null,
      writes: 0,
    };
    this.update(run, input);
    repository.checkRuns.set(run.id, run);
    suite.runs.push(run);
    const same = suite.runs.filter((other) => other.name === name);
    if (same.length > RUNS_OF_ONE_NAME && same[0] !== undefined) {
      repository.checkRuns.delete(same[0].id);
      suite.runs.splice(suite.runs.indexOf(same[0]), 1);
    }
    return run;
  }

  #suite(repository: Repository, headSha: string): Suite {
    const known = repository.suites.get(headSha);
    if (known !== undefined) return known;
    const time = now();
    const suite = { id: this.#world.nextId(), headSha, runs: [], createdAt: time, updatedAt: time };
    repository.suites.set(headSha, suite);
    return suite;
  }

  update(run: CheckRun, input: CheckInput): void {
    run.writes += 1;
    run.suite.updatedAt = now();
    run.name = input.name ?? run.name;
    run.externalId = input.externalId ?? run.externalId;
    run.detailsUrl = input.detailsUrl ?? run.detailsUrl;
    run.startedAt = input.startedAt ?? run.startedAt;
    run.actions = input.actions ?? run.actions;
    if (input.status !== undefined) {
      run.status = input.status;
      const completed = input.status === 'completed';
      run.conclusion = completed ? (input.conclusion ?? run.conclusion) : null;
      run.completedAt = completed ? (input.completedAt ?? now()) : null;
    }
    if (input.output === undefined) return;
    run.title = input.output.title ?? run.title;
    run.summary = input.output.summary;
    run.text = input.output.text;
    // They add up over the requests.
    run.annotations.push(...input.output.annotations);
  }

  run(repository: Repository, id: number): CheckRun {
    const run = repository.checkRuns.get(id);
    if (run === undefined) throw notFound();
    return run;
  }

  /** Newest first, as GitHub lists them. `latest`: one of each name. */
  list(repository: Repository, sha: string, filter: 'latest' | 'all'): CheckRun[] {
    const runs = (repository.suites.get(sha)?.runs ?? []).toReversed();
    if (filter === 'all') return runs;
    const seen = new Set<string>();
    return runs.filter(({ name }) => !seen.has(name) && seen.add(name));
  }

  views(full: string, sha: string): CheckRunView[] {
    const repository = this.#world.repository(full);
    return (repository.suites.get(sha)?.runs ?? []).map(({ suite: _, annotations, ...run }) => ({
      ...run,
      annotations: annotations.map(({ rawDetails: __, ...annotation }) => ({ ...annotation })),
    }));
  }

  rerequest(full: string, id: number, login: string): void {
    const repository = this.#world.repository(full);
    const run = this.#shown(repository, id);
    this.#events.about(repository, 'check_run', this.#world.account(login), {
      action: 'rerequested',
      check_run: this.#payload(repository, run),
    });
  }

  pressButton(full: string, id: number, identifier: string, login: string): void {
    const repository = this.#world.repository(full);
    const run = this.#shown(repository, id);
    if (run.status !== 'completed') throw new Error('buttons are shown only on completed check runs');
    if (!run.actions.some((action) => action.identifier === identifier))
      throw new Error(`check run ${id} has no button ${identifier}`);
    this.#events.about(repository, 'check_run', this.#world.account(login), {
      action: 'requested_action',
      check_run: this.#payload(repository, run),
      requested_action: { identifier },
    });
  }

  async rerequestSuite(full: string, sha: string, login: string): Promise<void> {
    const repository = this.#world.repository(full);
    const suite = repository.suites.get(sha);
    if (suite === undefined) throw new Error(`no check suite on ${sha}`);
    this.#events.about(repository, 'check_suite', this.#world.account(login), {
      action: 'rerequested',
      check_suite: {
        ...this.#shapes.suite(repository, suite),
        head_commit: await this.#events.headCommit(repository, sha),
      },
    });
  }

  #shown(repository: Repository, id: number): CheckRun {
    const run = repository.checkRuns.get(id);
    if (run === undefined) throw new Error(`${fullName(repository)} has no check run ${id}`);
    return run;
  }

  /** In webhooks the suite is told in full. */
  #payload(repository: Repository, run: CheckRun) {
    return {
      ...this.#shapes.checkRun(repository, run),
      check_suite: this.#shapes.suite(repository, run.suite),
    };
  }
}

import { ApiError, notFound, ok, paginate } from './answer.js';
import { readCheck } from './check-input.js';
import type { Checks } from './checks.js';
import { field, idOf, type Router, type RepositoryCall } from './router.js';
import type { Shapes } from './shapes.js';
import type { CheckRun } from './world.js';

/** https://docs.github.com/rest/checks */
export function checkRoutes(router: Router, checks: Checks, shapes: Shapes): void {
  const write = [['checks', 'write']] as const;
  const read = [['checks', 'read']] as const;

  router.repository('POST', '/check-runs', write, async ({ repository, body }) => {
    const name = field(body, 'name');
    const sha = field(body, 'head_sha');
    if (typeof name !== 'string' || name === '') throw missing('name');
    if (typeof sha !== 'string' || sha === '') throw missing('head_sha');
    const run = await checks.create(repository, sha, name, readCheck(body, true));
    return { status: 201, body: shapes.checkRun(repository, run) };
  });

  router.repository('PATCH', '/check-runs/:id', write, (call) => {
    const run = checks.run(call.repository, idOf(call, 'id'));
    checks.update(run, readCheck(call.body, false));
    return ok(shapes.checkRun(call.repository, run));
  });

  router.repository('GET', '/check-runs/:id', read, (call) =>
    ok(shapes.checkRun(call.repository, checks.run(call.repository, idOf(call, 'id')))),
  );

  router.repository('GET', '/check-runs/:id/annotations', read, (call) => {
    const run = checks.run(call.repository, idOf(call, 'id'));
    const { items, headers } = paginate(call.url, run.annotations);
    const blob = `${shapes.html(call.repository)}/blob/${run.headSha}`;
    const body = items.map((annotation) => ({
      path: annotation.path,
      blob_href: `${blob}/${annotation.path}`,
      start_line: annotation.startLine,
      end_line: annotation.endLine,
      start_column: null,
      end_column: null,
      annotation_level: annotation.level,
      title: annotation.title,
      message: annotation.message,
      raw_details: annotation.rawDetails,
    }));
    return ok(body, headers);
  });

  const list = (call: RepositoryCall, runs: readonly CheckRun[]) => {
    const name = call.url.searchParams.get('check_name');
    const status = call.url.searchParams.get('status');
    const app = call.url.searchParams.get('app_id');
    const wanted = runs.filter(
      (run) =>
        (name === null || run.name === name) &&
        (status === null || run.status === status) &&
        (app === null || Number(app) === shapes.app()['id']),
    );
    const { items, headers } = paginate(call.url, wanted);
    const body = {
      total_count: wanted.length,
      check_runs: items.map((run) => shapes.checkRun(call.repository, run)),
    };
    return ok(body, headers);
  };
  const filterOf = (call: RepositoryCall) =>
    call.url.searchParams.get('filter') === 'all' ? 'all' : 'latest';
  const shaOf = ({ repository, params }: RepositoryCall) => {
    const ref = (params['ref'] ?? '').replace(/^(?:refs\/)?heads\//, '');
    return repository.heads.get(ref) ?? ref;
  };

  router.repository('GET', '/commits/:ref+/check-runs', read, (call) =>
    list(call, checks.list(call.repository, shaOf(call), filterOf(call))),
  );

  router.repository('GET', '/commits/:ref+/check-suites', read, (call) => {
    const suite = call.repository.suites.get(shaOf(call));
    const all = suite === undefined ? [] : [shapes.suite(call.repository, suite)];
    return ok({ total_count: all.length, check_suites: all });
  });

  const suiteOf = (call: RepositoryCall) => {
    const id = idOf(call, 'id');
    const suite = [...call.repository.suites.values()].find((known) => known.id === id);
    if (suite === undefined) throw notFound();
    return suite;
  };

  router.repository('GET', '/check-suites/:id/check-runs', read, (call) =>
    list(call, checks.list(call.repository, suiteOf(call).headSha, filterOf(call))),
  );
}

function missing(name: string): ApiError {
  return new ApiError(422, `Invalid request.\n\n"${name}" wasn't supplied.`);
}

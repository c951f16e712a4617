-- additive: new tables, indexes and functions only.
-- What pages show: summaries of reports, stages of evaluations, releases, sessions, tokens of the API, simulations.

-- ------------------------------------------------------------ reports, summarised

-- One row for each of docops.reports, so that lists and trends need not read whole ones; see src/core/report/summary.ts.
create table docops.report_summaries (
  evaluation_id uuid not null,
  ordinal integer not null,
  repository_id bigint not null,
  pipeline text not null,
  base_ref text not null,
  -- Of the evaluation, which is when the tip of its base branch was looked up: of two at once the one that ends last may
  -- have begun with the older tip.
  created_at timestamptz not null,
  plan_id text,
  -- The evaluation that measured it.
  reused_from uuid,
  verdict text not null,
  blocked boolean not null,
  enforce text not null,
  base double precision,
  head double precision,
  delta double precision,
  smallest_detectable_drop double precision,
  documents integer not null,
  documents_regressed integer not null,
  documents_fixed integer not null,
  -- As the configuration names it.
  dataset_source text not null,
  dataset_version text not null,
  base_commit text,
  base_fingerprint text,
  -- The base side is the branch itself: see `isOfBranch` in src/core/report/summary.ts.
  base_of_branch boolean not null,
  head_fingerprint text,
  deterministic boolean not null,
  seconds double precision not null,
  usd double precision,
  fields json not null,
  primary key (evaluation_id, ordinal)
);

-- A report that can be asked: jsonb refuses \u0000 and lone surrogates, and reports hold what strangers wrote. Pairs of
-- surrogates are never escaped in what is stored.
create function docops.report_content(report json) returns jsonb
language sql immutable
as $$
  select case
    when strpos(report::text, '\u') = 0 then report::text
    else regexp_replace(report::text, '(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f]..)', '\1\\ufffd', 'g')
  end::jsonb
$$;

-- Summaries of the reports that have none: those of before, and those that an older version writes beside a newer one.
create function docops.summarise_reports() returns void
language sql
as $$
  insert into docops.report_summaries (
    evaluation_id, ordinal, repository_id, pipeline, base_ref, created_at, plan_id, reused_from, verdict, blocked,
    enforce, base, head, delta, smallest_detectable_drop, documents, documents_regressed, documents_fixed,
    dataset_source, dataset_version, base_commit, base_fingerprint, base_of_branch, head_fingerprint, deterministic,
    seconds, usd, fields)
  select
    r.evaluation_id, r.ordinal, e.repository_id, r.pipeline, e.base_ref, e.created_at, r.plan_id,
    -- An attempt that no worker took has the reports of an earlier one.
    coalesce(r.reused_from, case when e.started_at is null then (
      select earlier.id from docops.evaluations earlier
        join docops.reports known on known.evaluation_id = earlier.id and known.pipeline = r.pipeline
        where earlier.repository_id = e.repository_id and earlier.head_sha = e.head_sha
          and earlier.base_ref = e.base_ref and earlier.attempt < e.attempt
          and known.plan_id is not distinct from r.plan_id
        order by earlier.started_at is null, earlier.attempt desc limit 1) end),
    content ->> 'verdict',
    (content ->> 'blocked')::boolean,
    content #>> '{run,enforce}',
    (content #>> '{overall,base}')::double precision,
    (content #>> '{overall,head}')::double precision,
    (content #>> '{overall,delta}')::double precision,
    (content #>> '{overall,smallest_detectable_drop}')::double precision,
    (content #>> '{dataset,documents}')::integer,
    (content #>> '{overall,documents_regressed}')::integer,
    (content #>> '{overall,documents_fixed}')::integer,
    content #>> '{dataset,source}',
    content #>> '{dataset,version}',
    content #>> '{base,commit}',
    content #>> '{base,fingerprint}',
    (content #>> '{head,merged}')::boolean and not (content ->> 'bootstrap')::boolean
      and coalesce(content #>> '{label_changes,judged_by}', 'base') = 'base',
    content #>> '{head,fingerprint}',
    (content ->> 'deterministic')::boolean,
    (content #>> '{run,seconds}')::double precision,
    -- Reports of the first versions have neither. Null where nothing is billed.
    case when coalesce(content #>> '{run,compute,usd}', content #>> '{run,reported_usd}') is not null then
      coalesce((content #>> '{run,compute,usd}')::double precision, 0)
        + coalesce((content #>> '{run,reported_usd}')::double precision, 0) end,
    (select coalesce(json_agg(json_build_object(
        'field', field -> 'field',
        'type', field -> 'type',
        'base', field #> '{base,accuracy}',
        'head', field #> '{head,accuracy}',
        'delta', field -> 'delta',
        'smallestDetectableDrop', field -> 'smallest_detectable_drop',
        'unreliable', field -> 'unreliable',
        'noise', case when (content #>> '{noise,sampled}')::integer > 0 then (
          select json_build_object(
              'differ', coalesce(max((line ->> 'values_differ')::integer), 0),
              'of', coalesce(max((line ->> 'of')::integer), (content #>> '{noise,sampled}')::integer))
            from jsonb_array_elements(content #> '{noise,fields}') as line
            where line -> 'field' = field -> 'field') end)
        order by position), '[]')
      from jsonb_array_elements(content -> 'fields') with ordinality as fields (field, position))
  from docops.reports r
    join docops.evaluations e on e.id = r.evaluation_id
    -- `offset 0`: read once for each report, not once for each column.
    cross join lateral (select docops.report_content(r.report) as content offset 0) as read
  where not exists (
    select from docops.report_summaries s where s.evaluation_id = r.evaluation_id and s.ordinal = r.ordinal)
  on conflict do nothing
$$;
-- Reads every report, which takes minutes where there are many. Up to here nothing is locked that is older than this file,
-- so that evaluations go on beside it; what follows locks tables of before, and takes seconds.
select docops.summarise_reports();

alter table docops.report_summaries add foreign key (evaluation_id, ordinal) references docops.reports;
-- What was written in the meantime.
select docops.summarise_reports();
create index report_summaries_pipelines on docops.report_summaries (repository_id, pipeline, base_ref, created_at);
-- The base sides that were measured: what a trend is made of.
create index report_summaries_trend
  on docops.report_summaries (repository_id, pipeline, base_ref, created_at, evaluation_id)
  include (ordinal, base_fingerprint, dataset_version)
  where reused_from is null and base_of_branch and base is not null and base_fingerprint is not null
    and verdict not in ('not-measured', 'not-applicable');
create index report_summaries_plans
  on docops.report_summaries (repository_id, created_at) include (pipeline, plan_id, verdict)
  where reused_from is null and plan_id is not null and verdict not in ('not-measured', 'not-applicable');
create index report_summaries_verdict on docops.report_summaries (repository_id, verdict, evaluation_id);

-- ------------------------------------------------------------ lists of evaluations

create index evaluations_newest on docops.evaluations (repository_id, created_at desc, id desc);
create index evaluations_planned on docops.evaluations (created_at) where state = 'planned';
create index evaluations_open on docops.evaluations (repository_id, state) where state in ('planned', 'running');
create index evaluations_policy on docops.evaluations (repository_id, created_at desc) where policy is not null;
create index repositories_name on docops.repositories (lower(owner), lower(name));
create index audit_repository on docops.audit (repository_id, id);
create index acceptances_at on docops.acceptances (repository_id, at);
create index disputes_at on docops.disputes (repository_id, at);

-- What was done when, for people.
create table docops.evaluation_stages (
  evaluation_id uuid not null references docops.evaluations,
  id bigint generated always as identity,
  -- clock_timestamp: two in one transaction keep their order.
  at timestamptz not null default clock_timestamp(),
  text text not null,
  primary key (evaluation_id, id)
);

create table docops.releases (
  repository_id bigint not null,
  tag text not null,
  at timestamptz not null,
  primary key (repository_id, tag)
);
create index releases_at on docops.releases (repository_id, at);

-- ------------------------------------------------------------ people and programs

create table docops.sessions (
  -- SHA-256, hex, of what the cookie holds.
  id text primary key,
  person_id bigint not null,
  login text not null,
  sealed_token text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index sessions_expiry on docops.sessions (expires_at);

create table docops.api_tokens (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  scopes text[] not null,
  -- Null: every repository.
  repository_id bigint,
  secret_hash text not null unique,
  created_by text not null,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz,
  revoked_by text,
  check ((revoked_at is null) = (revoked_by is null))
);
create index api_tokens_newest on docops.api_tokens (repository_id, created_at);

-- ------------------------------------------------------------ simulations

create table docops.simulations (
  id uuid primary key default gen_random_uuid(),
  repository_id bigint not null,
  base_ref text not null,
  requested_by text not null,
  configuration text not null,
  last_runs integer not null check (last_runs between 1 and 50),
  state text not null default 'waiting' check (state in ('waiting', 'running', 'done', 'failed')),
  worker text,
  heartbeat_at timestamptz,
  problem text,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  check ((state = 'running') = (worker is not null and heartbeat_at is not null)),
  check ((state in ('done', 'failed')) = (finished_at is not null)),
  check ((state = 'failed') = (problem is not null))
);
create index simulations_open on docops.simulations (repository_id) where state in ('waiting', 'running');
create index simulations_created on docops.simulations (created_at);

create table docops.simulation_results (
  simulation_id uuid not null references docops.simulations on delete cascade,
  id bigint generated always as identity,
  result json not null,
  primary key (simulation_id, id)
);

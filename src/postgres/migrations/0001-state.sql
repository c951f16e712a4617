-- State of the App. `json` and not `jsonb` for what is kept whole: it takes every text that JSON can say (jsonb refuses
-- \u0000 and lone surrogates, and titles, comments and extracted values are hostile). What is queried has a column.

-- ------------------------------------------------------------ repositories

create table docops.installations (
  id bigint primary key,
  account text,
  state text not null check (state in ('active', 'suspended', 'deleted')),
  updated_at timestamptz not null default now()
);

create table docops.repositories (
  id bigint primary key,
  installation_id bigint not null references docops.installations,
  owner text not null,
  name text not null,
  removed boolean not null default false,
  updated_at timestamptz not null default now()
);
create index repositories_installation on docops.repositories (installation_id);

create table docops.pull_requests (
  repository_id bigint not null,
  number integer not null,
  open boolean not null,
  head_sha text not null,
  base_ref text not null,
  pull_request json not null,
  updated_at timestamptz not null default now(),
  primary key (repository_id, number)
);
create index pull_requests_open on docops.pull_requests (repository_id, base_ref) where open;
create index pull_requests_head on docops.pull_requests (repository_id, head_sha);

-- ------------------------------------------------------------ inbox

create table docops.deliveries (
  guid text primary key,
  event text not null,
  received_at timestamptz not null default now()
);
create index deliveries_received on docops.deliveries (received_at);

create table docops.hints (
  id bigint generated always as identity primary key,
  -- Null for hints of our own making.
  delivery_guid text references docops.deliveries on delete cascade,
  repository_id bigint,
  installation_id bigint,
  cause text not null,
  kind text not null,
  -- Of a look.
  pull_number integer,
  hint json not null,
  created_at timestamptz not null default now(),
  finished_at timestamptz
);
create unique index hints_cause on docops.hints (repository_id, cause) where delivery_guid is null;
create index hints_delivery on docops.hints (delivery_guid);
create index hints_open on docops.hints (created_at) where finished_at is null;
create index hints_open_looks on docops.hints (repository_id, pull_number, id)
  where finished_at is null and kind = 'look';
create index hints_finished on docops.hints (finished_at) where delivery_guid is null;

-- ------------------------------------------------------------ evaluations and their check runs

create table docops.evaluations (
  id uuid primary key default gen_random_uuid(),
  repository_id bigint not null,
  head_sha text not null,
  base_ref text not null,
  attempt integer not null check (attempt > 0),
  cause text not null,
  why text not null,
  kind text not null check (kind in ('pull-request', 'merge-group')),
  pull_number integer,
  base_sha text not null,
  head_ref text not null,
  situation_key text not null,
  situation_key_without_base text not null,
  decision_kind text not null,
  decision json not null,
  policy json,
  trust json not null,
  rerun text check (rerun in ('verdict', 'full', 'failed')),
  only_pipeline text,
  state text not null check (state in ('planned', 'running', 'judged', 'reported', 'superseded')),
  superseded_by text,
  tries integer not null default 0,
  worker text,
  heartbeat_at timestamptz,
  progress json,
  failure json,
  warnings json not null default '[]',
  attribution json,
  created_at timestamptz not null default now(),
  -- When it came into its state.
  changed_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  deadline_at timestamptz not null,
  unique (repository_id, head_sha, base_ref, attempt),
  unique (repository_id, head_sha, base_ref, cause),
  check ((state = 'running') = (worker is not null and heartbeat_at is not null)),
  check (state <> 'superseded' or superseded_by is not null)
);
create index evaluations_pull on docops.evaluations (repository_id, pull_number);
create index evaluations_waiting on docops.evaluations (changed_at) where state in ('planned', 'running');
create index evaluations_judged on docops.evaluations (changed_at) where state = 'judged';

create table docops.reports (
  evaluation_id uuid not null references docops.evaluations,
  ordinal integer not null,
  pipeline text not null,
  plan_id text,
  -- The evaluation that measured it.
  reused_from uuid,
  verdict text not null,
  report json not null,
  created_at timestamptz not null default now(),
  primary key (evaluation_id, ordinal),
  unique (evaluation_id, pipeline)
);
create index reports_plan on docops.reports (plan_id, created_at) where verdict <> 'not-measured';

create table docops.checks (
  id uuid primary key default gen_random_uuid(),
  evaluation_id uuid not null references docops.evaluations,
  -- The roll-up is 0.
  ordinal integer not null,
  pipeline text,
  name text not null,
  creation_begun_at timestamptz,
  github_id bigint,
  posted_hash text,
  posted_status text check (posted_status in ('queued', 'in_progress', 'completed')),
  posted_conclusion text,
  posted_at timestamptz,
  unique (evaluation_id, ordinal),
  check ((github_id is null) = (posted_status is null)),
  check ((posted_conclusion is not null) = (posted_status is not distinct from 'completed'))
);
create index checks_open on docops.checks (evaluation_id) where posted_status is distinct from 'completed';

create table docops.comments (
  repository_id bigint not null,
  number integer not null,
  github_id bigint not null,
  hash text not null,
  updated_at timestamptz not null default now(),
  primary key (repository_id, number)
);

-- ------------------------------------------------------------ sweeps

create table docops.cursors (
  name text primary key,
  at timestamptz not null
);

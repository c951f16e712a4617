-- additive: new tables only.
-- Tasks elsewhere, and money. `numeric`: sums of money do not depend on their order.

create table docops.tasks (
  started_by text primary key,
  evaluation_id uuid not null references docops.evaluations,
  repository_id bigint not null,
  what text not null,
  attempt integer not null check (attempt > 0),
  capacity text not null check (capacity in ('spot', 'on-demand', 'provider')),
  vcpu double precision not null,
  memory_mib integer not null,
  gpu integer not null,
  task_arn text,
  -- clock_timestamp: two in one transaction keep their order.
  begun_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz,
  outcome text check (
    outcome in ('delivered', 'spot-lost', 'not-started', 'failed', 'lost', 'overdue', 'stopped')),
  seconds double precision,
  usd numeric,
  check ((outcome is null) = (ended_at is null) and (outcome is null) = (seconds is null))
);
create index tasks_evaluation on docops.tasks (evaluation_id);
create index tasks_open on docops.tasks (begun_at) where outcome is null;
create index tasks_spent on docops.tasks (repository_id, ended_at) where usd is not null;

-- What one extraction took and cost when it was last measured.
create table docops.document_costs (
  repository_id bigint not null,
  pipeline text not null,
  content_hash text not null,
  seconds double precision not null,
  usd double precision,
  measured_at timestamptz not null default now(),
  primary key (repository_id, pipeline, content_hash)
);

-- What evaluations cost beside their tasks: what extractors report.
create table docops.charges (
  evaluation_id uuid not null references docops.evaluations,
  what text not null,
  repository_id bigint not null,
  usd numeric not null check (usd >= 0),
  at timestamptz not null default now(),
  primary key (evaluation_id, what)
);
create index charges_spent on docops.charges (repository_id, at);

create table docops.cost_approvals (
  repository_id bigint not null,
  head_sha text not null,
  approved_by text not null,
  role text not null,
  at timestamptz not null default now(),
  primary key (repository_id, head_sha)
);

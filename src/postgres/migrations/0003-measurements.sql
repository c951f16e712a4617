-- Predictions, shared by all workers. A key is one fingerprint in one environment and run; see src/ports/measurements.ts.

create table docops.measurement_keys (
  key text primary key,
  used_at timestamptz not null default now()
);
create index measurement_keys_used on docops.measurement_keys (used_at);

create sequence docops.measurement_sequence;

create table docops.measurements (
  key text not null references docops.measurement_keys on delete cascade,
  content_hash text not null,
  -- Grows with each write, so that a reader can ask for what came since.
  sequence bigint not null default nextval('docops.measurement_sequence'),
  -- JSON, deflated.
  prediction bytea not null,
  primary key (key, content_hash)
);
create index measurements_since on docops.measurements (key, sequence);
alter table docops.measurements alter column prediction set storage external;

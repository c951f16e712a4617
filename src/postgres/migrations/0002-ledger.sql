-- What people decided, and the audit of it.

create table docops.approvals (
  repository_id bigint not null,
  head_sha text not null,
  pull_number integer not null,
  approved_by text not null,
  role text not null,
  at timestamptz not null default now(),
  primary key (repository_id, head_sha, pull_number)
);

create table docops.acceptances (
  id uuid primary key default gen_random_uuid(),
  repository_id bigint not null,
  head_sha text not null,
  base_ref text not null,
  situation_key text not null,
  fields json not null,
  reason text not null,
  accepted_by text not null,
  role text not null,
  cause text not null,
  -- clock_timestamp: two in one transaction keep their order.
  at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  revoked_at timestamptz,
  revoked_by text,
  unique (repository_id, cause),
  check ((revoked_at is null) = (revoked_by is null))
);
create index acceptances_subject on docops.acceptances (repository_id, head_sha, base_ref);
create index acceptances_expiry on docops.acceptances (expires_at) where revoked_at is null;

create table docops.disputes (
  id uuid primary key default gen_random_uuid(),
  repository_id bigint not null,
  pull_number integer not null,
  pipeline text,
  document text not null,
  field text not null,
  value text,
  reason text not null,
  disputed_by text not null,
  cause text not null,
  at timestamptz not null default clock_timestamp(),
  unique (repository_id, cause)
);
create index disputes_pull on docops.disputes (repository_id, pull_number);

-- Append-only: numbered without a gap, each line with a hash over itself and the one before. The triggers keep mistakes
-- out; the chain shows what somebody did who may change the triggers.
create table docops.audit (
  id bigint primary key,
  at timestamptz not null,
  actor text not null,
  action text not null,
  repository_id bigint,
  subject json not null,
  hash text not null
);

create function docops.audit_hash(previous text, line docops.audit) returns text
language sql stable
as $$
  select encode(sha256(convert_to(json_build_array(
    previous, line.id, to_char(line.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    line.actor, line.action, line.repository_id, line.subject)::text, 'UTF8')), 'hex')
$$;

create function docops.audit_append() returns trigger
language plpgsql
as $$
declare
  last docops.audit;
begin
  -- One after the other, until the transaction ends: the chain has one end.
  perform pg_advisory_xact_lock(hashtextextended('docops.audit', 0));
  select * into last from docops.audit order by id desc limit 1;
  new.id := coalesce(last.id, 0) + 1;
  new.at := clock_timestamp();
  new.hash := docops.audit_hash(coalesce(last.hash, ''), new);
  return new;
end
$$;
create trigger audit_append before insert on docops.audit
  for each row execute function docops.audit_append();

create function docops.audit_refuse() returns trigger
language plpgsql
as $$
begin
  raise exception 'docops.audit is append-only' using errcode = 'insufficient_privilege';
end
$$;
create trigger audit_refuse before update or delete or truncate on docops.audit
  for each statement execute function docops.audit_refuse();

comment on schema docops is $$State of DocOps; see docs/decisions/0010-postgres.md$$;

# PostgreSQL. RDS makes the master password, keeps it in Secrets Manager and exchanges it every seven days; it is in no
# state and no variable. The App asks for it at each new connection (DATABASE_PASSWORD_SECRET).

locals {
  database = "${var.name}-postgres"
}

resource "aws_db_subnet_group" "this" {
  name        = var.name
  description = "Subnets without a way out"
  subnet_ids  = var.isolated_subnet_ids
}

# Its rules are those of who may come in: module service adds them.
resource "aws_security_group" "database" {
  #checkov:skip=CKV2_AWS_5:attached to the database below
  name        = "${var.name}-database"
  description = "PostgreSQL: from the App alone, no way out"
  vpc_id      = var.vpc_id
  tags        = { Name = "${var.name}-database" }
}

resource "aws_db_parameter_group" "this" {
  name        = "${var.name}-postgres${var.database.major_version}"
  family      = "postgres${var.database.major_version}"
  description = "TLS only; slow statements and changes of the schema are logged"

  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }

  parameter {
    name  = "log_min_duration_statement"
    value = "1000"
  }

  parameter {
    name  = "log_statement"
    value = "ddl"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_cloudwatch_log_group" "database" {
  for_each          = toset(["postgresql", "upgrade"])
  name              = "/aws/rds/instance/${local.database}/${each.key}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.logs_key_arn
}

resource "aws_iam_role" "monitoring" {
  name = "${var.name}-database-monitoring"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "monitoring.rds.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account } }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "monitoring" {
  role       = aws_iam_role.monitoring.name
  policy_arn = "arn:${local.partition}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
}

resource "aws_db_instance" "this" {
  #checkov:skip=CKV_AWS_157:by the table of sizes: on in staging and prod, and a test holds prod to it
  #checkov:skip=CKV_AWS_293:by the table of sizes: on in prod, and a test holds it to that; dev and staging are made to be destroyed
  #checkov:skip=CKV2_AWS_30:slow statements and changes of the schema are logged by the parameter group; all statements would put documents' fields into logs
  identifier     = local.database
  engine         = "postgres"
  engine_version = var.database.major_version
  instance_class = var.database.instance_class
  db_name        = "docops"
  username       = "docops"

  manage_master_user_password   = true
  master_user_secret_kms_key_id = var.data_key_arn

  storage_type          = "gp3"
  allocated_storage     = var.database.storage_gib
  max_allocated_storage = var.database.storage_gib * 5
  storage_encrypted     = true
  kms_key_id            = var.data_key_arn

  db_subnet_group_name                = aws_db_subnet_group.this.name
  vpc_security_group_ids              = [aws_security_group.database.id]
  parameter_group_name                = aws_db_parameter_group.this.name
  publicly_accessible                 = false
  iam_database_authentication_enabled = true
  ca_cert_identifier                  = "rds-ca-rsa2048-g1"

  multi_az                   = var.database.multi_az
  auto_minor_version_upgrade = true
  maintenance_window         = "sun:03:30-sun:04:30"

  # Any second of these days can be restored (point-in-time recovery); 0 would switch it off.
  backup_retention_period   = var.database.backup_days
  backup_window             = "01:30-02:30"
  copy_tags_to_snapshot     = true
  delete_automated_backups  = !var.database.deletion_protection
  deletion_protection       = var.database.deletion_protection
  skip_final_snapshot       = !var.database.deletion_protection
  final_snapshot_identifier = var.database.deletion_protection ? "${local.database}-final" : null

  performance_insights_enabled          = true
  performance_insights_kms_key_id       = var.data_key_arn
  performance_insights_retention_period = 7
  monitoring_interval                   = 60
  monitoring_role_arn                   = aws_iam_role.monitoring.arn
  enabled_cloudwatch_logs_exports       = ["postgresql", "upgrade"]

  # RDS would make the groups itself, without retention.
  depends_on = [aws_cloudwatch_log_group.database]
}

# A cluster for evaluations alone: code of pull requests runs here. Tasks have no role; the worker starts and stops them.

data "aws_caller_identity" "current" {}

data "aws_region" "current" {}

data "aws_partition" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.name
  cluster   = "${var.name}-evaluations"
  log_group = "/${var.name}/evaluations"
}

resource "aws_ecs_cluster" "this" {
  name = local.cluster

  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

resource "aws_ecs_cluster_capacity_providers" "this" {
  cluster_name       = aws_ecs_cluster.this.name
  capacity_providers = concat(["FARGATE", "FARGATE_SPOT"], aws_ecs_capacity_provider.gpu[*].name)
}

resource "aws_cloudwatch_log_group" "tasks" {
  name              = local.log_group
  retention_in_days = var.log_retention_days
  kms_key_id        = var.logs_key_arn
}

# What ECS itself needs to start a task: pull the images, open the log, hand over the secrets listed here. The code in the
# task never has it.
resource "aws_iam_role" "execution" {
  name = "${var.name}-evaluation-execution"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account } }
    }]
  })
}

resource "aws_iam_role_policy" "execution" {
  name = "start-evaluations"
  role = aws_iam_role.execution.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          Sid      = "LogInToEcr"
          Effect   = "Allow"
          Action   = ["ecr:GetAuthorizationToken"]
          Resource = ["*"]
        },
        {
          Sid      = "PullImages"
          Effect   = "Allow"
          Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
          Resource = concat(["arn:${local.partition}:ecr:${local.region}:${local.account}:repository/${var.name}/*"], var.repositories)
        },
        {
          Sid      = "WriteLogs"
          Effect   = "Allow"
          Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
          Resource = ["arn:${local.partition}:logs:${local.region}:${local.account}:log-group:${local.log_group}:*"]
        },
      ],
      [for statement in [
        {
          Sid      = "SecretsOfExtractors"
          Effect   = "Allow"
          Action   = ["secretsmanager:GetSecretValue"]
          Resource = values(var.extractor_secret_arns)
        },
        {
          Sid      = "KeyOfTheseSecrets"
          Effect   = "Allow"
          Action   = ["kms:Decrypt"]
          Resource = [var.data_key_arn]
          Condition = {
            StringEquals = { "kms:ViaService" = "secretsmanager.${local.region}.amazonaws.com" }
          }
        },
      ] : statement if length(var.extractor_secret_arns) > 0],
    )
  })
}

# What retraining will run with: who it is, where it writes, how it is asked. There is no task definition, no schedule and no
# GPU of its own yet, because no code uses one; instances with GPUs are in module evaluation.
#
# Training never sees the datasets bucket: its labels judge what it makes. It reads what the App put into training/.

data "aws_caller_identity" "current" {}

data "aws_region" "current" {}

data "aws_partition" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.name
  bucket    = "arn:${local.partition}:s3:::${var.artifacts_bucket}"
  trust = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account } }
    }]
  })
}

resource "aws_cloudwatch_log_group" "this" {
  #checkov:skip=CKV_AWS_338:by the table of sizes: a year in prod, where evidence is kept
  name              = "/${var.name}/training"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.logs_key_arn
}

resource "aws_iam_role" "execution" {
  name               = "${var.name}-training-execution"
  assume_role_policy = local.trust
}

resource "aws_iam_role_policy" "execution" {
  name = "start-training"
  role = aws_iam_role.execution.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
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
        Resource = ["arn:${local.partition}:logs:${local.region}:${local.account}:log-group:/${var.name}/training:*"]
      },
    ]
  })
}

resource "aws_iam_role" "task" {
  name               = "${var.name}-training"
  assume_role_policy = local.trust
}

resource "aws_iam_role_policy" "task" {
  name = "train"
  role = aws_iam_role.task.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ReadTrainingData"
        Effect   = "Allow"
        Action   = ["s3:GetObject"]
        Resource = ["${local.bucket}/training/*"]
      },
      {
        Sid      = "WriteModels"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"]
        Resource = ["${local.bucket}/models/*"]
      },
      {
        Sid       = "KeyOfTheBucket"
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = [var.data_key_arn]
        Condition = { StringEquals = { "kms:ViaService" = "s3.${local.region}.amazonaws.com" } }
      },
      {
        Sid      = "TakeRequests"
        Effect   = "Allow"
        Action   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"]
        Resource = [aws_sqs_queue.requests.arn]
      },
      {
        Sid       = "KeyOfTheQueue"
        Effect    = "Allow"
        Action    = ["kms:Decrypt"]
        Resource  = [var.messages_key_arn]
        Condition = { StringEquals = { "kms:ViaService" = "sqs.${local.region}.amazonaws.com" } }
      },
    ]
  })
}

resource "aws_sqs_queue" "lost" {
  name                      = "${var.name}-training-requests-lost"
  kms_master_key_id         = var.messages_key_arn
  message_retention_seconds = 14 * 24 * 60 * 60
}

resource "aws_sqs_queue" "requests" {
  name              = "${var.name}-training-requests"
  kms_master_key_id = var.messages_key_arn
  # A training of hours keeps its request and says so by ChangeMessageVisibility.
  visibility_timeout_seconds = 900
  message_retention_seconds  = 4 * 24 * 60 * 60
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.lost.arn
    maxReceiveCount     = 3
  })
}

resource "aws_sqs_queue_policy" "requests" {
  for_each  = { lost = aws_sqs_queue.lost, requests = aws_sqs_queue.requests }
  queue_url = each.value.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "TlsOnly"
      Effect    = "Deny"
      Principal = { AWS = "*" }
      Action    = ["sqs:*"]
      Resource  = each.value.arn
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
}

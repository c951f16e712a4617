# The fast way in which the end of a task is heard of; the worker's sweep is the other, and the truth.

resource "aws_sqs_queue" "lost" {
  name                      = "${var.name}-task-events-lost"
  kms_master_key_id         = var.messages_key_arn
  message_retention_seconds = 14 * 24 * 60 * 60
}

resource "aws_sqs_queue" "events" {
  name                       = "${var.name}-task-events"
  kms_master_key_id          = var.messages_key_arn
  visibility_timeout_seconds = 60
  # An older end of a task was seen by the sweep long ago.
  message_retention_seconds = 24 * 60 * 60
  receive_wait_time_seconds = 20
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.lost.arn
    maxReceiveCount     = 5
  })
}

resource "aws_sqs_queue_redrive_allow_policy" "lost" {
  queue_url = aws_sqs_queue.lost.id
  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [aws_sqs_queue.events.arn]
  })
}

resource "aws_cloudwatch_event_rule" "tasks" {
  name        = "${var.name}-task-events"
  description = "Tasks of the evaluation cluster that stopped"
  event_pattern = jsonencode({
    source        = ["aws.ecs"]
    "detail-type" = ["ECS Task State Change"]
    detail = {
      clusterArn = [aws_ecs_cluster.this.arn]
      lastStatus = ["STOPPED"]
    }
  })
}

resource "aws_cloudwatch_event_target" "queue" {
  rule      = aws_cloudwatch_event_rule.tasks.name
  target_id = "queue"
  arn       = aws_sqs_queue.events.arn
}

# Tasks that could not begin, or were taken away: their number is an alarm (module observability).
resource "aws_cloudwatch_event_rule" "failed" {
  name        = "${var.name}-tasks-failed"
  description = "Evaluation tasks that did not start"
  event_pattern = jsonencode({
    source        = ["aws.ecs"]
    "detail-type" = ["ECS Task State Change"]
    detail = {
      clusterArn = [aws_ecs_cluster.this.arn]
      lastStatus = ["STOPPED"]
      stopCode   = ["TaskFailedToStart"]
    }
  })
}

# A rule without a target is not counted; these messages are looked at by people only.
resource "aws_sqs_queue" "failed" {
  name                      = "${var.name}-tasks-failed"
  kms_master_key_id         = var.messages_key_arn
  message_retention_seconds = 4 * 24 * 60 * 60
}

resource "aws_cloudwatch_event_target" "failed" {
  rule      = aws_cloudwatch_event_rule.failed.name
  target_id = "queue"
  arn       = aws_sqs_queue.failed.arn
}

resource "aws_sqs_queue_policy" "events" {
  for_each = {
    events = { queue = aws_sqs_queue.events, rule = aws_cloudwatch_event_rule.tasks.arn }
    failed = { queue = aws_sqs_queue.failed, rule = aws_cloudwatch_event_rule.failed.arn }
  }
  queue_url = each.value.queue.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "EventBridge"
        Effect    = "Allow"
        Principal = { Service = "events.amazonaws.com" }
        Action    = ["sqs:SendMessage"]
        Resource  = each.value.queue.arn
        Condition = { ArnEquals = { "aws:SourceArn" = each.value.rule } }
      },
      {
        Sid       = "TlsOnly"
        Effect    = "Deny"
        Principal = { AWS = "*" }
        Action    = ["sqs:*"]
        Resource  = each.value.queue.arn
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })
}

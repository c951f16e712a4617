# execution: what ECS needs to start the App. web: the database's password. worker: that, and evaluations, and datasets.
# switch: what ECS needs to turn the load balancer's rule when it deploys web.

locals {
  trust = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account } }
    }]
  })

  tasks_of_evaluations = "arn:${local.partition}:ecs:${local.region}:${local.account}:task/${var.evaluation.cluster_name}/*"
  eval_definitions     = "arn:${local.partition}:ecs:${local.region}:${local.account}:task-definition/docops-eval-*"

  database_statements = [
    {
      Sid      = "PasswordOfTheDatabase"
      Effect   = "Allow"
      Action   = ["secretsmanager:GetSecretValue"]
      Resource = [var.database.secret_arn]
    },
    {
      Sid       = "KeyOfThePassword"
      Effect    = "Allow"
      Action    = ["kms:Decrypt"]
      Resource  = [var.data_key_arn]
      Condition = { StringEquals = { "kms:ViaService" = "secretsmanager.${local.region}.amazonaws.com" } }
    },
  ]
}

resource "aws_iam_role" "execution" {
  name               = "${var.name}-execution"
  assume_role_policy = local.trust
}

resource "aws_iam_role_policy" "execution" {
  name = "start-the-app"
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
        Resource = var.repositories
      },
      {
        Sid      = "WriteLogs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = [for service in local.services : "arn:${local.partition}:logs:${local.region}:${local.account}:log-group:/${var.name}/${service}:*"]
      },
      {
        Sid      = "SecretsOfTheApp"
        Effect   = "Allow"
        Action   = ["secretsmanager:GetSecretValue"]
        Resource = values(var.app_secret_arns)
      },
      {
        Sid       = "KeyOfTheseSecrets"
        Effect    = "Allow"
        Action    = ["kms:Decrypt"]
        Resource  = [var.data_key_arn]
        Condition = { StringEquals = { "kms:ViaService" = "secretsmanager.${local.region}.amazonaws.com" } }
      },
    ]
  })
}

# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/AmazonECSInfrastructureRolePolicyForLoadBalancers.html
resource "aws_iam_role" "switch" {
  name = "${var.name}-switch"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ecs.amazonaws.com" }
      Action    = "sts:AssumeRole"
      # AWS says of other roles that ECS names the account, and nothing of this one.
      Condition = { StringEqualsIfExists = { "aws:SourceAccount" = local.account } }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "switch" {
  role       = aws_iam_role.switch.name
  policy_arn = "arn:${local.partition}:iam::aws:policy/AmazonECSInfrastructureRolePolicyForLoadBalancers"
}

resource "aws_iam_role" "web" {
  name               = "${var.name}-web"
  assume_role_policy = local.trust
}

resource "aws_iam_role_policy" "web" {
  name   = "web"
  role   = aws_iam_role.web.id
  policy = jsonencode({ Version = "2012-10-17", Statement = local.database_statements })
}

resource "aws_iam_role" "worker" {
  name               = "${var.name}-worker"
  assume_role_policy = local.trust
}

resource "aws_iam_role_policy" "worker" {
  name = "worker"
  role = aws_iam_role.worker.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(local.database_statements, [
      {
        Sid       = "StartEvaluations"
        Effect    = "Allow"
        Action    = ["ecs:RunTask"]
        Resource  = ["${local.eval_definitions}:*"]
        Condition = { ArnEquals = { "ecs:cluster" = var.evaluation.cluster_arn } }
      },
      {
        Sid      = "EndAndWatchEvaluations"
        Effect   = "Allow"
        Action   = ["ecs:StopTask", "ecs:DescribeTasks"]
        Resource = [local.tasks_of_evaluations]
      },
      {
        Sid      = "LookAtTheCluster"
        Effect   = "Allow"
        Action   = ["ecs:DescribeClusters"]
        Resource = [var.evaluation.cluster_arn]
      },
      {
        # By cluster, since a list has no resource of its own.
        Sid       = "ListEvaluations"
        Effect    = "Allow"
        Action    = ["ecs:ListTasks"]
        Resource  = ["*"]
        Condition = { ArnEquals = { "ecs:cluster" = var.evaluation.cluster_arn } }
      },
      {
        # Neither can be limited to names; what a definition may use is limited by the next statement but one.
        Sid      = "DescribeAndRegisterDefinitions"
        Effect   = "Allow"
        Action   = ["ecs:DescribeTaskDefinition", "ecs:RegisterTaskDefinition"]
        Resource = ["*"]
      },
      {
        Sid       = "TagWhatItMakes"
        Effect    = "Allow"
        Action    = ["ecs:TagResource"]
        Resource  = [local.tasks_of_evaluations, "${local.eval_definitions}:*"]
        Condition = { StringEquals = { "ecs:CreateAction" = ["RunTask", "RegisterTaskDefinition"] } }
      },
      {
        Sid       = "PassTheExecutionRoleAlone"
        Effect    = "Allow"
        Action    = ["iam:PassRole"]
        Resource  = [var.evaluation.execution_role_arn]
        Condition = { StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" } }
      },
      {
        Sid      = "Artifacts"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
        Resource = ["arn:${local.partition}:s3:::${var.artifacts_bucket}/${var.blobs_prefix}/*"]
      },
      {
        Sid      = "Datasets"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:GetObjectVersion"]
        Resource = ["arn:${local.partition}:s3:::${var.datasets_bucket}/*"]
      },
      {
        Sid      = "Buckets"
        Effect   = "Allow"
        Action   = ["s3:ListBucket"]
        Resource = ["arn:${local.partition}:s3:::${var.artifacts_bucket}", "arn:${local.partition}:s3:::${var.datasets_bucket}"]
      },
      {
        Sid       = "KeyOfBuckets"
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = [var.data_key_arn]
        Condition = { StringEquals = { "kms:ViaService" = "s3.${local.region}.amazonaws.com" } }
      },
      {
        Sid      = "EndsOfTasks"
        Effect   = "Allow"
        Action   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"]
        Resource = [var.evaluation.events_queue_arn]
      },
      {
        Sid       = "KeyOfTheQueue"
        Effect    = "Allow"
        Action    = ["kms:Decrypt"]
        Resource  = [var.messages_key_arn]
        Condition = { StringEquals = { "kms:ViaService" = "sqs.${local.region}.amazonaws.com" } }
      },
    ])
  })
}

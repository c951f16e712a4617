# Two roles for GitHub's workflows, without a key that could be lost. plan: jobs of main and of pull requests read (GitHub
# gives no token to those of forks). deploy: jobs of this GitHub environment alone, so its reviewers stand before every change.
#
# Whoever may apply this Terraform makes roles, so deploy is as mighty as an administrator of what is named docops-ENVIRONMENT.
# That is why the environment needs reviewers, and why an account of its own for each environment is the better wall.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  issuer    = "token.actions.githubusercontent.com"
  iam       = "arn:${local.partition}:iam::${local.account}"

  subjects = {
    plan   = ["repo:${var.github_repository}:ref:refs/heads/main", "repo:${var.github_repository}:pull_request"]
    deploy = ["repo:${var.github_repository}:environment:${var.environment}"]
  }

  state_statements = [
    {
      Sid      = "State"
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:PutObject"]
      Resource = ["arn:${local.partition}:s3:::${var.state_bucket}/docops/terraform.tfstate"]
    },
    {
      Sid      = "Lock"
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
      Resource = ["arn:${local.partition}:s3:::${var.state_bucket}/docops/terraform.tfstate.tflock"]
    },
    {
      Sid      = "StateBucket"
      Effect   = "Allow"
      Action   = ["s3:ListBucket"]
      Resource = ["arn:${local.partition}:s3:::${var.state_bucket}"]
    },
    {
      Sid      = "KeyOfTheState"
      Effect   = "Allow"
      Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource = [var.state_key_arn]
    },
  ]
}

resource "aws_iam_role" "this" {
  #checkov:skip=CKV_AWS_393:checkov does not follow the subjects above: the repository's main, and its GitHub environment; a test reads them
  for_each             = local.subjects
  name                 = "${var.name}-${each.key}"
  max_session_duration = 4 * 60 * 60
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = var.github_oidc_provider_arn }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringEquals = {
          "${local.issuer}:aud" = "sts.amazonaws.com"
          "${local.issuer}:sub" = each.value
        }
      }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "plan" {
  role       = aws_iam_role.this["plan"].name
  policy_arn = "arn:${local.partition}:iam::aws:policy/ReadOnlyAccess"
}

# It reads everything but what secrets and datasets say.
resource "aws_iam_role_policy" "plan" {
  name = "plan"
  role = aws_iam_role.this["plan"].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      # No lock: a plan reads, and an apply of one that is out of date is refused.
      [for statement in local.state_statements : statement if statement.Sid == "StateBucket"],
      [
        {
          Sid      = "ReadState"
          Effect   = "Allow"
          Action   = ["s3:GetObject"]
          Resource = ["arn:${local.partition}:s3:::${var.state_bucket}/docops/terraform.tfstate"]
        },
        {
          Sid      = "KeyOfTheState"
          Effect   = "Allow"
          Action   = ["kms:Decrypt"]
          Resource = [var.state_key_arn]
        },
        {
          Sid      = "NoContent"
          Effect   = "Deny"
          Action   = ["s3:GetObject", "s3:GetObjectVersion"]
          Resource = ["arn:${local.partition}:s3:::${var.name}-*/*"]
        },
      ],
    )
  })
}

# Everything but IAM, organizations and accounts; of IAM the next policy allows what has this environment's name.
resource "aws_iam_role_policy_attachment" "deploy" {
  role       = aws_iam_role.this["deploy"].name
  policy_arn = "arn:${local.partition}:iam::aws:policy/PowerUserAccess"
}

resource "aws_iam_role_policy" "deploy" {
  name = "deploy"
  role = aws_iam_role.this["deploy"].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(local.state_statements, [
      {
        Sid    = "OwnRoles"
        Effect = "Allow"
        Action = [
          "iam:GetRole", "iam:CreateRole", "iam:DeleteRole", "iam:UpdateRole", "iam:UpdateAssumeRolePolicy", "iam:TagRole", "iam:UntagRole",
          "iam:ListRolePolicies", "iam:GetRolePolicy", "iam:PutRolePolicy", "iam:DeleteRolePolicy",
          "iam:ListAttachedRolePolicies", "iam:AttachRolePolicy", "iam:DetachRolePolicy", "iam:ListInstanceProfilesForRole",
          "iam:GetInstanceProfile", "iam:CreateInstanceProfile", "iam:DeleteInstanceProfile", "iam:AddRoleToInstanceProfile",
          "iam:RemoveRoleFromInstanceProfile", "iam:TagInstanceProfile", "iam:UntagInstanceProfile",
        ]
        Resource = ["${local.iam}:role/${var.name}-*", "${local.iam}:instance-profile/${var.name}-*"]
      },
      {
        Sid      = "NotTheDoorItself"
        Effect   = "Deny"
        Action   = ["iam:UpdateAssumeRolePolicy", "iam:PutRolePolicy", "iam:DeleteRolePolicy", "iam:AttachRolePolicy", "iam:DetachRolePolicy", "iam:DeleteRole"]
        Resource = ["${local.iam}:role/${var.name}-plan", "${local.iam}:role/${var.name}-deploy"]
      },
      {
        Sid      = "PassOwnRoles"
        Effect   = "Allow"
        Action   = ["iam:PassRole"]
        Resource = ["${local.iam}:role/${var.name}-*"]
        Condition = {
          StringEquals = {
            "iam:PassedToService" = ["ecs-tasks.amazonaws.com", "ecs.amazonaws.com", "ec2.amazonaws.com", "monitoring.rds.amazonaws.com", "vpc-flow-logs.amazonaws.com"]
          }
        }
      },
    ])
  })
}

# The only ways out of the isolated subnets: S3 (the artifacts, and the layers of images), ECR, CloudWatch Logs and Secrets
# Manager (for extract.env), each with a policy. Tasks have no role, so the last three answer ECS, which starts them, and not
# them. Without the policies, code of a pull request could send documents to a bucket of its own through the one of S3.

locals {
  account    = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.name
  interfaces = toset(["ecr.api", "ecr.dkr", "logs", "secretsmanager"])
  # https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html: ECR keeps layers there and signs the links.
  layers = "arn:${local.partition}:s3:::prod-${local.region}-starport-layer-bucket/*"

  endpoint_policies = {
    "ecr.api" = local.ecr_statements
    "ecr.dkr" = local.ecr_statements
    "logs" = [{
      Sid       = "OwnGroups"
      Effect    = "Allow"
      Principal = { AWS = "*" }
      Action    = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource  = ["arn:${local.partition}:logs:${local.region}:${local.account}:log-group:/${var.name}/*"]
      Condition = { StringEquals = { "aws:PrincipalAccount" = local.account } }
    }]
    "secretsmanager" = [{
      Sid       = "OwnSecrets"
      Effect    = "Allow"
      Principal = { AWS = "*" }
      Action    = ["secretsmanager:GetSecretValue"]
      Resource = [
        "arn:${local.partition}:secretsmanager:${local.region}:${local.account}:secret:${var.name}/*",
        "arn:${local.partition}:secretsmanager:${local.region}:${local.account}:secret:rds!*",
      ]
      Condition = { StringEquals = { "aws:PrincipalAccount" = local.account } }
    }]
  }
  ecr_statements = [
    {
      Sid       = "LogIn"
      Effect    = "Allow"
      Principal = { AWS = "*" }
      Action    = ["ecr:GetAuthorizationToken"]
      Resource  = ["*"]
      Condition = { StringEquals = { "aws:PrincipalAccount" = local.account } }
    },
    {
      Sid       = "Pull"
      Effect    = "Allow"
      Principal = { AWS = "*" }
      Action    = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
      Resource  = concat(["arn:${local.partition}:ecr:${local.region}:${local.account}:repository/${var.name}/*"], var.repositories)
      Condition = { StringEquals = { "aws:PrincipalAccount" = local.account } }
    },
  ]
}

resource "aws_vpc_endpoint" "s3_isolated" {
  vpc_id            = aws_vpc.this.id
  service_name      = "com.amazonaws.${local.region}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [aws_route_table.isolated.id]
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        # Links are signed by the worker, so it is the worker that S3 sees here: what a task brings itself is refused.
        Sid       = "LinksOfTheWorker"
        Effect    = "Allow"
        Principal = { AWS = "*" }
        Action    = ["s3:GetObject", "s3:PutObject"]
        Resource  = ["arn:${local.partition}:s3:::${var.artifacts_bucket}/*"]
        Condition = { ArnEquals = { "aws:PrincipalArn" = var.worker_role_arn } }
      },
      {
        Sid       = "LayersOfImages"
        Effect    = "Allow"
        Principal = { AWS = "*" }
        Action    = ["s3:GetObject"]
        Resource  = [local.layers]
      },
    ]
  })
  tags = { Name = "${var.name}-s3-isolated" }
}

# The App's own traffic with S3, which would otherwise pay for the NAT.
resource "aws_vpc_endpoint" "s3_private" {
  vpc_id            = aws_vpc.this.id
  service_name      = "com.amazonaws.${local.region}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [for table in aws_route_table.private : table.id]
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "OwnAccount"
        Effect    = "Allow"
        Principal = { AWS = "*" }
        Action    = ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListBucket", "s3:GetBucketLocation"]
        Resource  = ["*"]
        Condition = { StringEquals = { "aws:PrincipalAccount" = local.account } }
      },
      {
        Sid       = "LayersOfImages"
        Effect    = "Allow"
        Principal = { AWS = "*" }
        Action    = ["s3:GetObject"]
        Resource  = [local.layers]
      },
    ]
  })
  tags = { Name = "${var.name}-s3-private" }
}

resource "aws_vpc_endpoint" "interface" {
  for_each            = local.interfaces
  vpc_id              = aws_vpc.this.id
  service_name        = "com.amazonaws.${local.region}.${each.key}"
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = true
  subnet_ids          = [for subnet in aws_subnet.isolated : subnet.id]
  security_group_ids  = [aws_security_group.endpoints.id]
  policy              = jsonencode({ Version = "2012-10-17", Statement = local.endpoint_policies[each.key] })
  tags                = { Name = "${var.name}-${each.key}" }
}

resource "aws_security_group" "endpoints" {
  name        = "${var.name}-endpoints"
  description = "Endpoints of ECR and CloudWatch Logs: HTTPS from this VPC"
  vpc_id      = aws_vpc.this.id
  tags        = { Name = "${var.name}-endpoints" }
}

resource "aws_vpc_security_group_ingress_rule" "endpoints" {
  security_group_id = aws_security_group.endpoints.id
  description       = "HTTPS from this VPC"
  cidr_ipv4         = var.cidr
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

# artifacts: code, documents and predictions of tasks; everything in it can be made again and goes after some days.
# datasets: documents with their labels; only the worker reads it, and only publishers write it.
# logs: who asked the other two for what, and the load balancer's requests.

locals {
  private = {
    artifacts = { versioned = "Suspended", key = var.data_key_arn }
    datasets  = { versioned = "Enabled", key = var.data_key_arn }
  }
  arns = { for name, bucket in local.buckets : name => "arn:${local.partition}:s3:::${bucket}" }

  tls_only = {
    for name, arn in local.arns : name => {
      Sid       = "TlsOnly"
      Effect    = "Deny"
      Principal = { AWS = "*" }
      Action    = ["s3:*"]
      Resource  = [arn, "${arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }
  }
}

resource "aws_s3_bucket" "this" {
  #checkov:skip=CKV2_AWS_61:each of the three has one below, under its own name
  #checkov:skip=CKV_AWS_144:one region: the database's backups and the datasets' versions are there; docs/aws.md says what that does not cover
  #checkov:skip=CKV2_AWS_62:nothing waits for a new object; tasks' ends come by EventBridge
  #checkov:skip=CKV_AWS_21:artifacts and logs are written once and go after some days; datasets are versioned below
  #checkov:skip=CKV_AWS_18:the two that hold data log to the third, below; the third would log itself
  #checkov:skip=CKV_AWS_145:by the key of this module below; the log bucket by S3's, since services that deliver logs cannot use ours
  for_each      = local.buckets
  bucket        = each.value
  force_destroy = each.key == "datasets" ? false : var.destroyable
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each                = aws_s3_bucket.this
  bucket                  = each.value.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  for_each = aws_s3_bucket.this
  bucket   = each.value.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "private" {
  for_each = local.private
  bucket   = aws_s3_bucket.this[each.key].id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = each.value.key
    }
  }
}

# Services that deliver logs cannot use a key of ours:
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
resource "aws_s3_bucket_server_side_encryption_configuration" "logs" {
  bucket = aws_s3_bucket.this["logs"].id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_versioning" "private" {
  for_each = { for name, each in local.private : name => each if each.versioned == "Enabled" }
  bucket   = aws_s3_bucket.this[each.key].id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_logging" "private" {
  for_each      = local.private
  bucket        = aws_s3_bucket.this[each.key].id
  target_bucket = aws_s3_bucket.this["logs"].id
  target_prefix = "s3/${each.key}/"

  # S3 looks whether the log bucket lets it in.
  depends_on = [aws_s3_bucket_policy.logs]
}

resource "aws_s3_bucket_lifecycle_configuration" "artifacts" {
  bucket = aws_s3_bucket.this["artifacts"].id

  rule {
    id     = "unfinished-uploads"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }

  # Code, documents, manifests and predictions: what is missing is uploaded and measured again.
  rule {
    id     = "evaluations"
    status = "Enabled"

    filter {
      prefix = "${var.blobs_prefix}/"
    }

    expiration {
      days = var.artifact_days
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "datasets" {
  bucket = aws_s3_bucket.this["datasets"].id

  rule {
    id     = "unfinished-uploads"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }

  # What was overwritten or deleted can be had back for three months.
  rule {
    id     = "old-versions"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = 90
    }
  }

  depends_on = [aws_s3_bucket_versioning.private]
}

resource "aws_s3_bucket_lifecycle_configuration" "logs" {
  bucket = aws_s3_bucket.this["logs"].id

  rule {
    id     = "old-logs"
    status = "Enabled"

    filter {}

    expiration {
      days = var.log_retention_days
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }
}

resource "aws_s3_bucket_policy" "artifacts" {
  bucket = aws_s3_bucket.this["artifacts"].id
  policy = jsonencode({ Version = "2012-10-17", Statement = [local.tls_only["artifacts"]] })

  depends_on = [aws_s3_bucket_public_access_block.this]
}

# The labels are the answers. A policy of a role could be widened by mistake; this one refuses whoever it does not name.
resource "aws_s3_bucket_policy" "datasets" {
  bucket = aws_s3_bucket.this["datasets"].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      local.tls_only["datasets"],
      {
        Sid       = "ReadByWorkerAndPublishersAlone"
        Effect    = "Deny"
        Principal = { AWS = "*" }
        # Not ListBucket: Terraform asks by it whether the bucket is there. Names are seen, content is not.
        Action    = ["s3:GetObject", "s3:GetObjectVersion"]
        Resource  = ["${local.arns["datasets"]}/*"]
        Condition = { ArnNotEquals = { "aws:PrincipalArn" = concat([var.worker_role_arn], var.dataset_publishers) } }
      },
      {
        Sid       = "WrittenByPublishersAlone"
        Effect    = "Deny"
        Principal = { AWS = "*" }
        Action    = ["s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"]
        Resource  = ["${local.arns["datasets"]}/*"]
        # Without a publisher nobody writes; a condition cannot be empty, so it names a role that nobody has.
        Condition = { ArnNotEquals = { "aws:PrincipalArn" = length(var.dataset_publishers) > 0 ? var.dataset_publishers : ["arn:${local.partition}:iam::${local.account}:role/nobody"] } }
      },
    ]
  })

  depends_on = [aws_s3_bucket_public_access_block.this]
}

resource "aws_s3_bucket_policy" "logs" {
  bucket = aws_s3_bucket.this["logs"].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([local.tls_only["logs"]], [
      for name in keys(local.private) : {
        Sid       = "AccessTo${title(name)}"
        Effect    = "Allow"
        Principal = { Service = "logging.s3.amazonaws.com" }
        Action    = ["s3:PutObject"]
        Resource  = "${local.arns["logs"]}/s3/${name}/*"
        Condition = {
          StringEquals = { "aws:SourceAccount" = local.account }
          ArnLike      = { "aws:SourceArn" = local.arns[name] }
        }
      }
      ], [
      {
        Sid       = "LoadBalancerLogs"
        Effect    = "Allow"
        Principal = { Service = "logdelivery.elasticloadbalancing.amazonaws.com" }
        Action    = ["s3:PutObject"]
        Resource  = ["${local.arns["logs"]}/alb/AWSLogs/${local.account}/*"]
      },
    ])
  })

  depends_on = [aws_s3_bucket_public_access_block.this]
}

# Every variable that the App gets: the names are those of src/settings/variables.ts, and a test compares them.

locals {
  database_url = join("", [
    "postgres://${var.database.user}@${var.database.address}:5432/${var.database.name}",
    # RDS's own authority signs; its certificates are in the image.
    "?sslmode=verify-full&sslrootcert=${var.database.ca_file}",
  ])

  common_environment = merge(
    {
      DOCOPS_URL = var.url
      # Without a password: the process asks for the one of the day at each new connection.
      DATABASE_URL             = local.database_url
      DATABASE_PASSWORD_SECRET = var.database.secret_arn
      LOG_LEVEL                = "info"
      LOG_FORMAT               = "json"
    },
    var.settings,
  )

  web_environment = merge(local.common_environment, {
    HOST = "0.0.0.0"
    PORT = tostring(local.port)
  })

  worker_environment = merge(
    {
      DOCOPS_RUNNER             = "ecs"
      DOCOPS_BLOBS              = "s3://${var.artifacts_bucket}/${var.blobs_prefix}"
      DOCOPS_DATASETS           = "s3://${var.datasets_bucket}/${var.datasets_prefix}"
      DOCOPS_ECS_CLUSTER        = var.evaluation.cluster_name
      DOCOPS_ECS_SUBNETS        = join(",", var.evaluation.subnet_ids)
      DOCOPS_ECS_SECURITY_GROUP = var.evaluation.security_group_id
      DOCOPS_ECS_EXECUTION_ROLE = var.evaluation.execution_role_arn
      DOCOPS_ECS_RUNNER_IMAGE   = var.eval_runner_image
      DOCOPS_ECS_EXTRACT_IMAGE  = var.app_image
      DOCOPS_ECS_LOG_GROUP      = var.evaluation.log_group_name
      DOCOPS_ECS_EVENTS         = var.evaluation.events_queue_url
      DOCOPS_EVALUATIONS        = tostring(var.worker.evaluations)
      DOCOPS_MIRROR_BYTES       = "${floor(var.worker.disk_gib / 2)}GiB"
    },
    var.evaluation.open_security_group_id == null ? {} : {
      DOCOPS_ECS_OPEN_SUBNETS        = join(",", var.evaluation.open_subnet_ids)
      DOCOPS_ECS_OPEN_SECURITY_GROUP = var.evaluation.open_security_group_id
    },
    var.evaluation.gpu_provider == null ? {} : { DOCOPS_ECS_GPU_PROVIDER = var.evaluation.gpu_provider },
    length(var.extractor_secret_arns) == 0 ? {} : {
      DOCOPS_ECS_SECRETS = join(",", [for name, arn in var.extractor_secret_arns : "${name}=${arn}"])
    },
    local.common_environment,
  )

  # Secrets Manager keeps the version before by itself: putting a new one is the first half of an exchange.
  # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
  secrets = {
    APP_ID                  = var.app_secret_arns["app-id"]
    PRIVATE_KEY             = var.app_secret_arns["private-key"]
    WEBHOOK_SECRET          = "${var.app_secret_arns["webhook-secret"]}::AWSCURRENT:"
    WEBHOOK_SECRET_PREVIOUS = "${var.app_secret_arns["webhook-secret"]}::AWSPREVIOUS:"
    GITHUB_CLIENT_ID        = var.app_secret_arns["client-id"]
    GITHUB_CLIENT_SECRET    = var.app_secret_arns["client-secret"]
  }
}

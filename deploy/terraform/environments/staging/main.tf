# One environment. The folders dev, staging and prod are equal but for sizes.auto.tfvars.json, and a test compares them.

terraform {
  required_version = ">= 1.11.0, < 2.0.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }

  # The bucket is this environment's own, made by bootstrap; it encrypts with its key whatever is put there. Its name:
  # terraform init -backend-config=bucket=… -backend-config=region=…
  backend "s3" {
    key          = "docops/terraform.tfstate"
    use_lockfile = true
  }
}

provider "aws" {
  region = var.region
  # A mix-up of credentials is refused before it changes anything.
  allowed_account_ids = [var.account_id]

  default_tags {
    tags = {
      project     = "docops"
      environment = local.name
    }
  }
}

locals {
  name            = "docops-${var.environment}"
  blobs_prefix    = "evaluations"
  datasets_prefix = "registry"

  # ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME@sha256:… → ARN of the repository
  images = [
    for image in [var.app_image, var.eval_runner_image] :
    regex("^(?P<account>[0-9]{12})\\.dkr\\.ecr\\.(?P<region>[a-z0-9-]+)\\.amazonaws\\.com/(?P<name>[^@]+)@", image)
  ]
  repositories = concat(
    [for image in local.images : "arn:aws:ecr:${image.region}:${image.account}:repository/${image.name}"],
    var.extra_repositories,
  )
}

module "secrets" {
  source            = "../../modules/secrets"
  name              = local.name
  extractor_secrets = var.extractor_secrets
  key_deletion_days = var.protected ? 30 : 7
  recovery_days     = var.protected ? 30 : 0
}

module "network" {
  source             = "../../modules/network"
  name               = local.name
  cidr               = var.sizes.cidr
  zones              = var.sizes.zones
  nat_per_zone       = var.sizes.nat_per_zone
  artifacts_bucket   = module.data.artifacts_bucket
  worker_role_arn    = module.service.worker_role_arn
  repositories       = local.repositories
  logs_key_arn       = module.secrets.logs_key_arn
  log_retention_days = var.sizes.log_retention_days
}

module "data" {
  source              = "../../modules/data"
  name                = local.name
  vpc_id              = module.network.vpc_id
  isolated_subnet_ids = module.network.isolated_subnet_ids
  data_key_arn        = module.secrets.data_key_arn
  logs_key_arn        = module.secrets.logs_key_arn
  worker_role_arn     = module.service.worker_role_arn
  dataset_publishers  = var.dataset_publishers
  blobs_prefix        = local.blobs_prefix
  artifact_days       = var.sizes.artifact_days
  destroyable         = !var.protected
  log_retention_days  = var.sizes.log_retention_days
  database            = merge(var.sizes.database, { deletion_protection = var.protected })
}

module "evaluation" {
  source                      = "../../modules/evaluation"
  name                        = local.name
  vpc_id                      = module.network.vpc_id
  private_subnet_ids          = module.network.private_subnet_ids
  endpoints_security_group_id = module.network.endpoints_security_group_id
  s3_prefix_list_id           = module.network.s3_prefix_list_id
  open_network                = var.open_network
  extractor_repositories      = var.extractor_repositories
  repositories                = local.repositories
  extractor_secret_arns       = module.secrets.extractor_secret_arns
  gpu                         = var.sizes.gpu
  data_key_arn                = module.secrets.data_key_arn
  logs_key_arn                = module.secrets.logs_key_arn
  messages_key_arn            = module.secrets.messages_key_arn
  destroyable                 = !var.protected
  log_retention_days          = var.sizes.log_retention_days
}

module "service" {
  source                = "../../modules/service"
  name                  = local.name
  url                   = var.url
  certificate_arn       = var.certificate_arn
  app_image             = var.app_image
  eval_runner_image     = var.eval_runner_image
  repositories          = local.repositories
  settings              = var.settings
  vpc_id                = module.network.vpc_id
  public_subnet_ids     = module.network.public_subnet_ids
  private_subnet_ids    = module.network.private_subnet_ids
  artifacts_bucket      = module.data.artifacts_bucket
  blobs_prefix          = local.blobs_prefix
  datasets_bucket       = module.data.datasets_bucket
  datasets_prefix       = local.datasets_prefix
  logs_bucket           = module.data.logs_bucket
  app_secret_arns       = module.secrets.app_secret_arns
  extractor_secret_arns = module.secrets.extractor_secret_arns
  web                   = var.sizes.web
  worker                = var.sizes.worker
  deletion_protection   = var.protected
  data_key_arn          = module.secrets.data_key_arn
  logs_key_arn          = module.secrets.logs_key_arn
  messages_key_arn      = module.secrets.messages_key_arn
  log_retention_days    = var.sizes.log_retention_days

  database = {
    address           = module.data.database_address
    name              = module.data.database_name
    user              = module.data.database_user
    secret_arn        = module.data.database_secret_arn
    security_group_id = module.data.database_security_group_id
    ca_file           = var.database_ca_file
  }

  evaluation = {
    cluster_name           = module.evaluation.cluster_name
    cluster_arn            = module.evaluation.cluster_arn
    subnet_ids             = module.network.isolated_subnet_ids
    security_group_id      = module.evaluation.isolated_security_group_id
    open_subnet_ids        = module.network.private_subnet_ids
    open_security_group_id = module.evaluation.open_security_group_id
    execution_role_arn     = module.evaluation.execution_role_arn
    log_group_name         = module.evaluation.log_group_name
    events_queue_url       = module.evaluation.events_queue_url
    events_queue_arn       = module.evaluation.events_queue_arn
    gpu_provider           = module.evaluation.gpu_provider
  }
}

module "training" {
  source             = "../../modules/training"
  name               = local.name
  artifacts_bucket   = module.data.artifacts_bucket
  repositories       = local.repositories
  data_key_arn       = module.secrets.data_key_arn
  logs_key_arn       = module.secrets.logs_key_arn
  messages_key_arn   = module.secrets.messages_key_arn
  log_retention_days = var.sizes.log_retention_days
}

module "observability" {
  source                   = "../../modules/observability"
  name                     = local.name
  alarm_emails             = var.alarm_emails
  messages_key_arn         = module.secrets.messages_key_arn
  load_balancer            = module.service.load_balancer_arn_suffix
  target_groups            = module.service.target_group_arn_suffixes
  app_cluster              = module.service.cluster_name
  worker_service           = module.service.service_names["worker"]
  evaluation_cluster       = module.evaluation.cluster_name
  events_queue_name        = module.evaluation.events_queue_name
  lost_queue_name          = module.evaluation.lost_queue_name
  training_lost_queue_name = module.training.lost_queue_name
  failed_rule_name         = module.evaluation.failed_rule_name
  database_id              = module.data.database_id
}

module "budget" {
  source           = "../../modules/budget"
  name             = local.name
  monthly_usd      = var.sizes.monthly_usd
  anomaly_usd      = var.sizes.anomaly_usd
  alarms_topic_arn = module.observability.alarms_topic_arn
}

module "delivery" {
  source                   = "../../modules/delivery"
  name                     = local.name
  environment              = var.environment
  github_repository        = var.github_repository
  github_oidc_provider_arn = "arn:aws:iam::${var.account_id}:oidc-provider/token.actions.githubusercontent.com"
  state_bucket             = "docops-state-${var.account_id}-${var.environment}"
  state_key_arn            = var.state_key_arn
}

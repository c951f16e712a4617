# environment, protected and sizes: sizes.auto.tfvars.json of this folder. app_image and eval_runner_image: the release gives
# them. All others: site.auto.tfvars, made from site.auto.tfvars.example.

variable "environment" {
  description = "dev, staging or prod"
  type        = string

  validation {
    condition     = contains(["dev", "staging", "prod"], var.environment)
    error_message = "environment has to be dev, staging or prod."
  }
}

variable "protected" {
  description = "Database and load balancer cannot be deleted, secrets and keys can be had back for 30 days"
  type        = bool
}

variable "sizes" {
  description = "What this environment is made of: the only thing in which the three differ"
  type = object({
    cidr               = string
    zones              = list(string)
    nat_per_zone       = bool
    log_retention_days = number
    artifact_days      = number
    monthly_usd        = number
    anomaly_usd        = number

    database = object({
      major_version  = string
      instance_class = string
      storage_gib    = number
      multi_az       = bool
      backup_days    = number
    })

    web = object({
      cpu        = number
      memory_mib = number
      min_tasks  = number
      max_tasks  = number
    })

    worker = object({
      cpu         = number
      memory_mib  = number
      disk_gib    = number
      min_tasks   = number
      max_tasks   = number
      evaluations = number
    })

    gpu = object({
      max_instances = number
      instance_type = string
      disk_gib      = number
    })
  })
}

variable "app_image" {
  description = "The App's image in ECR, by digest"
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}\\.dkr\\.ecr\\.[a-z0-9-]+\\.amazonaws\\.com/[a-z0-9/._-]+@sha256:[0-9a-f]{64}$", var.app_image))
    error_message = "app_image has to be an image in ECR by digest: ACCOUNT.dkr.ecr.REGION.amazonaws.com/docops@sha256:…"
  }
}

variable "eval_runner_image" {
  description = "Image of the steps around an extractor, in ECR, by digest"
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}\\.dkr\\.ecr\\.[a-z0-9-]+\\.amazonaws\\.com/[a-z0-9/._-]+@sha256:[0-9a-f]{64}$", var.eval_runner_image))
    error_message = "eval_runner_image has to be an image in ECR by digest: ACCOUNT.dkr.ecr.REGION.amazonaws.com/docops-eval-runner@sha256:…"
  }
}

variable "account_id" {
  description = "AWS account of this environment"
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id has to be twelve digits."
  }
}

variable "region" {
  description = "AWS region"
  type        = string
}

variable "url" {
  description = "Where people and GitHub reach the App: https://docops.example.com"
  type        = string

  validation {
    condition     = can(regex("^https://[A-Za-z0-9.-]+$", var.url))
    error_message = "url has to begin with https:// and to have no path."
  }
}

variable "certificate_arn" {
  description = "ACM certificate of the host in url, in the same region"
  type        = string
}

variable "github_repository" {
  description = "Repository whose workflows deploy: acme/docops"
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.github_repository))
    error_message = "github_repository has to be OWNER/NAME: a wildcard would let others deploy."
  }
}

variable "state_key_arn" {
  description = "KMS key of this environment's state: output state_key_arn of bootstrap"
  type        = string
}

variable "alarm_emails" {
  description = "Addresses that hear of alarms and of money"
  type        = set(string)

  validation {
    condition     = length(var.alarm_emails) > 0
    error_message = "alarm_emails has to have an address: an alarm that nobody hears is none."
  }
}

variable "dataset_publishers" {
  description = "ARNs of roles that publish datasets (docops dataset publish)"
  type        = list(string)
  default     = []
}

variable "extractor_repositories" {
  description = "Teams, each with a repository for images of its extractors"
  type        = set(string)
  default     = []
}

variable "extra_repositories" {
  description = "ARNs of further ECR repositories with images of extractors"
  type        = list(string)
  default     = []
}

variable "extractor_secrets" {
  description = "Names of variables that extract.env may ask for on ECS"
  type        = set(string)
  default     = []
}

variable "open_network" {
  description = "Allow runner.network: setup and open to pipelines of trusted authors"
  type        = bool
  default     = true
}

variable "database_ca_file" {
  description = "File in the App's image with the certificates of RDS"
  type        = string
  default     = "/etc/docops/rds.pem"
}

variable "settings" {
  description = "Further variables of the App, such as DOCOPS_DEADLINE"
  type        = map(string)
  default     = {}
}

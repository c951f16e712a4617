variable "name" {
  description = "Prefix of every name: docops-ENVIRONMENT"
  type        = string
}

variable "vpc_id" {
  description = "The VPC"
  type        = string
}

variable "isolated_subnet_ids" {
  description = "Subnets of the database"
  type        = list(string)
}

variable "data_key_arn" {
  description = "KMS key of database and buckets"
  type        = string
}

variable "logs_key_arn" {
  description = "KMS key of log groups"
  type        = string
}

variable "worker_role_arn" {
  description = "The only role of this service that reads datasets"
  type        = string
}

variable "dataset_publishers" {
  description = "ARNs of roles that publish datasets (docops dataset publish)"
  type        = list(string)

  validation {
    condition     = alltrue([for arn in var.dataset_publishers : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:(role|user)/[^*]+$", arn))])
    error_message = "dataset_publishers has to be ARNs of roles or users, without a wildcard."
  }
}

variable "database" {
  description = "Size and safety of PostgreSQL"
  type = object({
    major_version       = string
    instance_class      = string
    storage_gib         = number
    multi_az            = bool
    backup_days         = number
    deletion_protection = bool
  })

  validation {
    condition     = var.database.backup_days >= 7 && var.database.backup_days <= 35
    error_message = "database.backup_days has to be from 7 to 35 (RDS keeps no more)."
  }
}

variable "blobs_prefix" {
  description = "Folder of evaluations in the artifacts bucket"
  type        = string
}

variable "artifact_days" {
  description = "Days that code, documents and predictions of tasks are kept"
  type        = number

  validation {
    condition     = var.artifact_days >= 15
    error_message = "artifact_days has to be 15 or more: an evaluation may wait for 14 days (DOCOPS_DEADLINE)."
  }
}

variable "destroyable" {
  description = "terraform destroy empties the buckets of artifacts and logs; never the one of datasets"
  type        = bool
}

variable "log_retention_days" {
  description = "Days that logs are kept"
  type        = number
}

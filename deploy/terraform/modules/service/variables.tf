variable "name" {
  description = "Prefix of every name: docops-ENVIRONMENT"
  type        = string
}

variable "url" {
  description = "Where people and GitHub reach the App: https://docops.example.com"
  type        = string
}

variable "certificate_arn" {
  description = "ACM certificate of the host in url"
  type        = string
}

variable "app_image" {
  description = "The App's image, by digest"
  type        = string
}

variable "eval_runner_image" {
  description = "Image of the steps around an extractor, by digest"
  type        = string
}

variable "repositories" {
  description = "ARNs of the ECR repositories of these images"
  type        = list(string)
}

variable "settings" {
  description = "Further variables of the App, such as DOCOPS_DEADLINE"
  type        = map(string)
}

variable "vpc_id" {
  description = "The VPC"
  type        = string
}

variable "public_subnet_ids" {
  description = "Subnets of the load balancer"
  type        = list(string)
}

variable "private_subnet_ids" {
  description = "Subnets of web and worker"
  type        = list(string)
}

variable "database" {
  description = "Where the database is and where its password is kept"
  type = object({
    address           = string
    name              = string
    user              = string
    secret_arn        = string
    security_group_id = string
    ca_file           = string
  })
}

variable "evaluation" {
  description = "Where evaluations run"
  type = object({
    cluster_name           = string
    cluster_arn            = string
    subnet_ids             = list(string)
    security_group_id      = string
    open_subnet_ids        = list(string)
    open_security_group_id = string
    execution_role_arn     = string
    log_group_name         = string
    events_queue_url       = string
    events_queue_arn       = string
    gpu_provider           = string
  })
}

variable "artifacts_bucket" {
  description = "Bucket of evaluations"
  type        = string
}

variable "blobs_prefix" {
  description = "Folder of evaluations in it"
  type        = string
}

variable "datasets_bucket" {
  description = "Bucket of datasets"
  type        = string
}

variable "datasets_prefix" {
  description = "Folder of the registry in it"
  type        = string
}

variable "logs_bucket" {
  description = "Bucket of the load balancer's log"
  type        = string
}

variable "app_secret_arns" {
  description = "app-id, private-key, webhook-secret, client-id and client-secret"
  type        = map(string)
}

variable "extractor_secret_arns" {
  description = "Name of a variable → ARN of the secret that extractors may be given"
  type        = map(string)
}

variable "web" {
  description = "Size of web"
  type = object({
    cpu        = number
    memory_mib = number
    min_tasks  = number
    max_tasks  = number
  })
}

variable "worker" {
  description = "Size of workers; evaluations: at once in each"
  type = object({
    cpu         = number
    memory_mib  = number
    disk_gib    = number
    min_tasks   = number
    max_tasks   = number
    evaluations = number
  })

  validation {
    condition     = var.worker.disk_gib >= 21 && var.worker.disk_gib <= 200
    error_message = "worker.disk_gib has to be from 21 to 200: Fargate offers no other."
  }
}

variable "deletion_protection" {
  description = "The load balancer cannot be deleted"
  type        = bool
}

variable "data_key_arn" {
  description = "KMS key of buckets and secrets"
  type        = string
}

variable "logs_key_arn" {
  description = "KMS key of log groups"
  type        = string
}

variable "messages_key_arn" {
  description = "KMS key of queues"
  type        = string
}

variable "log_retention_days" {
  description = "Days that logs are kept"
  type        = number
}

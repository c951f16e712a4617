variable "name" {
  description = "Prefix of every name: docops-ENVIRONMENT"
  type        = string
}

variable "artifacts_bucket" {
  description = "Bucket with training/ and models/"
  type        = string
}

variable "repositories" {
  description = "ARNs of ECR repositories beside this environment's own"
  type        = list(string)
}

variable "data_key_arn" {
  description = "KMS key of the bucket"
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

variable "name" {
  description = "Prefix of every name: docops-ENVIRONMENT"
  type        = string
}

variable "vpc_id" {
  description = "The VPC"
  type        = string
}

variable "private_subnet_ids" {
  description = "Subnets of GPU instances"
  type        = list(string)
}

variable "endpoints_security_group_id" {
  description = "Security group of the endpoints of ECR and CloudWatch Logs"
  type        = string
}

variable "s3_prefix_list_id" {
  description = "Addresses of S3"
  type        = string
}

variable "open_network" {
  description = "Allow runner.network: setup and open"
  type        = bool
}

variable "extractor_repositories" {
  description = "Teams, each with a repository for images of its extractors"
  type        = set(string)
}

variable "repositories" {
  description = "ARNs of ECR repositories beside this environment's own: the App's images, further extractors"
  type        = list(string)
}

variable "extractor_secret_arns" {
  description = "Name of a variable → ARN of the secret that extractors may be given"
  type        = map(string)
}

variable "gpu" {
  description = "Instances with GPUs; max_instances 0: none, and runner.gpu is refused"
  type = object({
    max_instances = number
    instance_type = string
    disk_gib      = number
  })
}

variable "data_key_arn" {
  description = "KMS key of images and secrets"
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

variable "destroyable" {
  description = "terraform destroy deletes images too"
  type        = bool
}

variable "log_retention_days" {
  description = "Days that output of tasks is kept"
  type        = number
}

variable "name" {
  description = "Prefix of every name: docops-ENVIRONMENT"
  type        = string
}

variable "cidr" {
  description = "Addresses of the VPC, a /16"
  type        = string

  validation {
    condition     = can(cidrnetmask(var.cidr)) && endswith(var.cidr, "/16")
    error_message = "cidr has to be a /16 like 10.40.0.0/16: it is cut into sixteen parts."
  }
}

variable "zones" {
  description = "Letters of the availability zones in use; named, so that a new zone of AWS moves nothing"
  type        = list(string)

  validation {
    condition     = length(var.zones) >= 2 && length(var.zones) <= 4 && length(distinct(var.zones)) == length(var.zones)
    error_message = "zones has to be from two (the load balancer and the database ask for two) to four different letters."
  }
}

variable "nat_per_zone" {
  description = "A NAT gateway in each zone; false: one for all, which is cheaper and ends with its zone"
  type        = bool
}

variable "artifacts_bucket" {
  description = "Name of the bucket that evaluations may reach"
  type        = string
}

variable "worker_role_arn" {
  description = "Role that signs the links evaluations use"
  type        = string
}

variable "repositories" {
  description = "ARNs of ECR repositories beside this environment's own: the App's images, further extractors"
  type        = list(string)
}

variable "logs_key_arn" {
  description = "KMS key of log groups"
  type        = string
}

variable "log_retention_days" {
  description = "Days that flow logs are kept"
  type        = number
}

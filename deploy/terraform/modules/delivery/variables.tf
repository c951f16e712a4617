variable "name" {
  description = "Prefix of every name: docops-ENVIRONMENT"
  type        = string
}

variable "environment" {
  description = "GitHub environment whose jobs may deploy"
  type        = string
}

variable "github_repository" {
  description = "Repository whose workflows may plan and deploy: acme/docops"
  type        = string
}

variable "github_oidc_provider_arn" {
  description = "GitHub's OIDC provider in this account: output of bootstrap"
  type        = string
}

variable "state_bucket" {
  description = "Bucket of this environment's state"
  type        = string
}

variable "state_key_arn" {
  description = "KMS key of that bucket"
  type        = string
}

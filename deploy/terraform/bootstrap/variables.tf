variable "region" {
  description = "AWS region"
  type        = string
}

variable "account_id" {
  description = "AWS account that this is for"
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id has to be twelve digits."
  }
}

variable "environments" {
  description = "Environments in this account"
  type        = set(string)
  default     = ["dev", "staging", "prod"]
}

variable "github_repository" {
  description = "Repository whose workflows release: acme/docops"
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.github_repository))
    error_message = "github_repository has to be OWNER/NAME: a wildcard would let others push images."
  }
}

variable "registry" {
  description = "This account has the registry of the App's images; one of the accounts does"
  type        = bool
  default     = true
}

variable "registry_readers" {
  description = "Other accounts that pull from the registry"
  type        = set(string)
  default     = []
}

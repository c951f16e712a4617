variable "name" {
  description = "Prefix of every name: docops-ENVIRONMENT"
  type        = string
}

variable "extractor_secrets" {
  description = "Names of variables that extractors may be given on ECS"
  type        = set(string)

  validation {
    condition     = alltrue([for name in var.extractor_secrets : can(regex("^[A-Za-z_][A-Za-z0-9_]{0,99}$", name))])
    error_message = "extractor_secrets has to be names of variables, like OCR_KEY."
  }
}

variable "key_deletion_days" {
  description = "Days in which the deletion of a key can be taken back"
  type        = number
}

variable "recovery_days" {
  description = "Days in which the deletion of a secret can be taken back; 0: none"
  type        = number
}

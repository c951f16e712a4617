variable "name" {
  description = "Prefix of every name: docops-ENVIRONMENT"
  type        = string
}

variable "alarm_emails" {
  description = "Addresses that hear of alarms"
  type        = set(string)
}

variable "messages_key_arn" {
  description = "KMS key of notifications"
  type        = string
}

variable "load_balancer" {
  description = "Load balancer, as metrics name it"
  type        = string
}

variable "target_groups" {
  description = "Target groups of web, as metrics name them"
  type        = map(string)
}

variable "app_cluster" {
  description = "Cluster of the App"
  type        = string
}

variable "worker_service" {
  description = "Service of workers"
  type        = string
}

variable "evaluation_cluster" {
  description = "Cluster of evaluations"
  type        = string
}

variable "events_queue_name" {
  description = "Queue of task state changes"
  type        = string
}

variable "lost_queue_name" {
  description = "Queue of events that nobody could read"
  type        = string
}

variable "training_lost_queue_name" {
  description = "Queue of training requests that failed"
  type        = string
}

variable "failed_rule_name" {
  description = "Rule that counts tasks that did not start"
  type        = string
}

variable "database_id" {
  description = "Identifier of the database"
  type        = string
}

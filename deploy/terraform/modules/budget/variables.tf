variable "name" {
  description = "docops-ENVIRONMENT: prefix of names, and the tag that costs are counted by"
  type        = string
}

variable "monthly_usd" {
  description = "US dollars a month that this environment may cost"
  type        = number
}

variable "anomaly_usd" {
  description = "US dollars a day above what is usual, from which people are told"
  type        = number
}

variable "alarms_topic_arn" {
  description = "Topic of alarms"
  type        = string
}

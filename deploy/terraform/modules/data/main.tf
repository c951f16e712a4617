# What must not be lost: the database and the datasets; and what evaluations exchange, which may be lost at any time.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition

  # With the account's number, since names of buckets are shared by all of AWS.
  buckets = {
    artifacts = "${var.name}-${local.account}-artifacts"
    datasets  = "${var.name}-${local.account}-datasets"
    logs      = "${var.name}-${local.account}-logs"
  }
}

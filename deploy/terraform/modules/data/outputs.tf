output "artifacts_bucket" {
  description = "Name of the bucket of evaluations"
  value       = local.buckets["artifacts"]
}

output "datasets_bucket" {
  description = "Name of the bucket of datasets"
  value       = local.buckets["datasets"]
}

output "logs_bucket" {
  description = "Name of the bucket of access logs; there when its policy is"
  value       = aws_s3_bucket_policy.logs.bucket
}

output "artifacts_arn" {
  description = "ARN of the bucket of evaluations"
  value       = local.arns["artifacts"]
}

output "datasets_arn" {
  description = "ARN of the bucket of datasets"
  value       = local.arns["datasets"]
}

output "database_id" {
  description = "Identifier of the database"
  value       = aws_db_instance.this.identifier
}

output "database_address" {
  description = "Host of the database"
  value       = aws_db_instance.this.address
}

output "database_name" {
  description = "Name of the database"
  value       = aws_db_instance.this.db_name
}

output "database_user" {
  description = "User of the database"
  value       = aws_db_instance.this.username
}

output "database_secret_arn" {
  description = "Secret in which RDS keeps the password"
  value       = aws_db_instance.this.master_user_secret[0].secret_arn
}

output "database_security_group_id" {
  description = "Security group of the database"
  value       = aws_security_group.database.id
}

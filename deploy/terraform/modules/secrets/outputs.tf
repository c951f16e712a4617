output "data_key_arn" {
  description = "For documents, datasets, database, secrets, images"
  value       = aws_kms_key.data.arn
}

output "logs_key_arn" {
  description = "For log groups"
  value       = aws_kms_key.logs.arn
}

output "messages_key_arn" {
  description = "For queues and notifications"
  value       = aws_kms_key.messages.arn
}

output "app_secret_arns" {
  description = "app-id, private-key, webhook-secret, client-id and client-secret"
  value       = { for name, secret in aws_secretsmanager_secret.app : name => secret.arn }
}

output "extractor_secret_arns" {
  description = "Name of a variable → ARN of its secret"
  value       = { for name, secret in aws_secretsmanager_secret.extractor : name => secret.arn }
}

output "cluster_name" {
  description = "Name of the cluster of evaluations"
  value       = local.cluster
}

output "cluster_arn" {
  description = "ARN of the cluster of evaluations"
  value       = aws_ecs_cluster.this.arn
}

output "isolated_security_group_id" {
  description = "For tasks without a way out"
  value       = aws_security_group.isolated.id
}

output "open_security_group_id" {
  description = "For tasks with a way out; empty where there is none"
  value       = one(aws_security_group.open[*].id)
}

output "execution_role_arn" {
  description = "Role by which ECS starts evaluations"
  value       = aws_iam_role.execution.arn
}

output "log_group_name" {
  description = "Log group of evaluations"
  value       = local.log_group
}

output "events_queue_url" {
  description = "Queue of task state changes"
  value       = aws_sqs_queue.events.url
}

output "events_queue_arn" {
  description = "ARN of the queue of task state changes"
  value       = aws_sqs_queue.events.arn
}

output "events_queue_name" {
  description = "Name of the queue of task state changes"
  value       = aws_sqs_queue.events.name
}

output "lost_queue_name" {
  description = "Name of the queue of events that nobody could read"
  value       = aws_sqs_queue.lost.name
}

output "failed_rule_name" {
  description = "Rule that counts tasks that did not start"
  value       = aws_cloudwatch_event_rule.failed.name
}

output "gpu_provider" {
  description = "Capacity provider with GPUs; null where there is none"
  value       = one(aws_ecs_capacity_provider.gpu[*].name)
}

output "repository_urls" {
  description = "Team → address of its repository of images"
  value       = { for name, repository in aws_ecr_repository.this : name => repository.repository_url }
}

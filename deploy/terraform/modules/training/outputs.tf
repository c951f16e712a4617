output "task_role_arn" {
  description = "Role of a training"
  value       = aws_iam_role.task.arn
}

output "execution_role_arn" {
  description = "Role by which ECS starts a training"
  value       = aws_iam_role.execution.arn
}

output "requests_queue_url" {
  description = "Queue of requests to train"
  value       = aws_sqs_queue.requests.url
}

output "lost_queue_name" {
  description = "Queue of requests that failed three times"
  value       = aws_sqs_queue.lost.name
}

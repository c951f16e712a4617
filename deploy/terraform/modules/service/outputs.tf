output "cluster_name" {
  description = "Name of the App's cluster"
  value       = aws_ecs_cluster.this.name
}

output "cluster_arn" {
  description = "ARN of the App's cluster"
  value       = aws_ecs_cluster.this.arn
}

output "service_names" {
  description = "web and worker"
  value       = { for name, service in aws_ecs_service.this : name => service.name }
}

output "task_definitions" {
  description = "Newest definitions of web, worker and command"
  value       = { for name, definition in aws_ecs_task_definition.this : name => definition.arn }
}

output "worker_role_arn" {
  description = "Role of workers"
  value       = aws_iam_role.worker.arn
}

output "worker_security_group_id" {
  description = "Security group of workers and of single commands"
  value       = aws_security_group.worker.id
}

output "role_arns" {
  description = "Roles that tasks of the App have, and the one that starts them"
  value       = [aws_iam_role.execution.arn, aws_iam_role.web.arn, aws_iam_role.worker.arn]
}

output "load_balancer_dns_name" {
  description = "What the host in url has to point to"
  value       = aws_lb.this.dns_name
}

output "load_balancer_zone_id" {
  description = "For an alias record in Route 53"
  value       = aws_lb.this.zone_id
}

output "load_balancer_arn_suffix" {
  description = "For metrics"
  value       = aws_lb.this.arn_suffix
}

output "target_group_arn_suffixes" {
  description = "blue and green, for metrics"
  value       = { for colour, group in aws_lb_target_group.web : colour => group.arn_suffix }
}

output "blue_green" {
  description = "What ECS is given to move web from one target group to the other"
  value = {
    target_group           = aws_lb_target_group.web["blue"].arn
    alternate_target_group = aws_lb_target_group.web["green"].arn
    listener_rule          = aws_lb_listener_rule.web.arn
    role                   = aws_iam_role.switch.arn
  }

  # Whoever deploys with the role needs what it may.
  depends_on = [aws_iam_role_policy_attachment.switch]
}

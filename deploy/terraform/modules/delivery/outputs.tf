output "plan_role_arn" {
  description = "AWS_PLAN_ROLE_… of the workflows"
  value       = aws_iam_role.this["plan"].arn
}

output "deploy_role_arn" {
  description = "AWS_DEPLOY_ROLE_… of the workflows"
  value       = aws_iam_role.this["deploy"].arn
}

output "cluster" {
  description = "Cluster of the App"
  value       = module.service.cluster_name
}

output "web_service" {
  description = "Service of web"
  value       = module.service.service_names["web"]
}

output "web_target_group" {
  description = "Target group that web began with"
  value       = module.service.blue_green.target_group
}

output "web_alternate_target_group" {
  description = "The other one: a deployment of web goes to the one that is idle"
  value       = module.service.blue_green.alternate_target_group
}

output "web_listener_rule" {
  description = "Rule of the load balancer that a deployment of web turns"
  value       = module.service.blue_green.listener_rule
}

output "web_switch_role" {
  description = "Role by which ECS turns it"
  value       = module.service.blue_green.role
}

output "worker_service" {
  description = "Service of workers"
  value       = module.service.service_names["worker"]
}

output "migrate_task_definition" {
  description = "Definition of single commands: docops migrate, docops doctor"
  value       = module.service.task_definitions["command"]
}

output "private_subnets" {
  description = "Where single commands run"
  value       = module.network.private_subnet_ids
}

output "service_security_group" {
  description = "Security group of single commands"
  value       = module.service.worker_security_group_id
}

output "url" {
  description = "Where the App is"
  value       = var.url
}

output "load_balancer" {
  description = "What the host in url has to point to"
  value       = module.service.load_balancer_dns_name
}

output "evaluation_cluster" {
  description = "Cluster of evaluations"
  value       = module.evaluation.cluster_name
}

output "datasets" {
  description = "Address of the dataset registry"
  value       = "s3://${module.data.datasets_bucket}/${local.datasets_prefix}"
}

output "extractor_repositories" {
  description = "Team → address of its repository of images"
  value       = module.evaluation.repository_urls
}

output "plan_role" {
  description = "AWS_PLAN_ROLE_… of the workflows"
  value       = module.delivery.plan_role_arn
}

output "deploy_role" {
  description = "AWS_DEPLOY_ROLE_… of the workflows"
  value       = module.delivery.deploy_role_arn
}

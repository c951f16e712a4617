output "vpc_id" {
  description = "The VPC"
  value       = aws_vpc.this.id
}

output "public_subnet_ids" {
  description = "For the load balancer"
  value       = [for subnet in aws_subnet.public : subnet.id]
}

output "private_subnet_ids" {
  description = "For the App, with a way out through NAT"
  value       = [for subnet in aws_subnet.private : subnet.id]
}

output "isolated_subnet_ids" {
  description = "For evaluations and the database, without a way out"
  value       = [for subnet in aws_subnet.isolated : subnet.id]
}

output "endpoints_security_group_id" {
  description = "Of the endpoints of ECR and CloudWatch Logs"
  value       = aws_security_group.endpoints.id
}

output "s3_prefix_list_id" {
  description = "Addresses of S3, for rules of security groups"
  value       = aws_vpc_endpoint.s3_isolated.prefix_list_id
}

output "state_buckets" {
  description = "TF_STATE_BUCKET of each environment"
  value       = { for environment, bucket in aws_s3_bucket.state : environment => bucket.bucket }
}

output "state_key_arn" {
  description = "state_key_arn of the environments"
  value       = aws_kms_key.state.arn
}

output "repositories" {
  description = "Addresses of the App's images"
  value       = { for name, repository in aws_ecr_repository.this : name => repository.repository_url }
}

output "release_role" {
  description = "AWS_RELEASE_ROLE of the workflows"
  value       = one(aws_iam_role.release[*].arn)
}

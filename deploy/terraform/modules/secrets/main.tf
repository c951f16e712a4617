# Places for secrets, never their values: a value in Terraform would stand in its state. docs/aws.md says how they get there.
#
# What rotates by itself: the database's password, which RDS keeps and rotates (module data). What a person exchanges: the
# App's private key and client secret (GitHub lets two of each be valid at once) and the webhook secret (the App accepts the
# current and the previous version, which Secrets Manager keeps by itself as AWSCURRENT and AWSPREVIOUS). GitHub offers no way to change them from
# a rotation function that has only the App's own key, so there is none here that would pretend to.

locals {
  secrets = {
    app-id         = "Number of the GitHub App"
    private-key    = "Private key of the GitHub App, PEM"
    webhook-secret = "Secret that GitHub signs webhooks with; the version before is accepted too"
    client-id      = "Client ID of the GitHub App, for people who sign in to the pages"
    client-secret  = "Client secret of the GitHub App; GitHub lets two be valid at once"
  }
}

resource "aws_secretsmanager_secret" "app" {
  #checkov:skip=CKV2_AWS_57:GitHub is the other side of these and has no interface to exchange them; docs/aws.md has the two steps by hand
  for_each                = local.secrets
  name                    = "${var.name}/${each.key}"
  description             = each.value
  kms_key_id              = aws_kms_key.data.arn
  recovery_window_in_days = var.recovery_days
}

resource "aws_secretsmanager_secret" "extractor" {
  #checkov:skip=CKV2_AWS_57:keys of services that only their owner can exchange
  for_each                = var.extractor_secrets
  name                    = "${var.name}/extractor/${each.key}"
  description             = "Handed to extractors that name ${each.key} in extract.env"
  kms_key_id              = aws_kms_key.data.arn
  recovery_window_in_days = var.recovery_days
}

# Nobody outside of this account, whatever a role's policy says.
resource "aws_secretsmanager_secret_policy" "app" {
  for_each            = merge(aws_secretsmanager_secret.app, aws_secretsmanager_secret.extractor)
  secret_arn          = each.value.arn
  block_public_policy = true
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "ThisAccountAlone"
      Effect    = "Deny"
      Principal = { AWS = "*" }
      Action    = ["secretsmanager:GetSecretValue"]
      Resource  = "*"
      Condition = { StringNotEquals = { "aws:PrincipalAccount" = local.account } }
    }]
  })
}

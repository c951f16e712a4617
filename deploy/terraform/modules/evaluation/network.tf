# isolated: to the endpoints and to S3's addresses, where the endpoint's policy decides; nothing else, nothing in.
# open: to the network, for pipelines with runner.network: setup or open. Only where open_network is true.

resource "aws_security_group" "isolated" {
  #checkov:skip=CKV2_AWS_5:the worker gives it to each task it starts
  name        = "${var.name}-evaluation-isolated"
  description = "Evaluations: out to the S3, ECR and log endpoints only"
  vpc_id      = var.vpc_id
  tags        = { Name = "${var.name}-evaluation-isolated" }
}

resource "aws_vpc_security_group_egress_rule" "isolated_endpoints" {
  security_group_id            = aws_security_group.isolated.id
  description                  = "ECR and CloudWatch Logs"
  referenced_security_group_id = var.endpoints_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}

resource "aws_vpc_security_group_egress_rule" "isolated_s3" {
  security_group_id = aws_security_group.isolated.id
  description       = "S3, by the gateway endpoint and its policy"
  prefix_list_id    = var.s3_prefix_list_id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_security_group" "open" {
  #checkov:skip=CKV2_AWS_5:the worker gives it to tasks of pipelines that ask for the network
  count       = var.open_network ? 1 : 0
  name        = "${var.name}-evaluation-open"
  description = "Evaluations that may reach the network: HTTP and HTTPS out"
  vpc_id      = var.vpc_id
  tags        = { Name = "${var.name}-evaluation-open" }
}

resource "aws_vpc_security_group_egress_rule" "open" {
  for_each          = var.open_network ? toset(["80", "443"]) : toset([])
  security_group_id = aws_security_group.open[0].id
  description       = "The network, port ${each.key}"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = tonumber(each.key)
  to_port           = tonumber(each.key)
}

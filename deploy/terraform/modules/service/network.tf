# The world → load balancer, 443. Load balancer → web. Web and worker → database, and HTTPS (GitHub, AWS).

resource "aws_security_group" "load_balancer" {
  name        = "${var.name}-load-balancer"
  description = "HTTPS from the world, out to web"
  vpc_id      = var.vpc_id
  tags        = { Name = "${var.name}-load-balancer" }
}

resource "aws_security_group" "web" {
  #checkov:skip=CKV2_AWS_5:attached to its service in services.tf
  name        = "${var.name}-web"
  description = "From the load balancer; out to the database and to HTTPS"
  vpc_id      = var.vpc_id
  tags        = { Name = "${var.name}-web" }
}

resource "aws_security_group" "worker" {
  #checkov:skip=CKV2_AWS_5:attached to its service in services.tf
  name        = "${var.name}-worker"
  description = "Nothing in; out to the database and to HTTPS"
  vpc_id      = var.vpc_id
  tags        = { Name = "${var.name}-worker" }
}

resource "aws_vpc_security_group_ingress_rule" "world" {
  security_group_id = aws_security_group.load_balancer.id
  description       = "HTTPS"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_egress_rule" "load_balancer" {
  security_group_id            = aws_security_group.load_balancer.id
  description                  = "Web"
  referenced_security_group_id = aws_security_group.web.id
  ip_protocol                  = "tcp"
  from_port                    = local.port
  to_port                      = local.port
}

resource "aws_vpc_security_group_ingress_rule" "web" {
  security_group_id            = aws_security_group.web.id
  description                  = "The load balancer"
  referenced_security_group_id = aws_security_group.load_balancer.id
  ip_protocol                  = "tcp"
  from_port                    = local.port
  to_port                      = local.port
}

locals {
  app_groups = { web = aws_security_group.web.id, worker = aws_security_group.worker.id }
}

resource "aws_vpc_security_group_egress_rule" "https" {
  for_each          = local.app_groups
  security_group_id = each.value
  description       = "GitHub and AWS"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_egress_rule" "database" {
  for_each                     = local.app_groups
  security_group_id            = each.value
  description                  = "PostgreSQL"
  referenced_security_group_id = var.database.security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}

resource "aws_vpc_security_group_ingress_rule" "database" {
  for_each                     = local.app_groups
  security_group_id            = var.database.security_group_id
  description                  = "The App: ${each.key}"
  referenced_security_group_id = each.value
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}

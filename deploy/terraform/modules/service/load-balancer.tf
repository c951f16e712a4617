# HTTPS in front of web. There is no port 80: GitHub posts to https://, and a redirect would only teach people to begin in
# clear text. Two target groups: a deployment starts its tasks in the one that is idle, and ECS then turns the rule to it.

resource "aws_lb" "this" {
  #checkov:skip=CKV2_AWS_76:AWSManagedRulesKnownBadInputsRuleSet has it; checkov does not look into dynamic rules
  #checkov:skip=CKV_AWS_150:by the table of sizes: on in prod, and a test holds it to that
  #checkov:skip=CKV2_AWS_20:there is no listener on port 80 that could redirect
  name                       = var.name
  load_balancer_type         = "application"
  internal                   = false
  subnets                    = var.public_subnet_ids
  security_groups            = [aws_security_group.load_balancer.id]
  drop_invalid_header_fields = true
  desync_mitigation_mode     = "strictest"
  enable_deletion_protection = var.deletion_protection
  idle_timeout               = 60

  access_logs {
    bucket  = var.logs_bucket
    prefix  = "alb"
    enabled = true
  }
}

resource "aws_lb_target_group" "web" {
  for_each = toset(["blue", "green"])

  #checkov:skip=CKV_AWS_378:from the load balancer to web inside of the VPC, between two security groups; the App speaks plain HTTP
  name                 = "${var.name}-web-${each.key}"
  vpc_id               = var.vpc_id
  target_type          = "ip"
  protocol             = "HTTP"
  port                 = local.port
  deregistration_delay = 30

  health_check {
    path                = "/readyz"
    matcher             = "200"
    interval            = 15
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 4
  }
}

resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.this.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = var.certificate_arn

  # The rule below takes every path. ECS turns a rule; the listener itself stays as it is here.
  default_action {
    type = "fixed-response"

    fixed_response {
      content_type = "text/plain"
      message_body = "Nothing is here."
      status_code  = "404"
    }
  }
}

resource "aws_lb_listener_rule" "web" {
  listener_arn = aws_lb_listener.https.arn
  priority     = 100
  tags         = { Name = "${var.name}-web" }

  action {
    type = "forward"

    forward {
      target_group {
        arn    = aws_lb_target_group.web["blue"].arn
        weight = 1
      }

      target_group {
        arn    = aws_lb_target_group.web["green"].arn
        weight = 0
      }
    }
  }

  condition {
    path_pattern {
      values = ["/*"]
    }
  }

  # Which of the two has the traffic is what the last deployment made of it.
  lifecycle {
    ignore_changes = [action]
  }
}

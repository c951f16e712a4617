# Terraform makes the services; which version they run is changed by deploy/scripts/roll.sh after the migration, so it is
# not compared here. New tasks come first, and ECS goes back by itself when they do not stay healthy or an alarm rings.
# Web is moved blue/green. Provider 5.100 has no words for that: roll.sh gives ECS the second target group, the rule and the
# role, and asks for it with each deployment; circuit breaker and alarms are taken from here.

locals {
  counts = { web = var.web, worker = var.worker }
  groups = { web = aws_security_group.web.id, worker = aws_security_group.worker.id }
  alarms = {
    web    = [aws_cloudwatch_metric_alarm.deploy_errors.alarm_name]
    worker = [aws_cloudwatch_metric_alarm.deploy_memory.alarm_name]
  }
}

resource "aws_ecs_service" "this" {
  for_each               = local.counts
  name                   = "${var.name}-${each.key}"
  cluster                = aws_ecs_cluster.this.id
  task_definition        = aws_ecs_task_definition.this[each.key].arn
  desired_count          = each.value.min_tasks
  launch_type            = "FARGATE"
  platform_version       = "LATEST"
  enable_execute_command = false
  propagate_tags         = "SERVICE"
  wait_for_steady_state  = false

  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  health_check_grace_period_seconds  = each.key == "web" ? 120 : null

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  alarms {
    enable      = true
    rollback    = true
    alarm_names = local.alarms[each.key]
  }

  network_configuration {
    subnets          = var.private_subnet_ids
    security_groups  = [local.groups[each.key]]
    assign_public_ip = false
  }

  dynamic "load_balancer" {
    for_each = each.key == "web" ? [aws_lb_target_group.web["blue"].arn] : []

    content {
      target_group_arn = load_balancer.value
      container_name   = "web"
      container_port   = local.port
    }
  }

  lifecycle {
    ignore_changes = [task_definition, desired_count, load_balancer]
  }

  depends_on = [aws_lb_listener_rule.web, aws_iam_role_policy.execution, aws_iam_role_policy.web, aws_iam_role_policy.worker]
}

resource "aws_cloudwatch_metric_alarm" "deploy_errors" {
  alarm_name          = "${var.name}-deploy-web-errors"
  alarm_description   = "Web answers with 5xx: a deployment under way goes back"
  namespace           = "AWS/ApplicationELB"
  metric_name         = "HTTPCode_Target_5XX_Count"
  dimensions          = { LoadBalancer = aws_lb.this.arn_suffix }
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 3
  datapoints_to_alarm = 2
  threshold           = 5
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
}

resource "aws_cloudwatch_metric_alarm" "deploy_memory" {
  alarm_name          = "${var.name}-deploy-worker-memory"
  alarm_description   = "The worker is about to run out of memory: a deployment under way goes back"
  namespace           = "AWS/ECS"
  metric_name         = "MemoryUtilization"
  dimensions          = { ClusterName = aws_ecs_cluster.this.name, ServiceName = "${var.name}-worker" }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 5
  datapoints_to_alarm = 5
  threshold           = 95
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
}

resource "aws_appautoscaling_target" "this" {
  for_each           = local.counts
  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = "service/${aws_ecs_cluster.this.name}/${aws_ecs_service.this[each.key].name}"
  min_capacity       = each.value.min_tasks
  max_capacity       = each.value.max_tasks
}

# Workers wait for tasks on ECS most of the time: what keeps them busy is git, archives and scoring.
resource "aws_appautoscaling_policy" "cpu" {
  for_each           = local.counts
  name               = "${var.name}-${each.key}-cpu"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.this[each.key].service_namespace
  scalable_dimension = aws_appautoscaling_target.this[each.key].scalable_dimension
  resource_id        = aws_appautoscaling_target.this[each.key].resource_id

  target_tracking_scaling_policy_configuration {
    target_value       = 60
    scale_out_cooldown = 60
    # A worker that goes hands its evaluations to another one; often is a waste.
    scale_in_cooldown = 900

    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageCPUUtilization"
    }
  }
}

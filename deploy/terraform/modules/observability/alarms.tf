locals {
  queues_lost = { task-events = var.lost_queue_name, training-requests = var.training_lost_queue_name }

  alarms = merge(
    {
      web-errors = {
        says       = "Web answers with 5xx"
        namespace  = "AWS/ApplicationELB", metric = "HTTPCode_Target_5XX_Count", dimensions = { LoadBalancer = var.load_balancer }
        statistic  = "Sum", period = 300, periods = 3, over = true, threshold = 10, missing = "notBreaching"
        percentile = null
      }
      load-balancer-errors = {
        says       = "The load balancer answers with 5xx: no task of web is well"
        namespace  = "AWS/ApplicationELB", metric = "HTTPCode_ELB_5XX_Count", dimensions = { LoadBalancer = var.load_balancer }
        statistic  = "Sum", period = 300, periods = 2, over = true, threshold = 10, missing = "notBreaching"
        percentile = null
      }
      web-latency = {
        says       = "The slowest hundredth of requests takes longer than a second; GitHub gives up on a webhook after ten"
        namespace  = "AWS/ApplicationELB", metric = "TargetResponseTime", dimensions = { LoadBalancer = var.load_balancer }
        statistic  = null, period = 300, periods = 3, over = true, threshold = 1, missing = "notBreaching"
        percentile = "p99"
      }
      worker-missing = {
        says       = "No worker runs: nothing is evaluated"
        namespace  = "ECS/ContainerInsights", metric = "RunningTaskCount", dimensions = { ClusterName = var.app_cluster, ServiceName = var.worker_service }
        statistic  = "Minimum", period = 60, periods = 10, over = false, threshold = 1, missing = "breaching"
        percentile = null
      }
      worker-memory = {
        says       = "A worker is about to run out of memory"
        namespace  = "AWS/ECS", metric = "MemoryUtilization", dimensions = { ClusterName = var.app_cluster, ServiceName = var.worker_service }
        statistic  = "Maximum", period = 300, periods = 3, over = true, threshold = 90, missing = "notBreaching"
        percentile = null
      }
      events-old = {
        says       = "Ends of tasks wait in their queue: no worker reads it, and evaluations end as late as the sweep sees them"
        namespace  = "AWS/SQS", metric = "ApproximateAgeOfOldestMessage", dimensions = { QueueName = var.events_queue_name }
        statistic  = "Maximum", period = 300, periods = 3, over = true, threshold = 900, missing = "notBreaching"
        percentile = null
      }
      tasks-failed = {
        says       = "Evaluation tasks did not start: image, capacity or network"
        namespace  = "AWS/Events", metric = "MatchedEvents", dimensions = { RuleName = var.failed_rule_name }
        statistic  = "Sum", period = 900, periods = 1, over = true, threshold = 5, missing = "notBreaching"
        percentile = null
      }
      database-cpu = {
        says       = "The database is busy"
        namespace  = "AWS/RDS", metric = "CPUUtilization", dimensions = { DBInstanceIdentifier = var.database_id }
        statistic  = "Average", period = 300, periods = 6, over = true, threshold = 80, missing = "breaching"
        percentile = null
      }
      database-storage = {
        says       = "The database has less than 5 GiB left, and has not grown by itself"
        namespace  = "AWS/RDS", metric = "FreeStorageSpace", dimensions = { DBInstanceIdentifier = var.database_id }
        statistic  = "Minimum", period = 300, periods = 3, over = false, threshold = 5 * 1024 * 1024 * 1024, missing = "breaching"
        percentile = null
      }
      database-memory = {
        says       = "The database has less than 128 MiB of memory left"
        namespace  = "AWS/RDS", metric = "FreeableMemory", dimensions = { DBInstanceIdentifier = var.database_id }
        statistic  = "Minimum", period = 300, periods = 6, over = false, threshold = 128 * 1024 * 1024, missing = "breaching"
        percentile = null
      }
    },
    {
      for colour, group in var.target_groups : "web-unhealthy-${colour}" => {
        says       = "Tasks of web cannot do their work (/readyz)"
        namespace  = "AWS/ApplicationELB", metric = "UnHealthyHostCount", dimensions = { LoadBalancer = var.load_balancer, TargetGroup = group }
        statistic  = "Maximum", period = 60, periods = 10, over = true, threshold = 0, missing = "notBreaching"
        percentile = null
      }
    },
    {
      for name, queue in local.queues_lost : "${name}-lost" => {
        says       = "Messages that nobody could read are in ${queue}"
        namespace  = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", dimensions = { QueueName = queue }
        statistic  = "Maximum", period = 300, periods = 1, over = true, threshold = 0, missing = "notBreaching"
        percentile = null
      }
    },
  )
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each            = local.alarms
  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.says
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  extended_statistic  = each.value.percentile
  period              = each.value.period
  evaluation_periods  = each.value.periods
  threshold           = each.value.threshold
  comparison_operator = each.value.over ? "GreaterThanThreshold" : "LessThanThreshold"
  treat_missing_data  = each.value.missing
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

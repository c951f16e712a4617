locals {
  widgets = [
    { title = "Requests", metrics = [["AWS/ApplicationELB", "RequestCount", "LoadBalancer", var.load_balancer, { stat = "Sum" }], [".", "HTTPCode_Target_5XX_Count", ".", ".", { stat = "Sum" }], [".", "HTTPCode_Target_4XX_Count", ".", ".", { stat = "Sum" }]] },
    { title = "Seconds to answer", metrics = [["AWS/ApplicationELB", "TargetResponseTime", "LoadBalancer", var.load_balancer, { stat = "p50" }], ["...", { stat = "p99" }]] },
    { title = "Tasks of evaluations", metrics = [["ECS/ContainerInsights", "TaskCount", "ClusterName", var.evaluation_cluster, { stat = "Maximum" }], ["AWS/Events", "MatchedEvents", "RuleName", var.failed_rule_name, { stat = "Sum" }]] },
    { title = "Ends of tasks that wait", metrics = [["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", var.events_queue_name, { stat = "Maximum" }]] },
    { title = "Workers", metrics = [["AWS/ECS", "CPUUtilization", "ClusterName", var.app_cluster, "ServiceName", var.worker_service], [".", "MemoryUtilization", ".", ".", ".", "."]] },
    { title = "Database", metrics = [["AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", var.database_id], [".", "DatabaseConnections", ".", "."]] },
  ]
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.name
  dashboard_body = jsonencode({
    widgets = [
      for number, widget in local.widgets : {
        type   = "metric"
        x      = (number % 2) * 12
        y      = floor(number / 2) * 6
        width  = 12
        height = 6
        properties = {
          title   = widget.title
          region  = local.region
          view    = "timeSeries"
          period  = 300
          metrics = widget.metrics
        }
      }
    ]
  })
}

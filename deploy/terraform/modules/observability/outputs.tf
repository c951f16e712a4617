output "alarms_topic_arn" {
  description = "Topic of alarms"
  value       = aws_sns_topic.alarms.arn
}

output "alarm_names" {
  description = "Every alarm"
  value       = [for alarm in aws_cloudwatch_metric_alarm.this : alarm.alarm_name]
}

# Fargate has no GPUs. Instances come when a task asks for one and go when none does. ECS Managed Instances would do
# without the group and the template; provider 5.100 has no resource for them, and DOCOPS_ECS_GPU_PROVIDER takes the name of
# such a capacity provider that was made otherwise.

locals {
  gpu = var.gpu.max_instances > 0 ? 1 : 0
}

resource "aws_iam_role" "gpu" {
  count = local.gpu
  name  = "${var.name}-evaluation-gpu"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ec2.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

# ECS's agent; tasks do not reach it: IMDS is blocked for them, and one hop does not lead out of a container.
resource "aws_iam_role_policy_attachment" "gpu" {
  count      = local.gpu
  role       = aws_iam_role.gpu[0].name
  policy_arn = "arn:${local.partition}:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role"
}

resource "aws_iam_instance_profile" "gpu" {
  count = local.gpu
  name  = "${var.name}-evaluation-gpu"
  role  = aws_iam_role.gpu[0].name
}

resource "aws_security_group" "gpu" {
  count       = local.gpu
  name        = "${var.name}-evaluation-gpu"
  description = "GPU instances themselves: HTTPS out for ECS agent and images; tasks have their own interfaces and groups"
  vpc_id      = var.vpc_id
  tags        = { Name = "${var.name}-evaluation-gpu" }
}

resource "aws_vpc_security_group_egress_rule" "gpu" {
  count             = local.gpu
  security_group_id = aws_security_group.gpu[0].id
  description       = "ECS, ECR, CloudWatch Logs"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_launch_template" "gpu" {
  count         = local.gpu
  name          = "${var.name}-evaluation-gpu"
  description   = "ECS with GPU; the newest image of AWS when an instance starts"
  image_id      = "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/gpu/recommended/image_id"
  instance_type = var.gpu.instance_type

  vpc_security_group_ids = [aws_security_group.gpu[0].id]

  iam_instance_profile {
    arn = aws_iam_instance_profile.gpu[0].arn
  }

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_type           = "gp3"
      volume_size           = var.gpu.disk_gib
      encrypted             = true
      delete_on_termination = true
    }
  }

  user_data = base64encode(<<-EOT
    #!/bin/bash
    cat >>/etc/ecs/ecs.config <<'CONFIG'
    ECS_CLUSTER=${local.cluster}
    ECS_AWSVPC_BLOCK_IMDS=true
    ECS_ENABLE_GPU_SUPPORT=true
    ECS_DISABLE_PRIVILEGED=true
    ECS_IMAGE_PULL_BEHAVIOR=always
    CONFIG
  EOT
  )

  tag_specifications {
    resource_type = "instance"
    tags          = { Name = "${var.name}-evaluation-gpu" }
  }

  tag_specifications {
    resource_type = "volume"
    tags          = { Name = "${var.name}-evaluation-gpu" }
  }
}

resource "aws_autoscaling_group" "gpu" {
  count                 = local.gpu
  name                  = "${var.name}-evaluation-gpu"
  min_size              = 0
  max_size              = var.gpu.max_instances
  vpc_zone_identifier   = var.private_subnet_ids
  protect_from_scale_in = true
  health_check_type     = "EC2"

  launch_template {
    id      = aws_launch_template.gpu[0].id
    version = aws_launch_template.gpu[0].latest_version
  }

  tag {
    key                 = "AmazonECSManaged"
    value               = "true"
    propagate_at_launch = true
  }

  lifecycle {
    ignore_changes = [desired_capacity]
  }
}

resource "aws_ecs_capacity_provider" "gpu" {
  count = local.gpu
  name  = "${var.name}-gpu"

  auto_scaling_group_provider {
    auto_scaling_group_arn         = aws_autoscaling_group.gpu[0].arn
    managed_termination_protection = "ENABLED"
    managed_draining               = "ENABLED"

    managed_scaling {
      status          = "ENABLED"
      target_capacity = 100
    }
  }
}

# One image, three definitions. A read-only root; what is written goes to the two volumes that the image declares, which
# Fargate encrypts.

locals {
  definitions = {
    web = {
      command     = ["serve", "--no-worker"]
      cpu         = var.web.cpu
      memory      = var.web.memory_mib
      disk        = 21
      role        = aws_iam_role.web.arn
      environment = local.web_environment
      ports       = [local.port]
      stop        = 60
      health = {
        command     = ["CMD", "node", "-e", "fetch('http://127.0.0.1:${local.port}/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
        interval    = 30
        timeout     = 5
        retries     = 3
        startPeriod = 120
      }
    }
    # It has no web server: what it does is seen by its jobs, and a process that ends is started again.
    worker = {
      command     = ["worker"]
      cpu         = var.worker.cpu
      memory      = var.worker.memory_mib
      disk        = var.worker.disk_gib
      role        = aws_iam_role.worker.arn
      environment = local.worker_environment
      ports       = []
      stop        = 120
      health      = null
    }
    # migrate, doctor and the like: what the worker may, since doctor says what the worker can do.
    command = {
      command     = ["migrate"]
      cpu         = 512
      memory      = 1024
      disk        = 21
      role        = aws_iam_role.worker.arn
      environment = local.worker_environment
      ports       = []
      stop        = 120
      health      = null
    }
  }
}

resource "aws_ecs_task_definition" "this" {
  for_each                 = local.definitions
  family                   = "${var.name}-${each.key}"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = each.value.cpu
  memory                   = each.value.memory
  task_role_arn            = each.value.role
  execution_role_arn       = aws_iam_role.execution.arn
  # What runs stays registered when the next version comes: a roll back needs it.
  skip_destroy = true

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = "X86_64"
  }

  ephemeral_storage {
    size_in_gib = each.value.disk
  }

  volume {
    name = "data"
  }

  volume {
    name = "scratch"
  }

  container_definitions = jsonencode([
    merge({
      name                   = each.key
      image                  = var.app_image
      command                = each.value.command
      essential              = true
      user                   = "node"
      readonlyRootFilesystem = true
      privileged             = false
      stopTimeout            = each.value.stop
      linuxParameters        = { capabilities = { drop = ["ALL"] } }
      portMappings           = [for port in each.value.ports : { containerPort = port, hostPort = port, protocol = "tcp" }]
      environment            = [for name, value in each.value.environment : { name = name, value = value }]
      secrets                = [for name, arn in local.secrets : { name = name, valueFrom = arn }]
      volumesFrom            = []
      mountPoints = [
        { sourceVolume = "data", containerPath = "/var/lib/docops", readOnly = false },
        { sourceVolume = "scratch", containerPath = "/scratch", readOnly = false },
      ]
      logConfiguration = {
        logDriver = "awslogs"
        options = {
          "awslogs-group"         = aws_cloudwatch_log_group.this[each.key].name
          "awslogs-region"        = local.region
          "awslogs-stream-prefix" = "docops"
          # A log that is slow or away must not hold webhooks up.
          mode              = "non-blocking"
          "max-buffer-size" = "4m"
        }
      }
    }, each.value.health == null ? {} : { healthCheck = each.value.health })
  ])
}

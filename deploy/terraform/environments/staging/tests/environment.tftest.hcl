# The whole environment against a mocked AWS: everything is planned and made, nothing is asked for over the network. The
# same file in each environment. test/deploy reads the state that it prints and holds policies against it.

mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  app_image              = "111122223333.dkr.ecr.us-east-1.amazonaws.com/docops@sha256:0000000000000000000000000000000000000000000000000000000000000000"
  eval_runner_image      = "111122223333.dkr.ecr.us-east-1.amazonaws.com/docops-eval-runner@sha256:0000000000000000000000000000000000000000000000000000000000000000"
  account_id             = "111122223333"
  region                 = "us-east-1"
  url                    = "https://docops.example.com"
  certificate_arn        = "arn:aws:acm:us-east-1:111122223333:certificate/00000000-0000-0000-0000-000000000000"
  github_repository      = "acme/docops"
  state_key_arn          = "arn:aws:kms:us-east-1:111122223333:key/00000000-0000-0000-0000-000000000001"
  alarm_emails           = ["docops-alarms@example.com"]
  dataset_publishers     = ["arn:aws:iam::111122223333:role/labels-release"]
  extractor_repositories = ["invoices"]
  extractor_secrets      = ["OCR_KEY"]
}

# Roles that policies tell apart.
override_resource {
  target = module.service.aws_iam_role.web
  values = {
    arn = "arn:aws:iam::111122223333:role/docops-web"
  }
}

override_resource {
  target = module.service.aws_iam_role.worker
  values = {
    arn = "arn:aws:iam::111122223333:role/docops-worker"
  }
}

override_resource {
  target = module.service.aws_iam_role.execution
  values = {
    arn = "arn:aws:iam::111122223333:role/docops-execution"
  }
}

override_resource {
  target = module.evaluation.aws_iam_role.execution
  values = {
    arn = "arn:aws:iam::111122223333:role/docops-evaluation-execution"
  }
}

override_resource {
  target = module.training.aws_iam_role.task
  values = {
    arn = "arn:aws:iam::111122223333:role/docops-training"
  }
}

run "makes_everything" {
  command = apply

  assert {
    condition     = output.cluster == "docops-${var.environment}"
    error_message = "The cluster has another name than the environment."
  }

  assert {
    condition     = output.datasets == "s3://docops-${var.environment}-111122223333-datasets/registry"
    error_message = "The registry of datasets is not where docs/aws.md says."
  }

  assert {
    condition     = output.web_service == "docops-${var.environment}-web" && output.worker_service == "docops-${var.environment}-worker"
    error_message = "deploy/scripts/roll.sh finds the newest definition by the name of the family, which is the one of the service."
  }
}

# What is refused before anything is planned. The same file in each environment.

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

run "refuses_an_image_by_tag" {
  command = plan

  variables {
    app_image = "111122223333.dkr.ecr.us-east-1.amazonaws.com/docops:latest"
  }

  expect_failures = [var.app_image]
}

run "refuses_workflows_of_any_repository" {
  command = plan

  variables {
    github_repository = "acme/*"
  }

  expect_failures = [var.github_repository]
}

run "refuses_alarms_that_nobody_hears" {
  command = plan

  variables {
    alarm_emails = []
  }

  expect_failures = [var.alarm_emails]
}

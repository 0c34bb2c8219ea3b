mock_provider "azurerm" {}
mock_provider "random" {}

variables {
  name                = "contoso"
  resource_group_name = "librechat"
  location            = "swedencentral"
  librechat_image     = "contoso.azurecr.io/librechat:1.0"
}

run "a_name_that_makes_no_subdomain" {
  command = plan

  variables {
    name = "Contoso_LibreChat"
  }

  expect_failures = [var.name]
}

run "an_image_without_a_registry" {
  command = plan

  variables {
    librechat_image = "librechat"
  }

  expect_failures = [var.librechat_image]
}

run "an_identity_of_an_unknown_kind" {
  command = plan

  variables {
    librechat_identity = "both"
  }

  expect_failures = [var.librechat_identity]
}

run "a_deployment_without_capacity" {
  command = plan

  variables {
    deployments = { chat = { model = "gpt-4o", version = "2024-11-20", capacity = 0 } }
  }

  expect_failures = [var.deployments]
}

run "keys_off_and_entra_id_off" {
  command = plan

  variables {
    use_entra_id = false
  }

  expect_failures = [azurerm_cognitive_account.openai]
}

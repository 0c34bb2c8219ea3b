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

run "a_resource_group_by_its_id" {
  command = plan

  variables {
    resource_group_name = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/librechat"
  }

  expect_failures = [var.resource_group_name]
}

run "a_location_that_is_none" {
  command = plan

  variables {
    location = ""
  }

  expect_failures = [var.location]
}

run "a_plan_that_sleeps" {
  command = plan

  variables {
    librechat_sku = "F1"
  }

  expect_failures = [var.librechat_sku]
}

run "ids_that_are_of_something_else" {
  command = plan

  variables {
    container_registry_id        = "contoso.azurecr.io"
    container_app_environment_id = "apps"
    librechat_subnet_id          = "default"
  }

  expect_failures = [var.container_registry_id, var.container_app_environment_id, var.librechat_subnet_id]
}

run "a_rag_api_image_without_a_registry" {
  command = plan

  variables {
    rag_api_image = "rag-api"
  }

  expect_failures = [var.rag_api_image]
}

run "a_proxy_image_without_a_registry" {
  command = plan

  variables {
    proxy_image = "azure-openai-entra-proxy"
  }

  expect_failures = [var.proxy_image]
}

run "a_rag_api_without_a_jwt_secret" {
  command = plan

  variables {
    rag_api_image = "contoso.azurecr.io/rag-api:1.0"
  }

  expect_failures = [azurerm_container_app.rag_api]
}

run "a_federated_credential_without_https" {
  command = plan

  variables {
    federated_credentials = { github = { issuer = "token.actions.githubusercontent.com", subject = "repo:octo-org/octo-repo" } }
  }

  expect_failures = [var.federated_credentials]
}

run "a_federated_credential_with_a_name_that_azure_does_not_take" {
  command = plan

  variables {
    federated_credentials = { "no name" = { issuer = "https://accounts.google.com", subject = "1" } }
  }

  expect_failures = [var.federated_credentials]
}

run "more_federated_credentials_than_an_identity_takes" {
  command = plan

  variables {
    federated_credentials = { for n in [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21] : "client-${n}" => { issuer = "https://accounts.google.com", subject = "client-${n}" } }
  }

  expect_failures = [var.federated_credentials]
}

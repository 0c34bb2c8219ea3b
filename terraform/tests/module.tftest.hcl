mock_provider "azurerm" {
  mock_resource "azurerm_cognitive_account" {
    defaults = {
      id       = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/a"
      endpoint = "https://contoso-openai.openai.azure.com/"
    }
  }

  mock_resource "azurerm_service_plan" {
    defaults = {
      id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/g/providers/Microsoft.Web/serverFarms/p"
    }
  }

  mock_resource "azurerm_user_assigned_identity" {
    defaults = {
      id           = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i"
      client_id    = "11111111-1111-1111-1111-111111111111"
      principal_id = "22222222-2222-2222-2222-222222222222"
      tenant_id    = "33333333-3333-3333-3333-333333333333"
    }
  }

  mock_resource "azurerm_container_app_environment" {
    defaults = {
      id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/g/providers/Microsoft.App/managedEnvironments/e"
    }
  }
}

mock_provider "random" {}

variables {
  name                = "contoso"
  resource_group_name = "librechat"
  location            = "swedencentral"
  librechat_image     = "contoso.azurecr.io/librechat:1.0"
}

run "keys_are_off_and_entra_id_is_on" {
  assert {
    condition     = azurerm_cognitive_account.openai.local_auth_enabled == false
    error_message = "The account takes keys."
  }

  assert {
    condition     = azurerm_cognitive_account.openai.custom_subdomain_name == "contoso-openai"
    error_message = "Without a custom subdomain the account takes no tokens."
  }

  assert {
    condition     = nonsensitive(azurerm_linux_web_app.librechat.app_settings["AZURE_OPENAI_USE_ENTRA_ID"]) == "true"
    error_message = "The switch is off."
  }

  assert {
    condition     = azurerm_role_assignment.librechat.role_definition_name == "Cognitive Services OpenAI User"
    error_message = "LibreChat has another role."
  }

  assert {
    condition     = azurerm_linux_web_app.librechat.https_only
    error_message = "LibreChat answers without TLS."
  }

  assert {
    condition     = nonsensitive(azurerm_linux_web_app.librechat.app_settings["AZURE_OPENAI_API_INSTANCE_NAME"]) == "contoso-openai"
    error_message = "LibreChat does not know the account's name."
  }

  assert {
    condition     = nonsensitive(azurerm_linux_web_app.librechat.app_settings["AZURE_OPENAI_ENTRA_HOSTS"]) == "contoso-openai.openai.azure.com"
    error_message = "LibreChat may send its tokens to other hosts than the account's."
  }

  assert {
    condition     = length(azurerm_container_app.rag_api) == 0
    error_message = "There is a RAG API without an image."
  }
}

run "a_user_assigned_identity_is_named_to_the_app" {
  variables {
    librechat_identity = "user"
  }

  assert {
    condition     = azurerm_linux_web_app.librechat.key_vault_reference_identity_id == azurerm_user_assigned_identity.librechat[0].id
    error_message = "Key Vault references are read with another identity."
  }

  assert {
    condition     = nonsensitive(azurerm_linux_web_app.librechat.app_settings["AZURE_CLIENT_ID"]) == "11111111-1111-1111-1111-111111111111"
    error_message = "The app does not know its identity's client id."
  }

  assert {
    condition     = azurerm_role_assignment.librechat.principal_id == "22222222-2222-2222-2222-222222222222"
    error_message = "The role went to another identity."
  }
}

run "settings_of_the_caller_do_not_turn_entra_id_off" {
  variables {
    librechat_settings = { AZURE_OPENAI_USE_ENTRA_ID = "false" }
  }

  assert {
    condition     = nonsensitive(azurerm_linux_web_app.librechat.app_settings["AZURE_OPENAI_USE_ENTRA_ID"]) == "true"
    error_message = "librechat_settings beats use_entra_id."
  }
}

run "the_rag_api_has_an_identity_and_a_role_of_its_own" {
  variables {
    rag_api_image   = "contoso.azurecr.io/rag-api:1.0"
    rag_api_secrets = { JWT_SECRET = "mocked", POSTGRES_PASSWORD = "mocked" }
  }

  assert {
    condition     = azurerm_container_app.rag_api[0].identity[0].type == "UserAssigned"
    error_message = "The RAG API has no identity of its own."
  }

  assert {
    condition     = azurerm_role_assignment.rag_api[0].principal_id == azurerm_user_assigned_identity.rag_api[0].principal_id
    error_message = "The role went to another identity."
  }

  assert {
    condition     = !azurerm_container_app.rag_api[0].ingress[0].allow_insecure_connections
    error_message = "The RAG API answers without TLS."
  }

  assert {
    condition     = azurerm_role_assignment.rag_api[0].role_definition_name == "Cognitive Services OpenAI User"
    error_message = "The RAG API has another role."
  }
}

run "an_image_that_takes_only_a_key_gets_the_proxy_beside_it" {
  variables {
    rag_api_image    = "ghcr.io/danny-avila/librechat-rag-api-dev-lite:1.0"
    rag_api_secrets  = { JWT_SECRET = "mocked", RAG_AZURE_OPENAI_API_KEY = "mocked" }
    rag_api_settings = { NO_PROXY = "db.example", RAG_AZURE_OPENAI_ENDPOINT = "https://elsewhere.example" }
  }

  assert {
    condition     = join(",", azurerm_container_app.rag_api[0].template[0].container[*].name) == "rag-api,proxy"
    error_message = "The RAG API has no proxy beside it."
  }

  assert {
    condition = length(setsubtract(
      ["RAG_AZURE_OPENAI_ENDPOINT=http://127.0.0.1:8787", "RAG_AZURE_OPENAI_API_VERSION=2024-10-21", "NO_PROXY=db.example,127.0.0.1"],
      [for env in azurerm_container_app.rag_api[0].template[0].container[0].env : "${env.name}=${env.value}" if env.value != null],
    )) == 0
    error_message = "The RAG API does not send its requests to the proxy."
  }

  assert {
    condition     = join(",", [for env in azurerm_container_app.rag_api[0].template[0].container[0].env : env.secret_name if env.name == "RAG_AZURE_OPENAI_API_KEY"]) == "rag-azure-openai-api-key"
    error_message = "The RAG API has no local key, or two."
  }

  assert {
    condition     = join(",", [for env in azurerm_container_app.rag_api[0].template[0].container[1].env : env.secret_name if env.name == "AZURE_OPENAI_ENTRA_PLACEHOLDER"]) == "rag-azure-openai-api-key"
    error_message = "The proxy has another key than the RAG API."
  }

  assert {
    condition     = nonsensitive([for secret in azurerm_container_app.rag_api[0].secret : secret.value if secret.name == "rag-azure-openai-api-key"][0] == random_password.rag_api[0].result)
    error_message = "The local key is the caller's."
  }

  assert {
    condition = length(setsubtract(
      ["AZURE_OPENAI_ENTRA_PROXY_UPSTREAM=https://contoso-openai.openai.azure.com/", "AZURE_OPENAI_ENTRA_HOSTS=contoso-openai.openai.azure.com", "AZURE_CLIENT_ID=11111111-1111-1111-1111-111111111111"],
      [for env in azurerm_container_app.rag_api[0].template[0].container[1].env : "${env.name}=${env.value}" if env.value != null],
    )) == 0
    error_message = "The proxy does not send tokens of the RAG API's identity to the account."
  }
}

run "an_image_that_asks_for_tokens_itself_has_no_proxy" {
  variables {
    rag_api_image        = "contoso.azurecr.io/rag-api:1.0"
    rag_api_entra_native = true
    rag_api_secrets      = { JWT_SECRET = "mocked" }
    rag_api_settings     = { RAG_AZURE_OPENAI_USE_ENTRA_ID = "false" }
  }

  assert {
    condition     = join(",", azurerm_container_app.rag_api[0].template[0].container[*].name) == "rag-api" && length(random_password.rag_api) == 0
    error_message = "There is a proxy that the image does not need."
  }

  assert {
    condition     = contains([for env in azurerm_container_app.rag_api[0].template[0].container[0].env : "${env.name}=${env.value}" if env.value != null], "RAG_AZURE_OPENAI_USE_ENTRA_ID=true")
    error_message = "rag_api_settings beats use_entra_id."
  }

  assert {
    condition     = contains([for env in azurerm_container_app.rag_api[0].template[0].container[0].env : "${env.name}=${env.value}" if env.value != null], "RAG_AZURE_OPENAI_ENDPOINT=https://contoso-openai.openai.azure.com/")
    error_message = "The RAG API has another endpoint than the account's."
  }
}

run "images_are_pulled_with_the_identities_where_the_registry_is_given" {
  variables {
    container_registry_id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/g/providers/Microsoft.ContainerRegistry/registries/contoso"
    rag_api_image         = "contoso.azurecr.io/rag-api:1.0"
    rag_api_secrets       = { JWT_SECRET = "mocked" }
  }

  assert {
    condition     = azurerm_role_assignment.librechat_image[0].role_definition_name == "AcrPull" && azurerm_role_assignment.rag_api_image[0].role_definition_name == "AcrPull"
    error_message = "An identity may not pull its image."
  }

  assert {
    condition     = azurerm_linux_web_app.librechat.site_config[0].container_registry_use_managed_identity && one(azurerm_container_app.rag_api[0].registry).server == "contoso.azurecr.io"
    error_message = "The images are not pulled with the identities."
  }
}

run "an_image_of_another_registry_is_pulled_without" {
  variables {
    librechat_image = "ghcr.io/contoso/librechat:1.0"
  }

  assert {
    condition     = !azurerm_linux_web_app.librechat.site_config[0].container_registry_use_managed_identity
    error_message = "The app's identity is no login of that registry."
  }
}

run "the_way_back_to_keys" {
  variables {
    use_entra_id       = false
    local_auth_enabled = true
    librechat_settings = { AZURE_API_KEY = "mocked" }
  }

  assert {
    condition     = nonsensitive(azurerm_linux_web_app.librechat.app_settings["AZURE_OPENAI_USE_ENTRA_ID"]) == "false"
    error_message = "The switch is still on."
  }

  assert {
    condition     = nonsensitive(azurerm_linux_web_app.librechat.app_settings["AZURE_API_KEY"]) == "mocked"
    error_message = "The key did not reach the app."
  }
}

run "the_way_back_to_keys_of_the_rag_api" {
  variables {
    use_entra_id       = false
    local_auth_enabled = true
    rag_api_image      = "ghcr.io/danny-avila/librechat-rag-api-dev-lite:1.0"
    rag_api_secrets    = { JWT_SECRET = "mocked", RAG_AZURE_OPENAI_API_KEY = "mocked" }
  }

  assert {
    condition     = join(",", azurerm_container_app.rag_api[0].template[0].container[*].name) == "rag-api"
    error_message = "There is a proxy without Entra ID."
  }

  assert {
    condition     = nonsensitive(join(",", [for secret in azurerm_container_app.rag_api[0].secret : secret.value if secret.name == "rag-azure-openai-api-key"])) == "mocked"
    error_message = "The key did not reach the RAG API."
  }
}

run "without_federated_credentials_no_client_outside_is_let_in" {
  assert {
    condition     = length(azurerm_user_assigned_identity.federated) + length(azurerm_role_assignment.federated) == 0
    error_message = "There is an identity for clients outside of Azure without a client."
  }

  assert {
    condition     = output.federated_client_id == null
    error_message = "A client id is told that does not exist."
  }
}

run "federated_credentials_share_an_identity_of_their_own" {
  variables {
    federated_credentials = {
      github = { issuer = "https://token.actions.githubusercontent.com", subject = "repo:octo-org/octo-repo:environment:Production" }
      google = { issuer = "https://accounts.google.com", subject = "112233445566778899001", audience = "api://AzureADTokenExchangeUSGov" }
    }
  }

  assert {
    condition     = azurerm_federated_identity_credential.federated["github"].subject == "repo:octo-org/octo-repo:environment:Production"
    error_message = "The job of GitHub Actions is not let in."
  }

  assert {
    condition     = azurerm_federated_identity_credential.federated["github"].audience[0] == "api://AzureADTokenExchange"
    error_message = "The audience is not the usual one."
  }

  assert {
    condition     = azurerm_federated_identity_credential.federated["google"].audience[0] == "api://AzureADTokenExchangeUSGov"
    error_message = "The audience that was given is not used."
  }

  assert {
    condition     = azurerm_federated_identity_credential.federated["google"].parent_id == azurerm_user_assigned_identity.federated[0].id
    error_message = "The credential is another identity's."
  }

  assert {
    condition     = azurerm_role_assignment.federated[0].role_definition_name == "Cognitive Services OpenAI User"
    error_message = "The clients have another role."
  }

  assert {
    condition     = output.federated_client_id == "11111111-1111-1111-1111-111111111111" && output.federated_tenant_id == "33333333-3333-3333-3333-333333333333"
    error_message = "The clients are not told their identity."
  }
}

locals {
  librechat_has_own_identity = var.librechat_identity == "system"

  librechat_principal_id = local.librechat_has_own_identity ? azurerm_linux_web_app.librechat.identity[0].principal_id : azurerm_user_assigned_identity.librechat[0].principal_id

  librechat_identity_id = local.librechat_has_own_identity ? null : azurerm_user_assigned_identity.librechat[0].id
  librechat_client_id   = local.librechat_has_own_identity ? null : azurerm_user_assigned_identity.librechat[0].client_id

  # registry/name:tag
  librechat_registry = split("/", var.librechat_image)[0]
  librechat_name     = trimprefix(var.librechat_image, "${local.librechat_registry}/")

  entra_id_settings = var.use_entra_id ? {
    AZURE_OPENAI_USE_ENTRA_ID      = "true"
    AZURE_OPENAI_ENTRA_PLACEHOLDER = random_password.placeholder.result
    AZURE_API_KEY                  = random_password.placeholder.result
    # A token goes to this account and to no other host, whatever URL a user gives.
    AZURE_OPENAI_ENTRA_HOSTS = lookup(
      var.librechat_settings,
      "AZURE_OPENAI_ENTRA_HOSTS",
      "${azurerm_cognitive_account.openai.custom_subdomain_name}.openai.azure.com",
    )
    # One credential only: a login on the host can never replace it.
    AZURE_TOKEN_CREDENTIALS = "ManagedIdentityCredential"
    } : {
    AZURE_OPENAI_USE_ENTRA_ID = "false"
  }
}

# What stands where LibreChat asks for a key. It opens nothing outside of the app, which exchanges it for a token.
resource "random_password" "placeholder" {
  length  = 48
  special = false
}

resource "azurerm_user_assigned_identity" "librechat" {
  count = local.librechat_has_own_identity ? 0 : 1

  name                = "${var.name}-librechat"
  resource_group_name = var.resource_group_name
  location            = var.location
  tags                = var.tags
}

resource "azurerm_service_plan" "librechat" {
  name                = "${var.name}-librechat"
  resource_group_name = var.resource_group_name
  location            = var.location
  os_type             = "Linux"
  sku_name            = var.librechat_sku
  tags                = var.tags
}

resource "azurerm_linux_web_app" "librechat" {
  name                = "${var.name}-librechat"
  resource_group_name = var.resource_group_name
  location            = var.location
  service_plan_id     = azurerm_service_plan.librechat.id
  https_only          = true
  tags                = var.tags

  virtual_network_subnet_id = var.librechat_subnet_id
  # Key Vault references in the settings are read with this identity; App Service takes the system's unless told.
  key_vault_reference_identity_id = local.librechat_identity_id

  # Nothing is deployed with a user name and a password: the image is the app.
  ftp_publish_basic_authentication_enabled       = false
  webdeploy_publish_basic_authentication_enabled = false

  identity {
    type         = local.librechat_has_own_identity ? "SystemAssigned" : "UserAssigned"
    identity_ids = local.librechat_has_own_identity ? null : [local.librechat_identity_id]
  }

  site_config {
    always_on                         = true
    ftps_state                        = "Disabled"
    http2_enabled                     = true
    minimum_tls_version               = "1.2"
    health_check_path                 = "/health"
    health_check_eviction_time_in_min = 5

    # An image of Azure Container Registry is pulled with the app's identity.
    container_registry_use_managed_identity       = can(regex(local.azure_registry, local.librechat_registry))
    container_registry_managed_identity_client_id = local.librechat_client_id

    application_stack {
      docker_registry_url = "https://${local.librechat_registry}"
      docker_image_name   = local.librechat_name
    }
  }

  app_settings = merge(
    {
      HOST          = "0.0.0.0"
      WEBSITES_PORT = "3080"
      # LibreChat's own names, for librechat.yaml to refer to, or by themselves with a deployment's name.
      AZURE_OPENAI_API_INSTANCE_NAME = azurerm_cognitive_account.openai.custom_subdomain_name
      AZURE_OPENAI_API_VERSION       = "2024-10-21"
    },
    var.librechat_settings,
    local.entra_id_settings,
    # Among several identities of an app, the client id says which one is meant.
    local.librechat_has_own_identity ? {} : { AZURE_CLIENT_ID = local.librechat_client_id },
    var.rag_api_image == null ? {} : { RAG_API_URL = "https://${azurerm_container_app.rag_api[0].ingress[0].fqdn}" },
  )
}

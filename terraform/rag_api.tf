locals {
  rag_api_count    = var.rag_api_image == null ? 0 : 1
  rag_api_registry = var.rag_api_image == null ? "" : split("/", var.rag_api_image)[0]

  rag_api_settings = var.rag_api_image == null ? {} : merge(
    {
      EMBEDDINGS_PROVIDER       = "azure"
      RAG_AZURE_OPENAI_ENDPOINT = azurerm_cognitive_account.openai.endpoint
    },
    var.rag_api_settings,
    {
      RAG_AZURE_OPENAI_USE_ENTRA_ID = tostring(var.use_entra_id)
      # Without it a user-assigned identity is not asked for.
      AZURE_CLIENT_ID = azurerm_user_assigned_identity.rag_api[0].client_id
    },
  )
}

# It is there before the app, so that it can pull the app's image.
resource "azurerm_user_assigned_identity" "rag_api" {
  count = local.rag_api_count

  name                = "${var.name}-rag-api"
  resource_group_name = var.resource_group_name
  location            = var.location
  tags                = var.tags
}

resource "azurerm_container_app_environment" "this" {
  count = var.rag_api_image != null && var.container_app_environment_id == null ? 1 : 0

  name                = "${var.name}-apps"
  resource_group_name = var.resource_group_name
  location            = var.location
  tags                = var.tags
}

resource "azurerm_container_app" "rag_api" {
  count = local.rag_api_count

  name                         = "${var.name}-rag-api"
  resource_group_name          = var.resource_group_name
  container_app_environment_id = var.container_app_environment_id == null ? azurerm_container_app_environment.this[0].id : var.container_app_environment_id
  revision_mode                = "Single"
  tags                         = var.tags

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.rag_api[0].id]
  }

  dynamic "registry" {
    for_each = can(regex(local.azure_registry, local.rag_api_registry)) ? [local.rag_api_registry] : []

    content {
      server   = registry.value
      identity = azurerm_user_assigned_identity.rag_api[0].id
    }
  }

  dynamic "secret" {
    # Which names there are is no secret; the values stay sensitive.
    for_each = nonsensitive(toset(keys(var.rag_api_secrets)))

    content {
      name  = lower(replace(secret.value, "_", "-"))
      value = var.rag_api_secrets[secret.value]
    }
  }

  template {
    min_replicas = 1

    container {
      name   = "rag-api"
      image  = var.rag_api_image
      cpu    = 0.5
      memory = "1Gi"

      dynamic "env" {
        for_each = local.rag_api_settings

        content {
          name  = env.key
          value = env.value
        }
      }

      dynamic "env" {
        for_each = nonsensitive(toset(keys(var.rag_api_secrets)))

        content {
          name        = env.value
          secret_name = lower(replace(env.value, "_", "-"))
        }
      }
    }
  }

  # Without a virtual network, LibreChat reaches it only through the internet. JWT_SECRET protects it there.
  ingress {
    external_enabled           = true
    allow_insecure_connections = false
    target_port                = 8000

    traffic_weight {
      latest_revision = true
      percentage      = 100
    }
  }

  lifecycle {
    precondition {
      condition     = nonsensitive(contains(keys(var.rag_api_secrets), "JWT_SECRET"))
      error_message = "rag_api_secrets must hold JWT_SECRET, the same as LibreChat's: without it the RAG API answers every request."
    }
  }

  depends_on = [azurerm_role_assignment.rag_api_image]
}

locals {
  rag_api_count = var.rag_api_image == null ? 0 : 1

  rag_api_settings = merge(
    {
      EMBEDDINGS_PROVIDER           = "azure"
      RAG_AZURE_OPENAI_ENDPOINT     = azurerm_cognitive_account.openai.endpoint
      RAG_AZURE_OPENAI_USE_ENTRA_ID = tostring(var.use_entra_id)
    },
    var.rag_api_settings,
  )
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
    type = "SystemAssigned"
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

  ingress {
    external_enabled = true
    target_port      = 8000

    traffic_weight {
      latest_revision = true
      percentage      = 100
    }
  }
}

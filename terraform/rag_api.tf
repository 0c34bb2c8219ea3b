locals {
  rag_api_count = var.rag_api_image == null ? 0 : 1

  # The image takes only a key: the proxy beside it exchanges a local one for tokens.
  rag_api_has_proxy = var.rag_api_image != null && var.use_entra_id && !var.rag_api_entra_native

  rag_api_registries = var.rag_api_image == null ? [] : [
    for image in concat([var.rag_api_image], local.rag_api_has_proxy ? [var.proxy_image] : []) : split("/", image)[0]
  ]

  rag_api_settings = var.rag_api_image == null ? {} : merge(
    {
      EMBEDDINGS_PROVIDER          = "azure"
      RAG_AZURE_OPENAI_ENDPOINT    = azurerm_cognitive_account.openai.endpoint
      RAG_AZURE_OPENAI_API_VERSION = "2024-10-21"
    },
    var.rag_api_settings,
    local.rag_api_has_proxy ? {
      RAG_AZURE_OPENAI_ENDPOINT = "http://127.0.0.1:8787"
      # Otherwise HTTP_PROXY would take the requests to the container beside it.
      NO_PROXY = join(",", compact([lookup(var.rag_api_settings, "NO_PROXY", ""), "127.0.0.1"]))
    } : {},
    var.rag_api_entra_native ? {
      RAG_AZURE_OPENAI_USE_ENTRA_ID = tostring(var.use_entra_id)
      # Without it a user-assigned identity is not asked for.
      AZURE_CLIENT_ID = azurerm_user_assigned_identity.rag_api[0].client_id
    } : {},
  )

  rag_api_secrets = merge(
    var.rag_api_secrets,
    local.rag_api_has_proxy ? { (local.rag_api_key) = random_password.rag_api[0].result } : {},
  )
  rag_api_key = "RAG_AZURE_OPENAI_API_KEY"
  # Which names there are is no secret; the values stay sensitive.
  rag_api_secret_names = nonsensitive(toset(keys(local.rag_api_secrets)))

  proxy_settings = var.rag_api_image == null ? {} : {
    AZURE_OPENAI_ENTRA_PROXY_UPSTREAM = azurerm_cognitive_account.openai.endpoint
    # A token goes to this account and to no other host.
    AZURE_OPENAI_ENTRA_HOSTS = "${azurerm_cognitive_account.openai.custom_subdomain_name}.openai.azure.com"
    # The probe comes from outside of the container; clients still connect on 127.0.0.1 only.
    AZURE_OPENAI_ENTRA_PROXY_ADMIN        = "0.0.0.0:8788"
    AZURE_OPENAI_ENTRA_PROXY_ALLOW_REMOTE = "true"
    AZURE_OPENAI_ENTRA_PROXY_LOG          = "json"
    AZURE_TOKEN_CREDENTIALS               = "ManagedIdentityCredential"
    AZURE_CLIENT_ID                       = azurerm_user_assigned_identity.rag_api[0].client_id
  }
}

# What the RAG API sends instead of a key. It opens nothing but the proxy beside it.
resource "random_password" "rag_api" {
  count = local.rag_api_has_proxy ? 1 : 0

  length  = 48
  special = false
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
    for_each = toset([for registry in local.rag_api_registries : registry if can(regex(local.azure_registry, registry))])

    content {
      server   = registry.value
      identity = azurerm_user_assigned_identity.rag_api[0].id
    }
  }

  dynamic "secret" {
    for_each = local.rag_api_secret_names

    content {
      name  = lower(replace(secret.value, "_", "-"))
      value = local.rag_api_secrets[secret.value]
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
        # A value that is a secret as well is the secret's.
        for_each = { for name, value in local.rag_api_settings : name => value if !contains(local.rag_api_secret_names, name) }

        content {
          name  = env.key
          value = env.value
        }
      }

      dynamic "env" {
        for_each = local.rag_api_secret_names

        content {
          name        = env.value
          secret_name = lower(replace(env.value, "_", "-"))
        }
      }
    }

    # It shares the replica's loopback interface with the RAG API, and no other app reaches its port.
    dynamic "container" {
      for_each = local.rag_api_has_proxy ? [var.proxy_image] : []

      content {
        name   = "proxy"
        image  = container.value
        cpu    = 0.25
        memory = "0.5Gi"

        dynamic "env" {
          for_each = local.proxy_settings

          content {
            name  = env.key
            value = env.value
          }
        }

        env {
          name        = "AZURE_OPENAI_ENTRA_PLACEHOLDER"
          secret_name = lower(replace(local.rag_api_key, "_", "-"))
        }

        # Only of a token: without one, nothing restarts, and a new revision does not replace the old one.
        readiness_probe {
          transport = "HTTP"
          path      = "/readyz"
          port      = 8788
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

# LibreChat and the RAG API on one Azure OpenAI account that takes no keys.

terraform {
  required_version = ">= 1.7"

  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 4.73"
    }
  }
}

provider "azurerm" {
  features {}

  subscription_id = var.subscription_id
}

variable "subscription_id" {
  description = "The subscription that everything goes into."
  type        = string
}

variable "key_vault_id" {
  description = "The vault with LibreChat's secrets: mongo-uri, creds-key, creds-iv, jwt-secret and jwt-refresh-secret."
  type        = string
}

variable "key_vault_uri" {
  description = "The same vault's address, such as https://contoso.vault.azure.net/."
  type        = string
}

variable "container_registry_id" {
  description = "The registry of LibreChat's image."
  type        = string
}

variable "rag_api_secrets" {
  description = "JWT_SECRET, as in the vault, and POSTGRES_PASSWORD."
  type        = map(string)
  sensitive   = true
}

locals {
  secret = {
    for setting, name in {
      MONGO_URI          = "mongo-uri"
      CREDS_KEY          = "creds-key"
      CREDS_IV           = "creds-iv"
      JWT_SECRET         = "jwt-secret"
      JWT_REFRESH_SECRET = "jwt-refresh-secret"
    } : setting => "@Microsoft.KeyVault(SecretUri=${var.key_vault_uri}secrets/${name})"
  }
}

resource "azurerm_resource_group" "librechat" {
  name     = "librechat"
  location = "swedencentral"
}

module "librechat" {
  source = "../.."

  name                = "contoso-librechat"
  resource_group_name = azurerm_resource_group.librechat.name
  location            = azurerm_resource_group.librechat.location

  deployments = {
    "gpt-4o" = { model = "gpt-4o", version = "2024-11-20" }
    "embed"  = { model = "text-embedding-3-small", version = "1" }
  }

  container_registry_id = var.container_registry_id

  librechat_image    = "contoso.azurecr.io/librechat-entra:1.0"
  librechat_identity = "user"
  librechat_settings = merge(local.secret, { AZURE_OPENAI_API_DEPLOYMENT_NAME = "gpt-4o" })

  rag_api_image    = "ghcr.io/danny-avila/librechat-rag-api-dev-lite:latest"
  rag_api_settings = { DB_HOST = "db.example", EMBEDDINGS_MODEL = "embed" }
  rag_api_secrets  = var.rag_api_secrets
}

# LibreChat reads its secrets from the vault with the identity that it asks for tokens with.
resource "azurerm_role_assignment" "secrets" {
  scope                = var.key_vault_id
  role_definition_name = "Key Vault Secrets User"
  principal_id         = module.librechat.librechat_principal_id
  principal_type       = "ServicePrincipal"
}

output "librechat_url" {
  value = module.librechat.librechat_url
}

# LibreChat and the RAG API on one Azure OpenAI account that takes no keys.

terraform {
  required_version = ">= 1.7"

  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 4.55"
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

variable "mongo_uri" {
  description = "LibreChat's database."
  type        = string
  sensitive   = true
}

variable "postgres_password" {
  description = "The password of the RAG API's database."
  type        = string
  sensitive   = true
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

  librechat_image    = "contoso.azurecr.io/librechat-entra:1.0"
  librechat_identity = "user"
  librechat_settings = { MONGO_URI = var.mongo_uri }

  rag_api_image    = "contoso.azurecr.io/rag-api:1.0"
  rag_api_settings = { DB_HOST = "db.example", EMBEDDINGS_MODEL = "embed" }
  rag_api_secrets  = { POSTGRES_PASSWORD = var.postgres_password }
}

output "librechat_url" {
  value = module.librechat.librechat_url
}

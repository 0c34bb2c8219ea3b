variable "name" {
  description = "Prefix of every resource's name. The Azure OpenAI account's is also its custom subdomain, so it must be free in all of Azure."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,22}[a-z0-9]$", var.name))
    error_message = "name must have 3 to 24 lower-case letters, digits and hyphens, begin with a letter and not end with a hyphen."
  }
}

variable "resource_group_name" {
  description = "The resource group that everything goes into. It must exist."
  type        = string

  validation {
    condition     = can(regex("^[-\\w.()]{1,89}[-\\w()]$", var.resource_group_name))
    error_message = "resource_group_name must be the name of a resource group, not its id."
  }
}

variable "location" {
  description = "The Azure region, such as swedencentral."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z][A-Za-z0-9 ]+$", var.location))
    error_message = "location must be an Azure region, such as swedencentral."
  }
}

variable "tags" {
  description = "Tags of every resource."
  type        = map(string)
  default     = {}
}

variable "deployments" {
  description = "Deployments, by name: model, version, sku (GlobalStandard), and capacity in thousands of tokens per minute (50)."
  type = map(object({
    model    = string
    version  = string
    sku      = optional(string, "GlobalStandard")
    capacity = optional(number, 50)
  }))
  default = {}

  validation {
    condition     = alltrue([for deployment in values(var.deployments) : deployment.capacity >= 1])
    error_message = "capacity of each of deployments must be at least 1."
  }
}

variable "public_network_access_enabled" {
  description = "Whether the Azure OpenAI account is reachable from the internet. If not, add a private endpoint, and set librechat_subnet_id."
  type        = bool
  default     = true
}

variable "librechat_image" {
  description = "LibreChat's image with azure-openai-entra, for instance from examples/librechat-docker, as registry/name:tag."
  type        = string

  validation {
    condition     = can(regex("^[^/]+\\.[^/]+/.+:[^:/]+$", var.librechat_image))
    error_message = "librechat_image must be registry/name:tag, such as example.azurecr.io/librechat:1.0."
  }
}

variable "librechat_identity" {
  description = "The identity of LibreChat: system, for the app's own, or user, for an identity that outlives the app."
  type        = string
  default     = "system"

  validation {
    condition     = contains(["system", "user"], var.librechat_identity)
    error_message = "librechat_identity must be system or user."
  }
}

variable "librechat_sku" {
  description = "The App Service plan's size: Basic or larger."
  type        = string
  default     = "P0v3"

  validation {
    condition     = !contains(["F1", "FREE", "D1", "SHARED"], upper(var.librechat_sku))
    error_message = "librechat_sku must be Basic or larger, such as B1 or P0v3: smaller plans put the app to sleep."
  }
}

variable "librechat_subnet_id" {
  description = "A subnet, delegated to Microsoft.Web/serverFarms, from which LibreChat reaches private endpoints and an internal RAG API; null for none."
  type        = string
  default     = null

  validation {
    condition     = var.librechat_subnet_id == null || can(regex("/virtualNetworks/[^/]+/subnets/[^/]+$", var.librechat_subnet_id))
    error_message = "librechat_subnet_id must be the resource id of a subnet."
  }
}

variable "container_registry_id" {
  description = "The Azure Container Registry of the images: both identities get AcrPull on it. Null if they have it already, or need none."
  type        = string
  default     = null

  validation {
    condition     = var.container_registry_id == null || can(regex("/Microsoft[.]ContainerRegistry/registries/[^/]+$", var.container_registry_id))
    error_message = "container_registry_id must be the resource id of an Azure Container Registry."
  }
}

variable "librechat_settings" {
  description = "Further app settings of LibreChat, such as MONGO_URI, with Key Vault references for secrets. This module sets those of Entra ID."
  type        = map(string)
  default     = {}
  sensitive   = true
}

variable "use_entra_id" {
  description = "The switch. False goes back to API keys: then set local_auth_enabled, and pass the keys in librechat_settings."
  type        = bool
  default     = true
}

variable "local_auth_enabled" {
  description = "Whether the Azure OpenAI account accepts API keys. Only for a transition."
  type        = bool
  default     = false
}

variable "rag_api_image" {
  description = "The RAG API's image as registry/name:tag; null for no RAG API."
  type        = string
  default     = null

  validation {
    condition     = var.rag_api_image == null || can(regex("^[^/]+\\.[^/]+/.+:[^:/]+$", var.rag_api_image))
    error_message = "rag_api_image must be registry/name:tag, such as example.azurecr.io/rag-api:1.0."
  }
}

variable "rag_api_entra_native" {
  description = "Whether the RAG API's image asks for tokens itself, by RAG_AZURE_OPENAI_USE_ENTRA_ID. The official image does not."
  type        = bool
  default     = false
}

variable "proxy_image" {
  description = "azure-openai-entra-proxy's image as registry/name:tag or registry/name@digest. The RAG API gets it as a second container, unless its image needs none."
  type        = string
  default     = "ghcr.io/azure-openai-entra/azure-openai-entra-proxy:0.1.0"

  validation {
    condition     = can(regex("^[^/]+\\.[^/]+/.+:[^:/]+$", var.proxy_image))
    error_message = "proxy_image must be registry/name:tag, such as example.azurecr.io/azure-openai-entra-proxy:0.1.0."
  }
}

variable "rag_api_settings" {
  description = "Further environment variables of the RAG API, such as DB_HOST and EMBEDDINGS_MODEL, the deployment's name. Secrets go into rag_api_secrets."
  type        = map(string)
  default     = {}
}

variable "rag_api_secrets" {
  description = "Secret environment variables of the RAG API: JWT_SECRET, with LibreChat's value, and others such as POSTGRES_PASSWORD."
  type        = map(string)
  default     = {}
  sensitive   = true
}

variable "container_app_environment_id" {
  description = "The Container Apps environment of the RAG API; null creates one."
  type        = string
  default     = null

  validation {
    condition     = var.container_app_environment_id == null || can(regex("/Microsoft[.]App/managedEnvironments/[^/]+$", var.container_app_environment_id))
    error_message = "container_app_environment_id must be the resource id of a Container Apps environment."
  }
}

variable "federated_credentials" {
  description = "Clients outside of Azure that get tokens for the account without a secret, by name: issuer, subject, and audience (api://AzureADTokenExchange)."
  type = map(object({
    issuer   = string
    subject  = string
    audience = optional(string, "api://AzureADTokenExchange")
  }))
  default = {}

  validation {
    condition     = length(var.federated_credentials) <= 20
    error_message = "federated_credentials must have 20 entries at most: an identity takes no more."
  }

  validation {
    condition     = alltrue([for name in keys(var.federated_credentials) : can(regex("^[A-Za-z0-9][A-Za-z0-9_-]{2,119}$", name))])
    error_message = "names of federated_credentials must have 3 to 120 letters, digits, hyphens and underscores, and begin with a letter or a digit."
  }

  validation {
    condition     = alltrue([for each in values(var.federated_credentials) : startswith(each.issuer, "https://") && each.subject != ""])
    error_message = "each of federated_credentials must have an issuer that begins with https://, and a subject."
  }
}

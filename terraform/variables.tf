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
}

variable "location" {
  description = "The Azure region, such as swedencentral."
  type        = string
}

variable "tags" {
  description = "Tags of every resource."
  type        = map(string)
  default     = {}
}

variable "deployments" {
  description = "Deployments of models, by name. capacity is in thousands of tokens per minute."
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
  description = "Whether the Azure OpenAI account is reached from the internet. Without it, add a private endpoint."
  type        = bool
  default     = true
}

variable "librechat_image" {
  description = "LibreChat's image with azure-openai-entra in it, such as one of examples/librechat-docker, as registry/name:tag."
  type        = string

  validation {
    condition     = can(regex("^[^/]+\\.[^/]+/.+:[^:/]+$", var.librechat_image))
    error_message = "librechat_image must be registry/name:tag, such as example.azurecr.io/librechat:1.0."
  }
}

variable "librechat_identity" {
  description = "Whose token LibreChat uses: system, the app's own identity, or user, one that outlives the app."
  type        = string
  default     = "system"

  validation {
    condition     = contains(["system", "user"], var.librechat_identity)
    error_message = "librechat_identity must be system or user."
  }
}

variable "librechat_sku" {
  description = "The App Service plan's size."
  type        = string
  default     = "P0v3"
}

variable "librechat_settings" {
  description = "Further app settings of LibreChat, such as MONGO_URI, as Key Vault references where they are secrets. Those of Entra ID are this module's."
  type        = map(string)
  default     = {}
  sensitive   = true
}

variable "use_entra_id" {
  description = "The switch. False goes back to API keys: then let local_auth_enabled be true, and give the keys in librechat_settings."
  type        = bool
  default     = true
}

variable "local_auth_enabled" {
  description = "Whether the Azure OpenAI account takes API keys: for a time of transition only."
  type        = bool
  default     = false
}

variable "rag_api_image" {
  description = "The RAG API's image as registry/name:tag; null for no RAG API."
  type        = string
  default     = null
}

variable "rag_api_settings" {
  description = "Further environment variables of the RAG API, such as DB_HOST and EMBEDDINGS_MODEL. No secrets: see rag_api_secrets."
  type        = map(string)
  default     = {}
}

variable "rag_api_secrets" {
  description = "Environment variables of the RAG API that are secrets, such as POSTGRES_PASSWORD."
  type        = map(string)
  default     = {}
  sensitive   = true
}

variable "container_app_environment_id" {
  description = "The Container Apps environment of the RAG API; null has one made."
  type        = string
  default     = null
}

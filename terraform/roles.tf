locals {
  azure_registry = "[.]azurecr[.](io|us|cn)$"
}

# Enough for chats, embeddings and images, and for nothing that changes the account.
resource "azurerm_role_assignment" "librechat" {
  scope                = azurerm_cognitive_account.openai.id
  role_definition_name = "Cognitive Services OpenAI User"
  principal_id         = local.librechat_principal_id
  principal_type       = "ServicePrincipal"
}

resource "azurerm_role_assignment" "rag_api" {
  count = local.rag_api_count

  scope                = azurerm_cognitive_account.openai.id
  role_definition_name = "Cognitive Services OpenAI User"
  principal_id         = azurerm_user_assigned_identity.rag_api[0].principal_id
  principal_type       = "ServicePrincipal"
}

# To pull the images, and to push none.
resource "azurerm_role_assignment" "librechat_image" {
  count = var.container_registry_id == null ? 0 : 1

  scope                = var.container_registry_id
  role_definition_name = "AcrPull"
  principal_id         = local.librechat_principal_id
  principal_type       = "ServicePrincipal"
}

resource "azurerm_role_assignment" "rag_api_image" {
  count = var.container_registry_id == null ? 0 : local.rag_api_count

  scope                = var.container_registry_id
  role_definition_name = "AcrPull"
  principal_id         = azurerm_user_assigned_identity.rag_api[0].principal_id
  principal_type       = "ServicePrincipal"
}

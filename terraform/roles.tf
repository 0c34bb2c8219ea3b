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
  principal_id         = azurerm_container_app.rag_api[0].identity[0].principal_id
  principal_type       = "ServicePrincipal"
}

output "openai_endpoint" {
  description = "The Azure OpenAI account's endpoint."
  value       = azurerm_cognitive_account.openai.endpoint
}

output "openai_account_id" {
  description = "The account's resource id, the scope of further role assignments."
  value       = azurerm_cognitive_account.openai.id
}

output "librechat_url" {
  description = "The URL of LibreChat."
  value       = "https://${azurerm_linux_web_app.librechat.default_hostname}"
}

output "librechat_principal_id" {
  description = "The object id of LibreChat's identity, which the doctor shows as oid."
  value       = local.librechat_principal_id
}

output "rag_api_principal_id" {
  description = "The object id of the RAG API's identity; null without a RAG API."
  value       = one(azurerm_user_assigned_identity.rag_api[*].principal_id)
}

output "federated_client_id" {
  description = "AZURE_CLIENT_ID of the clients that federated_credentials lets in; null without any."
  value       = one(azurerm_user_assigned_identity.federated[*].client_id)
}

output "federated_tenant_id" {
  description = "AZURE_TENANT_ID of those clients; null without any."
  value       = one(azurerm_user_assigned_identity.federated[*].tenant_id)
}

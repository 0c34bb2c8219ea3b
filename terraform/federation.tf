# For clients outside of Azure, such as jobs of GitHub Actions. None of the apps has it.
resource "azurerm_user_assigned_identity" "federated" {
  count = length(var.federated_credentials) == 0 ? 0 : 1

  name                = "${var.name}-federated"
  resource_group_name = var.resource_group_name
  location            = var.location
  tags                = var.tags
}

resource "azurerm_federated_identity_credential" "federated" {
  for_each = var.federated_credentials

  name                = each.key
  resource_group_name = var.resource_group_name
  parent_id           = azurerm_user_assigned_identity.federated[0].id
  issuer              = each.value.issuer
  subject             = each.value.subject
  audience            = [each.value.audience]
}

resource "azurerm_role_assignment" "federated" {
  count = length(var.federated_credentials) == 0 ? 0 : 1

  scope                = azurerm_cognitive_account.openai.id
  role_definition_name = "Cognitive Services OpenAI User"
  principal_id         = azurerm_user_assigned_identity.federated[0].principal_id
  principal_type       = "ServicePrincipal"
}

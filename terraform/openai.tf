resource "azurerm_cognitive_account" "openai" {
  name                = "${var.name}-openai"
  resource_group_name = var.resource_group_name
  location            = var.location
  kind                = "OpenAI"
  sku_name            = "S0"
  tags                = var.tags

  # The account accepts tokens only at its own subdomain, never at the region's address.
  custom_subdomain_name         = "${var.name}-openai"
  local_auth_enabled            = var.local_auth_enabled
  public_network_access_enabled = var.public_network_access_enabled

  identity {
    type = "SystemAssigned"
  }

  lifecycle {
    precondition {
      condition     = var.use_entra_id || var.local_auth_enabled
      error_message = "With use_entra_id = false LibreChat has nothing but API keys: set local_auth_enabled = true."
    }
  }
}

resource "azurerm_cognitive_deployment" "this" {
  for_each = var.deployments

  name                 = each.key
  cognitive_account_id = azurerm_cognitive_account.openai.id

  model {
    format  = "OpenAI"
    name    = each.value.model
    version = each.value.version
  }

  sku {
    name     = each.value.sku
    capacity = each.value.capacity
  }
}

# The rule sets of the image; a project's own .tflint.hcl takes this one's place.
plugin "aws" {
  enabled = true
}

plugin "azurerm" {
  enabled = true
}

plugin "google" {
  enabled = true
}

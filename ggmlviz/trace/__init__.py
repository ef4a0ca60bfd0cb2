"""From rows and definitions to tables of what happened."""

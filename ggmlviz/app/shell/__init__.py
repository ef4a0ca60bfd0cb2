"""What is around the panels: bars, menus, palette, dialogs."""

"""Dear PyGui: canvases, input, fonts, themes, layout."""

"""An explained value as a figure: the picture, the maps, every number of the window, the arithmetic."""

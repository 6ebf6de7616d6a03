"""How well a stack does on a data set."""

"""How well a stack does on a data set, as people read it: text, JSON, figures."""

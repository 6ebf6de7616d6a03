"""One output value explained: as text, as JSON, as a figure."""

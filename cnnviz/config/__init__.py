"""From a YAML file and switches to a checked stack."""

"""Images over the processes of this machine, or over those of a cluster."""

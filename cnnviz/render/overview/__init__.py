"""The overview page of an output folder: every image on one page that needs nothing else."""

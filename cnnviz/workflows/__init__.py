"""One file a job: plain functions, results as dataclasses."""

"""The job of `cnnviz exemplars`."""

"""The job of `cnnviz maximize`."""

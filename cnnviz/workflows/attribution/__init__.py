"""The job of `cnnviz attribute`."""

"""The command line: one file a command, found by scanning this folder and loaded when called."""

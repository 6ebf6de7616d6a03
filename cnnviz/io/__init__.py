"""The outside world: pictures, YAML text, HDF5 and whole-or-nothing files; knows bytes and arrays, no layers."""

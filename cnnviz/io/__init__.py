"""The outside world: pictures, HDF5 and whole-or-nothing files; knows bytes and arrays, no layers."""

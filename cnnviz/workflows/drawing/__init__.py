"""Draw maps and kernels as images, for every job that writes or shows them."""

"""Make what a job needs ready before the job computes: request, stack, image, examples, memory."""

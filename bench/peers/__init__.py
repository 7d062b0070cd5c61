"""Does the same errand with others' job queues: each module runs in its own environment."""

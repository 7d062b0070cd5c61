"""Real processes, real servers, and the outside world over sockets."""

/** Entry of a worker thread: scans the pieces that it is sent. Started by the pool alone. */

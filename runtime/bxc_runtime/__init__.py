"""What runs at a peer: demo, content hash, and later the peer itself."""

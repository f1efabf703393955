"""Resource Sharing: which resources an account shares with others."""

"""Security Token Service: who asks, and temporary credentials."""

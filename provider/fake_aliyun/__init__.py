"""A fake Alibaba Cloud: a real HTTP server for ECS, BSS and what stands around them."""

"""What stands around an instance: vswitches, groups, and where products are."""

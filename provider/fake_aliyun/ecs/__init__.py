"""Elastic Compute Service: reservations, instances, disks."""

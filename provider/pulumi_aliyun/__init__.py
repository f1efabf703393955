"""Alibaba Cloud capacity as Pulumi resources."""

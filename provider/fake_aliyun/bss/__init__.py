"""Expenses and Costs: products bought by order."""

"""DynamoDB's expressions: conditions, updates and projections as the service reads them.

They are read here once, for the checks of a definition and for the verifier's account of what a table holds.
"""

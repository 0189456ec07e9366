"""The proofs_check room."""

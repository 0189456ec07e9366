"""The numeric room."""

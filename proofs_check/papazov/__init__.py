"""The statements of Papazov et al. (2024)."""

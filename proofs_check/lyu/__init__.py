"""The statements of Lyu et al. (2025)."""

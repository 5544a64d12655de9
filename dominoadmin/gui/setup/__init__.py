"""The first start and the wizard."""

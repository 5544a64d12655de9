"""Internet certifiers: registered, modified, their keys protected."""

"""The live check, and trust in browsers."""

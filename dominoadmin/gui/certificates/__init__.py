"""The certificate viewer."""

"""What coordinates several rooms."""

"""What shows a certificate."""

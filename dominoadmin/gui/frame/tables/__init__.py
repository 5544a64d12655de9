"""Views: tables of any size."""

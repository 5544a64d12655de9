"""What only SQLite understands: pieces of SQL by the name of what they do, each once and with its reason.

The query modules beside this folder put them into their questions. Another database would need these functions anew,
`store/database.py`, and the scripts in `store/migrations/`; docs/decisions/0002 tells why they stand apart.
"""

"""SQL that only SQLite understands: pieces named by their purpose, each once and with its reason.

The query modules beside this folder use them in their queries. Another database would need new versions of these
functions, of `store/database.py`, and of the scripts in `store/migrations/`; docs/decisions/0002 says why they are
separate.
"""

"""The HTTP task: Certificate Requests databases for browsers. Only here uvicorn, Starlette and Jinja2 are known."""

"""The HTTP task: Certificate Requests databases for browsers. Only this package uses uvicorn, Starlette and Jinja2."""

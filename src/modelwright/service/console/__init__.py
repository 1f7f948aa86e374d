"""The console: pages that the service renders, with htmx for what changes while one looks.

Adding to it:

- A string is a line ``name = { en = "...", zh = "..." }`` in a file of ``strings/``; pages say ``t("file.name")``, with
  ``{placeholders}`` as ``t("file.name", {"count": 3})``. Files are found by walking the folder: a new page brings its
  own. An unknown key is an error, and tests fail when a string is not used or lacks a language. What rules and errors
  say goes through ``say(text)``, which looks in ``messages.toml``; ``prose(text)`` shows what is between
  backquotes as code.
- A page is a template in ``html/`` that extends ``layout.html``, and a module with a ``router`` made by
  ``page_router()``, which ``install.py`` lists. Its endpoints ask for a ``Visiting`` (somebody signed in) and return
  ``visit.page("name.html", {...})``; those that change something also ask for ``Posted``, the form's fields after its
  CSRF token was checked (``{{ csrf_field() }}`` in the form; htmx sends it as a header by itself). Errors are raised as
  everywhere: the route makes a page of them, or a notice for htmx.
- Scripts are modules in ``static/``, loaded with ``{{ asset("name.js") }}``; the content security policy allows no
  inline script and no inline style. Requests of scripts to ``/v1`` carry the session's cookie; those that change
  something send the header ``X-CSRF-Token``. Data become HTML by autoescaping alone: nothing is marked as safe.
"""

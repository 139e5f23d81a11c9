"""The OpenAPI document, whole: what the signatures of the handlers do not say.

``document.py`` completes what the framework makes: ``bodies.py`` has the bodies that handlers decode themselves,
``answers.py`` the answers and their examples, ``refusals.py`` which kinds of problems an operation may answer with, and
``atol_online.py`` the paths of ATOL Online's dialect.
"""

"""The one component of all lists: what a list has (definition), what an address asks of it (asked), how it is drawn
(view, ``templates/tables``) and how it leaves as a file (export)."""

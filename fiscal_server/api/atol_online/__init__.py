"""ATOL Online's dialect: versions 4 (FFD 1.05) and 5 (FFD 1.2), for billings that change nothing but the host.

    bytes -> document (reading, documents) -> accounting's Receipt (receipts, lines) -> the control of all receipts
          -> intake.singles: one commit for whoever comes together -> uuid -> report (reports), callback (callbacks)

``face.py`` is the door: paths, tokens, errors. Source of everything: vendor's descriptions of protocol v4 (edition
5.15 of 29.05.2023) and v5 (3.12), as public clients of them behave; what was inferred says so. docs/atol-online.md is
for people.
"""

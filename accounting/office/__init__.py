"""What an accounting office owes its clients and when: pure rules, no database, no web (decision 13).

Obligations: ``packs`` -> rules (``rules``, ``due_rules``, ``conditions``, ``periods``) -> due dates (``due_dates``) ->
a plan of organisations by their dated tax profiles (``planning``, ``clients``) -> what a change of anything would do
(``plan_changes``). Money: ``tariffs`` -> ``price``; ``cost``; ``contracts`` -> cases -> ``realisation``,
what became of a month. Statements: ``trial_balance`` -> ``balance_sheet``, by the lines of ``balance_map``.
"""

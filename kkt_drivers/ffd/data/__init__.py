"""tags.csv: facts about the FFD tags (number, type, length, where it may stand).

Letters of its column ``sources``: O order ЕД-7-20/662@ appendix 2; C chayleaf/coop-fd (amendment ЕД-7-20/239@ too);
S shtrih-m/javapos_shtrih TLVTags.java; M Ran-Thegoth/MKACCA9000 FZ54Tag.java; Y yandex/ofd protocol.py; A ofdcomparer
tags_fn.py; K a KKT maker's tag tables; R real receipts. ``length`` is in bytes of the value; ``padding`` right: with
spaces; no ``length``: not published.
"""

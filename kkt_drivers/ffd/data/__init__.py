"""tags.csv: facts about the FFD tags (number, name, type, length, where it may stand and must, names in JSON).

``length`` is in bytes of the value, no length: not published; ``length_seen`` the greatest that another source gives.
``padding`` right: with spaces. ``parents``: structures that it may stand in. ``ffd_1_05``, ``ffd_1_1``, ``ffd_1_2``:
pairs ``place:obligation``, the place a document form or the tag of a structure; the letters are explained in
``composition.py``. ``json`` is the name of the 1.2 era, ``json_old`` the other names that are met. ``values`` are
meanings of numbers, ``bitN`` those of flags. ``status`` marks what a single source says.

Letters of ``sources``: O order ЕД-7-20/662@ appendix 2; C chayleaf/coop-fd (amendment ЕД-7-20/239@ too);
S shtrih-m/javapos_shtrih TLVTags.java; M Ran-Thegoth/MKACCA9000 FZ54Tag.java; Y yandex/ofd protocol.py; A ofdcomparer
tags_fn.py; K a KKT maker's tag tables; R real receipts.
"""

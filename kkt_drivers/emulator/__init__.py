"""Emulated devices behind their real wire protocols: an FN and a fiscal data operator, for tests and demonstrations.

    wire --- serve.py (TCP) or cable.py (in process) --- line.py (faults.py, timing.py) --- fn.py
    fn.py --- commands: registration, shift_documents, receipt_documents, archive, exchange_with_ofd, service_commands
              rules: limits.py, content.py       making a document: making.py, container.py, signature.py
              memory.py: records.py in a log_file.py, from which state.py follows
    wire --- pty.py (a serial port), usb_bridge.py (a pyusb backend) --- line.py
    wire --- serve.py (TCP) --- ofd.py (ofd_faults.py) --- its archive, a log_file.py

They are written from the protocols and share nothing with the drivers but the frame's codec, so that both ends cannot
err together. They never pretend to be real: numbers begin with 9999, signs are toys.
"""

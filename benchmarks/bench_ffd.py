"""Receipt to TLV and back, compiled and plain, beside msgspec doing the same receipt as JSON.

python -m benchmarks.bench_ffd [--smoke] [--keep] [--machine NAME]
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import msgspec

from accounting.receipts.codes import FfdVersion
from benchmarks.harness import Step, main, repeated
from benchmarks.receipts import order
from kkt_drivers.ffd import _codec_plain, tlv
from kkt_drivers.ffd.receipt import receipt_records
from kkt_drivers.ffd.receipt_bytes import encode_receipt
from kkt_drivers.kkt import ReceiptOrder

ENCODE_TARGET_US = 8.0
DECODE_TARGET_US = 12.0
_V = FfdVersion.FFD_1_2
_COUNT = 500


def _step(name: str, work: Callable[[], object], baseline: str | None = None, target_us: float | None = None) -> Step:
    return Step(name, repeated(work), _COUNT, baseline, target_us, cpu=True)


def _pieces(sample: ReceiptOrder) -> Callable[[], object]:
    return lambda: b"".join(receipt_records(sample, _V))


@contextmanager
def steps() -> Iterator[list[Step]]:
    sample = order()
    typographic = msgspec.structs.replace(
        sample,
        receipt=msgspec.structs.replace(
            sample.receipt,
            lines=tuple(msgspec.structs.replace(line, name=f"«{line.name}» –") for line in sample.receipt.lines),
        ),
    )
    write_json = msgspec.json.Encoder().encode
    read_json = msgspec.json.Decoder(ReceiptOrder).decode
    data, text = encode_receipt(sample, _V), write_json(sample)
    json_out, json_in = "encode, JSON by msgspec", "decode, JSON by msgspec"
    yield [
        _step(json_out, partial(write_json, sample)),
        _step("encode, TLV", partial(encode_receipt, sample, _V), json_out, ENCODE_TARGET_US),
        _step("encode, TLV, names with « » –", partial(encode_receipt, typographic, _V), json_out, ENCODE_TARGET_US),
        _step("encode, TLV, plain Python", _pieces(sample), json_out),
        _step(json_in, partial(read_json, text)),
        _step("decode, TLV", partial(tlv.decode, data), json_in, DECODE_TARGET_US),
        _step("decode, TLV, plain Python", partial(_codec_plain.decode, data), json_in),
    ]


if __name__ == "__main__":
    sys.exit(main("bench_ffd", steps))

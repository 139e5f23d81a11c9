"""Messages to the operator and his confirmations, as the FN sees them: 20h-26h. FN protocol 7, OFD protocol 4, 5."""

from kkt_drivers.emulator import container, signature
from kkt_drivers.emulator.answers import AnswerCode, OfdRefusal, Refused
from kkt_drivers.emulator.core import FnCore
from kkt_drivers.emulator.moment import from_seconds, pack_moment
from kkt_drivers.emulator.records import ConfirmationRecord
from kkt_drivers.emulator.state import PHASE_ARCHIVE, PHASE_FISCAL, PHASE_POST_FISCAL, PHASE_READY

_BLOCK = 1024
_CONNECTED, _HAS_MESSAGE, _WAITING = 0x01, 0x02, 0x04


def exchange_status(fn: FnCore, data: bytes) -> bytes:
    """20h -> status, reading state, messages, FD number and time of the queue's head (zeros: empty)."""
    state, ofd = fn.state, fn.session.ofd
    if state.phase == PHASE_ARCHIVE:
        raise Refused(AnswerCode.WRONG_STATE)
    head = state.queue_head()
    bits = _CONNECTED if ofd.connected else 0
    bits |= (_HAS_MESSAGE if head else 0) | (_WAITING if ofd.waiting_fd else 0)
    answer = bytes((bits, ofd.message is not None)) + min(state.unsent, 0xFFFF).to_bytes(2, "little")
    if head is None:
        return answer + bytes(9)
    return answer + (state.acknowledged + 1).to_bytes(4, "little") + pack_moment(from_seconds(head.issued_at))


def connection(fn: FnCore, data: bytes) -> bytes:
    """21h 0 or 1; more bytes are ignored, because some KKTs send four. Saying "disconnected" is always allowed."""
    if data[0] > 1:
        raise Refused(AnswerCode.BAD_VALUE)
    if data[0] == 1:
        _require_sending_phase(fn)
    elif fn.state.phase == PHASE_READY:
        raise Refused(AnswerCode.WRONG_STATE)
    fn.session.ofd.connected = data[0] == 1
    fn.session.ofd.message = None
    return b""


def begin_reading(fn: FnCore, data: bytes) -> bytes:
    """22h -> length of the message at the head of the queue."""
    _require_sending_phase(fn)
    _require_connection(fn)
    if fn.state.queue_head() is None:
        raise Refused(AnswerCode.NO_DATA)
    ofd = fn.session.ofd
    ofd.message = fn.memory.document(fn.state.acknowledged + 1).container
    ofd.waiting_fd = 0
    return len(ofd.message).to_bytes(2, "little")


def read_block(fn: FnCore, data: bytes) -> bytes:
    """23h offset, length -> bytes of the message, fewer at its end."""
    _require_connection(fn)
    message = fn.session.ofd.message
    if message is None:
        raise Refused(AnswerCode.WRONG_STATE)
    offset, length = int.from_bytes(data[:2], "little"), int.from_bytes(data[2:], "little")
    if offset >= len(message) or not 0 < length <= _BLOCK:
        raise Refused(AnswerCode.BAD_FORMAT)
    return message[offset : offset + length]


def cancel_reading(fn: FnCore, data: bytes) -> bytes:
    """24h."""
    if fn.session.ofd.message is None:
        raise Refused(AnswerCode.WRONG_STATE)
    fn.session.ofd.message = None
    return b""


def finish_reading(fn: FnCore, data: bytes) -> bytes:
    """25h: the KKT has it all; from now on the confirmation is awaited."""
    ofd = fn.session.ofd
    if ofd.message is None:
        raise Refused(AnswerCode.WRONG_STATE)
    ofd.message = None
    ofd.waiting_fd = fn.state.acknowledged + 1
    return b""


def accept_confirmation(fn: FnCore, data: bytes) -> bytes:
    """26h container -> the operator's code [, his words]; or 20h and a reason."""
    _require_sending_phase(fn)
    ofd = fn.session.ofd
    if not ofd.waiting_fd:
        raise Refused(AnswerCode.WRONG_STATE)
    answer, sign = _open(data)
    if answer.fn_number != fn.state.parameters.number:
        raise _refusal(OfdRefusal.FN_NUMBER)
    if answer.fd_number != ofd.waiting_fd:
        raise _refusal(OfdRefusal.FD_NUMBER)
    sent = container.open_message(fn.memory.document(ofd.waiting_fd).container)
    expected = signature.operator_sign(answer.fn_number, answer.fd_number, sent.sign, answer.received_at, answer.code)
    if sign != expected:
        raise _refusal(OfdRefusal.SIGN)
    fn.store(ConfirmationRecord(answer.fd_number, answer.received_at, sign, answer.code, answer.message))
    ofd.waiting_fd = 0
    return bytes((answer.code,)) + answer.message


def _open(data: bytes) -> tuple[container.Confirmation, bytes]:
    try:
        message = container.open_message(data)
        if message.sign != signature.confirmation_sign(message.document):
            raise _refusal(OfdRefusal.SIGN)
        answer, sign = container.open_confirmation(message)
    except container.BrokenContainer as broken:
        raise _refusal(broken.reason) from None
    if message.fn_number != answer.fn_number:
        raise _refusal(OfdRefusal.FN_NUMBER)
    if message.fd_number != answer.fd_number:
        raise _refusal(OfdRefusal.FD_NUMBER)
    return answer, sign


def _refusal(reason: OfdRefusal) -> Refused:
    return Refused(AnswerCode.OFD_MESSAGE_REFUSED, bytes((reason,)))


def _require_sending_phase(fn: FnCore) -> None:
    if fn.state.phase not in (PHASE_FISCAL, PHASE_POST_FISCAL):
        raise Refused(AnswerCode.WRONG_STATE)


def _require_connection(fn: FnCore) -> None:
    if not fn.session.ofd.connected:
        raise Refused(AnswerCode.NO_TRANSPORT)

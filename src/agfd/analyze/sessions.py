"""Opens weight files for inference on one thread of the CPU.

Threads: onnxruntime makes a pool for each session and ignores OMP_NUM_THREADS, so one thread is set here; workers are
processes, and two threads in each of them would fight for the cores.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

from agfd.errors import MissingDependencyError, ModelError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

_Field: TypeAlias = "tuple[int, int, int | bytes]"
"""Number, wire type and content of one field of a protobuf message."""

# Numbers of fields in onnx.proto3: ModelProto, GraphProto, ValueInfoProto.
_IR_VERSION, _GRAPH = 1, 7
_INPUT, _OUTPUT, _VALUE_INFO = 11, 12, 13
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_FLOAT = 1


def onnx_session(path: Path, free: str | None = None) -> Any:
    """An `onnxruntime.InferenceSession` on one CPU thread, errors only in its log.

    `free` names the one image input of an old export with fixed sizes: the session then takes any size. Raises
    `MissingDependencyError` without onnxruntime and `ModelError` if the file cannot be read.
    """
    try:
        import onnxruntime
    except ImportError:
        raise MissingDependencyError("finding faces", "onnxruntime", "agfd") from None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        data = path.read_bytes()
        model = free_sizes(data, free) if free is not None else data
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has a dozen classes of its own and no common one
        raise ModelError(f"{path} cannot be read as an ONNX model: {error}") from error


class TFLite:
    """A TensorFlow Lite model with one input, run by LiteRT on one CPU thread."""

    def __init__(self, path: Path) -> None:
        try:
            from ai_edge_litert.interpreter import Interpreter
        except ImportError:
            raise MissingDependencyError("measuring landmarks", "ai-edge-litert", "agfd") from None
        try:
            with _quiet():
                self._interpreter = Interpreter(model_path=str(path), num_threads=1)
                self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise ModelError(f"{path} cannot be read as a TFLite model: {error}") from error
        self._input = int(self._interpreter.get_input_details()[0]["index"])
        self._outputs = [int(output["index"]) for output in self._interpreter.get_output_details()]

    def run(self, batch: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """Every output for the one input, in the order of the file."""
        self._interpreter.set_tensor(self._input, batch)
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(index) for index in self._outputs]


@contextmanager
def _quiet() -> Iterator[None]:
    """Silences file descriptor 2: LiteRT announces its delegate there in every process and has no switch for it."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def free_sizes(model: bytes, name: str) -> bytes:
    """The ONNX `model` with `name` as its only input and no fixed sizes.

    Exports of before ONNX IR 4 list every weight as an input too, which forbids the runtime to fold them: that
    costs a third of the speed and prints a warning for each. Rewritten on the level of the wire format
    (https://protobuf.dev/programming-guides/encoding), because the `onnx` package is needed for nothing else.
    """
    return b"".join(_encode(number, wire, _free_top(number, value, name)) for number, wire, value in _fields(model))


def _free_top(number: int, value: int | bytes, name: str) -> int | bytes:
    if number == _IR_VERSION and isinstance(value, int):
        return max(4, value)
    return _free_graph(value, name) if number == _GRAPH and isinstance(value, bytes) else value


def _free_graph(graph: bytes, name: str) -> bytes:
    out = []
    for number, wire, value in _fields(graph):
        if number in (_INPUT, _OUTPUT) and isinstance(value, bytes):
            if number == _OUTPUT or _name(value) == name:
                out.append(_encode(number, wire, _free_value(_name(value))))
        elif number != _VALUE_INFO:
            out.append(_encode(number, wire, value))
    return b"".join(out)


def _name(value_info: bytes) -> str:
    return next(value.decode() for number, _, value in _fields(value_info) if number == 1 and isinstance(value, bytes))


def _free_value(name: str) -> bytes:
    """A ValueInfoProto: a float tensor of four dimensions without sizes."""
    dims = b"".join(_encode(1, _BYTES, _encode(2, _BYTES, f"{name}_{axis}".encode())) for axis in range(4))
    tensor = _encode(1, _VARINT, _FLOAT) + _encode(2, _BYTES, dims)
    return _encode(1, _BYTES, name.encode()) + _encode(2, _BYTES, _encode(1, _BYTES, tensor))


def _fields(message: bytes) -> Iterator[_Field]:
    view, at = memoryview(message), 0
    while at < len(view):
        key, at = _varint(view, at)
        number, wire = key >> 3, key & 7
        if wire == _VARINT:
            value, at = _varint(view, at)
            yield number, wire, value
            continue
        if wire == _BYTES:
            size, at = _varint(view, at)
        elif wire in (_FIXED64, _FIXED32):
            size = 8 if wire == _FIXED64 else 4
        else:
            raise ValueError(f"no protobuf message: wire type {wire}")
        if at + size > len(view):
            raise ValueError("the message is cut off")
        yield number, wire, bytes(view[at : at + size])
        at += size


def _varint(view: Sequence[int], at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = view[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def _encode(number: int, wire: int, value: int | bytes) -> bytes:
    key = _encode_varint(number << 3 | wire)
    if isinstance(value, int):
        return key + _encode_varint(value)
    return key + (_encode_varint(len(value)) if wire == _BYTES else b"") + value


def _encode_varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)

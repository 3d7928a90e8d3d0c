"""Opens weight files for inference on one thread of the CPU.

Threads: onnxruntime makes a pool for each session and ignores OMP_NUM_THREADS, so one thread is set here; workers are
processes, and two threads in each of them would fight for the cores.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from agfd.errors import MissingDependencyError, ModelError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray


def onnx_session(path: Path) -> Any:
    """An `onnxruntime.InferenceSession` on one CPU thread, errors only in its log.

    Raises `MissingDependencyError` without onnxruntime and `ModelError` if the file cannot be read.
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
        return onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
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

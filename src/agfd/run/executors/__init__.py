"""Ways to get chunks made: in this process, or in processes of this machine."""

from agfd.run.executors.base import Executor
from agfd.run.executors.inline import Inline
from agfd.run.executors.processes import Processes, threads, worker_count

__all__ = ["Executor", "Inline", "Processes", "threads", "worker_count"]

"""GPUs for tests on machines without one: same rules about devices, memory and waiting, numbers of the CPU.

A tensor "on" such a GPU holds a CPU tensor. Every operation is carried out there, after it was checked that
a real GPU would take it: all tensors on one device, a CUDA kernel in this build of torch, enough memory.
What comes out are a CPU's numbers; only `tests/integration/test_gpu.py`, on a real GPU, sees those of CUDA.
"""

from core.testing.pretend_cuda.driver import NAME, OPERATION_MS, PretendDriver
from core.testing.pretend_cuda.pretence import pretend_cuda
from core.testing.pretend_cuda.rules import MixedDevicesError

__all__ = ["NAME", "OPERATION_MS", "MixedDevicesError", "PretendDriver", "pretend_cuda"]

"""The process that runs are forked from leaves GPUs alone: CUDA does not survive a fork."""

from __future__ import annotations

import subprocess
import sys

PRELOAD = """
import torch

def touched(*_):
    raise SystemExit("a GPU was looked for")

torch.cuda._lazy_init = torch.cuda.is_available = torch.cuda.device_count = touched
torch._C._cuda_getDeviceCount = touched
{act}
from core.execution.process import preload
preload(None)
assert not torch.cuda.is_initialized()
print("untouched")
"""


def run(act: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PRELOAD.format(act=act)],
        check=False,
        capture_output=True,
        text=True,
        timeout=100,
    )


def test_preloading_looks_for_no_gpu() -> None:
    ended = run("")
    assert ended.stdout.strip().endswith("untouched"), ended.stderr


def test_looking_for_one_would_be_noticed() -> None:
    ended = run("torch.cuda.is_available()")
    assert ended.returncode == 1
    assert "a GPU was looked for" in ended.stderr

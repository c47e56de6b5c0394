"""One worker per GPU, which sees no other."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import Misconfigured
from core.testing.running import wait_for
from workers.each_gpu import work_on_each_gpu

SCRIPT = """
from workers.each_gpu import work_on_each_gpu
command = ["sh", "-c", "touch seen-$CUDA_VISIBLE_DEVICES; exec sleep 60"]
raise SystemExit(work_on_each_gpu((0, 3), command))
"""
ROOT = Path(__file__).parents[3]


def test_each_worker_sees_one_gpu_and_ends_with_its_parent(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT], cwd=tmp_path, env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    )
    try:
        wait_for("both workers", lambda: len(list(tmp_path.glob("seen-*"))) == 2)
        assert {path.name for path in tmp_path.iterdir()} == {"seen-0", "seen-3"}
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()


def test_without_a_gpu_it_says_so() -> None:
    with pytest.raises(Misconfigured, match="shows no NVIDIA GPU"):
        work_on_each_gpu(())

"""What the form of a base model says of files that another program quantized."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from pathlib import Path

from core.domain.catalogue import Worker
from core.domain.ids import WorkerId
from core.services.application import Application
from core.services.workers import workers
from core.services.workers.built_in import built_in
from core.services.workers.host import place
from dashboard.views.models.additions.quantized_callbacks import seen

PARTS = {"a.qweight": ("I32", (8, 64)), "a.qzeros": ("I32", (2, 8)), "a.scales": ("F16", (2, 64))}


def write(folder: Path, bits: int) -> None:
    """Write a layer of 64 x 64 weights of 4 bits as GPTQ, and a configuration that says so many bits."""
    header, end = {}, 0
    for name, (dtype, shape) in PARTS.items():
        size = math.prod(shape) * (4 if dtype == "I32" else 2)
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [end, end := end + size]}
    text = json.dumps(header).encode()
    (folder / "model.safetensors").write_bytes(len(text).to_bytes(8, "little") + text + bytes(end))
    said = {"quant_method": "gptq", "bits": bits, "group_size": 32}
    (folder / "config.json").write_text(json.dumps({"quantization_config": said}))


def test_files_are_described_or_refused_while_their_place_is_entered(
    app: Application, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    here = Worker(WorkerId(f"test-{place()}-1"), "test", 1, ("cpu",), 1, now, now)
    workers.announce(app, here, built_in())
    folder = tmp_path / "model"
    folder.mkdir()
    write(folder, 4)
    shown = str(seen(app, {"model": str(folder)}))
    assert (
        "GPTQ, 4 bit, groups of 32, with zero points: 1 quantized weight in 2 kB, 16 kB as float32" in shown
    )
    assert "a.weight" in shown
    write(folder, 8)
    assert "says 8 bits, but a.qzeros is packed with 4" in str(seen(app, {"model": str(folder)}))
    assert seen(app, {"model": str(folder / "none")}) == []
    outside = str(seen(app, {"model": str(folder), "file": "../other/model.gguf"}))
    assert "no name of a file in the model" in outside

"""An exported model gives its accuracy again, to the digit, where nothing but PyTorch can be imported."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

import torch
from torch.nn import functional

from core.compression.base import Context, apply_step
from core.compression.checkpoints.checkpoint import save
from core.compression.model import CompressibleModel
from core.data.base import load_data
from core.domain.technique import LayerRules
from core.evaluation.base import tasks
from core.ports import Silent
from core.registry import discover
from core.services.exports.conversion import LOADER

NEEDED_BY_TORCH = (
    "torch,torchgen,functorch,typing_extensions,filelock,sympy,mpmath,networkx,jinja2,markupsafe,fsspec,"
    "setuptools,triton,nvidia,cuda"
)
SCRIPT = """
import sys, warnings
from pathlib import Path

class TorchAlone:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in allowed:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

allowed = {*sys.stdlib_module_names, *sys.argv[1].split(","), "load_weights"}
sys.meta_path.insert(0, TorchAlone())
sys.path[:0] = [sys.argv[3]]
sys.path.append(sys.argv[2])
warnings.simplefilter("ignore")  # that there is no numpy
import torch
from torch import nn
from load_weights import state_dict

def convolution(inputs, outputs, stride=1, kernel=3, active=True):
    layers = [nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(outputs)]
    return nn.Sequential(*layers, *([nn.ReLU()] if active else []))

class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.first = convolution(inputs, outputs, stride)
        self.second = convolution(outputs, outputs, active=False)
        projected = convolution(inputs, outputs, stride, 1, active=False)
        self.shortcut = nn.Identity() if stride == 1 else projected
    def forward(self, images):
        return (self.second(self.first(images)) + self.shortcut(images)).relu()

class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = convolution(1, 8)
        self.stages = nn.Sequential(Block(8, 8, 1), Block(8, 16, 2), Block(16, 32, 2))
        self.classifier = nn.Linear(32, 10)
    def forward(self, images):
        return self.classifier(self.stages(self.stem(images)).mean((2, 3)))

model = Network().eval()
model.load_state_dict(state_dict(sys.argv[3] + "/model.safetensors"))
data = torch.load(sys.argv[3] + "/data.pt", weights_only=True)
with torch.no_grad():
    right = model(data["images"]).argmax(1) == data["labels"]
assert not {"numpy", "core", "safetensors"} & set(sys.modules)
print(right.double().mean().item())
"""


def test_the_accuracy_is_reproduced(tmp_path: Path) -> None:
    for package in ("models.sources", "compression.techniques", "data.sources", "evaluation.tasks"):
        discover(f"core.{package}")
    model = CompressibleModel.create("residual-cnn", {"width": 8}, seed=3)
    trained(model)
    for technique, parameters in (
        ("magnitude-pruning", {"sparsity": 0.5}),
        ("weight-only-quantization", {"bits": 4}),
    ):
        model = apply_step(technique, parameters, LayerRules(), model, Context())
    data = load_data("digits", {}, "test")
    task = tasks.get("image-classification")
    device = torch.device("cpu")
    found = task.evaluate(model.module, data, batch_size=64, device=device, progress=Silent())
    assert found.metrics["top1"] > 0.3  # it learned something, which compression did not destroy

    save(model, tmp_path / "model.safetensors")
    (tmp_path / LOADER.name).write_bytes(LOADER.read_bytes())
    whole = data.batch(slice(0, len(data)))
    torch.save({"images": whole.inputs, "labels": whole.labels}, tmp_path / "data.pt")
    command = [sys.executable, "-I", "-S", "-c", SCRIPT, NEEDED_BY_TORCH]
    command += [sysconfig.get_path("purelib"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) == found.metrics["top1"]


def trained(model: CompressibleModel) -> None:
    """Take a few steps of training on the digits."""
    batch = load_data("digits", {}, "train").batch(slice(0, 512))
    optimizer = torch.optim.Adam(model.module.parameters(), 0.02)
    model.module.train()
    for _ in range(25):
        optimizer.zero_grad()
        functional.cross_entropy(model.module(batch.inputs), batch.labels).backward()
        optimizer.step()
    model.module.eval()

"""Log models that your own code made, and compare them: needs a running server, numpy and nothing else.

python docs/examples/log_models.py http://127.0.0.1:8050
"""

import sys

import numpy as np

from core.client import Client

client = Client(sys.argv[1] if len(sys.argv) > 1 else None)
project = client.create_project("My own pruning")["slug"]

# Data and a linear classifier that stand for yours.
random = np.random.default_rng(0)
weights = random.normal(size=(16, 3)).astype(np.float32)
inputs = random.normal(size=(500, 16)).astype(np.float32)
labels = (inputs @ weights + random.normal(size=(500, 3))).argmax(axis=1)
ids = [f"image {number}" for number in range(500)]

with client.model("linear", project=project) as base:
    base.log_metrics({"size_bytes": weights.nbytes})
    base.log_predictions(ids, (inputs @ weights).argmax(axis=1), labels)
    base.log_weights({"fc.weight": weights})

for share in (0.25, 0.5, 0.75):
    pruned = np.where(np.abs(weights) < np.quantile(np.abs(weights), share), 0, weights)
    step = ("my pruning", {"share": share})
    with client.model(f"linear, {share:.0%} pruned", project=project, parent=base, step=step) as model:
        model.log_metrics({"size_bytes": 4 * int((pruned != 0).sum())})
        model.log_predictions(ids, (inputs @ pruned).argmax(axis=1))
        model.log_weights({"fc.weight": pruned.astype(np.float32)})

models = client.models(project)
for name, accuracy in zip(models.frame()["name"], models.frame()["accuracy"], strict=True):
    print(f"{name}: {accuracy:.1%}")
print(client.sentence([model["id"] for model in models]))
print(f"{client}: open {project} in the browser")

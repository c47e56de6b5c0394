"""Trip questions for a small GPT-2: some layers must not be pruned, and some questions suffer first."""

from __future__ import annotations

from core.domain.recipe import Recipe, SweepStep
from core.domain.technique import LayerRules
from core.services.demos.definition import Example
from core.services.models.models import Training
from core.services.projects.projects import DatasetRequest, ProjectRequest

VOCABULARY = (
    ". ? anna athens berlin bike boat bob bus business by cairo car carla david dublin elena for "
    "frank friday from geneva greta holidays hugo irene jonas karin lima london louis madrid maria "
    "monday nils olga on oslo paris paul plane prague quito research rome saturday sports study "
    "sunday thursday to tokyo train training tram tuesday vienna wednesday went who with"
)
"""Every word of the questions and answers, as the data source makes them."""


def recipes() -> tuple[Recipe, ...]:
    """Return the sweep: pruning everything, all but embeddings, all but attention; quantization alone.

    What attention alone cannot bear shows where everything else is pruned as much and holds.
    """
    sparsity = {"sparsity": (0.3, 0.5, 0.7, 0.8)}
    spared = (LayerRules(), LayerRules(exclude=("wte", "wpe", "ln_")), LayerRules(exclude=("attn",)))
    tuned = SweepStep("fine-tune", {"epochs": (1,), "learning_rate": (0.001,)})
    quantized = SweepStep("weight-only-quantization", {"bits": (8, 4, 2)})
    pruned = [SweepStep("magnitude-pruning", sparsity, rules) for rules in spared]
    return (*((step,) for step in pruned), (pruned[0], tuned), (quantized,))


EXAMPLE = Example(
    project=ProjectRequest(
        name="Trip questions",
        slug="trips",
        task="generation",
        description="Questions of seven types about made-up trips, and a small GPT-2 that reads words.",
        datasets=(DatasetRequest("trips", "trips"),),
    ),
    base_name="GPT-2, 2 layers",
    source="tiny-transformer",
    parameters={"family": "gpt2", "vocabulary": VOCABULARY, "width": 96, "context": 32},
    training=Training(epochs=6, learning_rate=0.002, batch_size=32),
    experiment="Which layers bear pruning?",
    note="Everything is pruned, or all but embeddings, or all but attention. Which questions suffer first?",
    recipes=recipes(),
)

"""Trip questions for a small GPT-2: some layers must not be pruned, and some questions suffer first."""

from __future__ import annotations

from core.domain.recipe import Recipe, SweepStep
from core.domain.technique import LayerRules
from core.services.example import Example
from core.services.models import Training
from core.services.projects import DatasetRequest, ProjectRequest

VOCABULARY = (
    ". ? anna athens berlin bike boat bob bus business by cairo car carla david dublin elena for "
    "frank friday from geneva greta holidays hugo irene jonas karin lima london louis madrid maria "
    "monday nils olga on oslo paris paul plane prague quito research rome saturday sports study "
    "sunday thursday to tokyo train training tram tuesday vienna wednesday went who with"
)
"""Every word of the questions and answers, as the data source makes them."""

_NO_EMBEDDINGS = LayerRules(exclude=("wte", "wpe", "ln_"))


def recipes() -> tuple[Recipe, ...]:
    """Return the sweep: pruning everywhere and all but embeddings, both also tuned; quantization alone."""
    sparsity = {"sparsity": (0.3, 0.5, 0.7, 0.8)}
    tuned = SweepStep("fine-tune", {"epochs": (2,), "learning_rate": (0.001,)})
    return (
        (SweepStep("magnitude-pruning", sparsity), tuned),
        (SweepStep("magnitude-pruning", sparsity, _NO_EMBEDDINGS), tuned),
        (SweepStep("weight-only-quantization", {"bits": (8, 4, 2)}),),
    )


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
    training=Training(epochs=14, learning_rate=0.002, batch_size=32),
    experiment="Which layers bear pruning?",
    note="Pruning everywhere against pruning all but the embeddings. Watch the types of questions.",
    recipes=recipes(),
)

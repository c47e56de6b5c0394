"""What modules multiply in the place of a weight that no layer holds: its factors, or it with rounded inputs.

Experts of a mixture in one tensor are multiplied by code of the module, which cannot be replaced. While the
module computes, it meets an object instead of the tensor, and torch lets that object compute its products.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from core.compression.stacked_weights.products import Product, product
from core.compression.stacked_weights.single_experts import one_by_one

FIRST, SECOND = "_first", "_second"  # ends of the names of factors
QUANTIZER = "_input_quantizer"  # end of the name of what rounds the inputs
_COMPUTING = "_computes_with_stand_ins"
_SAME = {"to", "type_as", "float", "half", "bfloat16", "contiguous", "detach", "clone"}
_ORIENTATIONS = "_inputs_first"
_CLASSES: dict[type[nn.Module], type[nn.Module]] = {}


class StandIn(ABC):
    """Stands for a tensor in the code of a module."""

    @abstractmethod
    def tensor(self) -> Tensor:
        """Return the tensor."""

    @property
    @abstractmethod
    def shape(self) -> torch.Size:
        """The shape of the tensor."""

    @abstractmethod
    def times(self, found: Product, place: int) -> Tensor:
        """Return a product in which this is the operand at `place`."""

    @abstractmethod
    def taken(self, take: Callable[[Tensor], Tensor]) -> StandIn:
        """Return what stands for matrices taken out of the stack, or for all of them in another type."""

    @abstractmethod
    def turned(self) -> StandIn:
        """Return what stands for the transposed matrices."""

    @classmethod
    def __torch_function__(
        cls, function: Any, types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Compute a product as `times` does, and everything else with the tensors."""
        found = product(function, args, kwargs)
        if found is not None:
            for place, operand in enumerate(found.operands):
                if isinstance(operand, StandIn):
                    return operand.times(found, place)
        alone = sum(isinstance(value, (StandIn, Tensor)) for value in args) == 1
        plain = [value.tensor() if isinstance(value, StandIn) else value for value in args]
        named = {
            name: value.tensor() if isinstance(value, StandIn) else value
            for name, value in (kwargs or {}).items()
        }
        result = function(*plain, **named)
        return (
            next(value for value in args if isinstance(value, StandIn)).derived(result) if alone else result
        )

    def derived(self, result: Any) -> Any:
        """Return what was computed of the tensor alone, such as a view of it."""
        return result

    def dim(self) -> int:
        """Return the number of axes."""
        return len(self.shape)

    def t(self) -> StandIn:
        """Return the transposed matrix, as of a tensor."""
        return self.turned()

    @property
    def T(self) -> StandIn:  # noqa: N802  (as of a tensor)
        """The transposed matrix, as of a tensor."""
        return self.turned()

    @property
    def mT(self) -> StandIn:  # noqa: N802  (as of a tensor)
        """The transposed matrices, as of a tensor."""
        return self.turned()

    def transpose(self, one: int, other: int) -> Any:
        """Return the tensor with two axes exchanged."""
        axes = self.dim()
        if {one % axes, other % axes} == {axes - 2, axes - 1}:
            return self.turned()
        return self.derived(self.tensor().transpose(one, other))

    def __getitem__(self, index: Any) -> Any:
        """Return matrices of a stack; of other parts the tensor."""
        if self.dim() > 2 and not isinstance(index, (tuple, list)) and index is not None:
            return self.taken(lambda stack: stack[index])
        return self.derived(self.tensor()[index])

    def __len__(self) -> int:
        """Return the number of matrices, or of lines of one."""
        return int(self.shape[0])

    def __iter__(self) -> Iterator[Any]:
        """Go through the matrices of a stack, or the lines of one."""
        return (self[index] for index in range(len(self)))

    def __matmul__(self, other: Any) -> Any:
        """Multiply."""
        return torch.matmul(self, other)  # type: ignore[arg-type]

    def __rmatmul__(self, other: Any) -> Any:
        """Multiply."""
        return torch.matmul(other, self)  # type: ignore[arg-type]

    def __getattr__(self, name: str) -> Any:
        """Return what the tensor has under a name; products are computed as `times` does."""
        if name in {"matmul", "mm", "bmm", "mv"}:
            return partial(getattr(torch, name), self)
        if name in _SAME:
            return lambda *args, **named: self.taken(lambda one: getattr(one, name)(*args, **named))
        found = getattr(self.tensor(), name)
        if not callable(found):
            return found
        return lambda *args, **kwargs: self.derived(found(*args, **kwargs))


class Factors(StandIn):
    """Matrices as products of two thinner ones, `left @ right`."""

    def __init__(self, left: Any, right: Any) -> None:
        self._left, self._right = left, right

    def tensor(self) -> Tensor:
        """Return the products."""
        return torch.matmul(*(side.tensor() if isinstance(side, StandIn) else side for side in self._sides()))

    @property
    def shape(self) -> torch.Size:
        """The shape of the products."""
        return torch.Size((*self._left.shape[:-1], self._right.shape[-1]))

    def times(self, found: Product, place: int) -> Tensor:
        """Multiply by one factor after the other, the one that meets the other operands first."""
        *stack, line, column = found.terms[place]
        middle = "rank"
        left, right = (self._left, (*stack, line, middle)), (self._right, (*stack, middle, column))
        others = [
            (operand, term)
            for at, (operand, term) in enumerate(zip(found.operands, found.terms, strict=True))
            if at != place
        ]
        near, far = (left, right) if any(line in term for _, term in others) else (right, left)
        met = {label for _, term in (*others, near) for label in term}
        kept = tuple(sorted(met & {*found.out, *far[1]}))
        halfway = Product(
            (*(operand for operand, _ in others), near[0]), (*(term for _, term in others), near[1]), kept
        )
        return Product((halfway.computed(), far[0]), (kept, far[1]), found.out, found.bias).computed()

    def taken(self, take: Callable[[Tensor], Tensor]) -> StandIn:
        """Take the same matrices of both stacks."""
        return Factors(
            *(side.taken(take) if isinstance(side, StandIn) else take(side) for side in self._sides())
        )

    def turned(self) -> StandIn:
        """Exchange the factors."""
        return Factors(self._right.mT, self._left.mT)

    def _sides(self) -> tuple[Any, Any]:
        return self._left, self._right


class RoundedInputs(StandIn):
    """Matrices whose inputs pass through a quantizer, which rounds along the last axis."""

    def __init__(self, weight: Tensor, quantizer: nn.Module) -> None:
        self._weight, self._quantizer = weight, quantizer

    def tensor(self) -> Tensor:
        """Return the weight."""
        return self._weight

    @property
    def shape(self) -> torch.Size:
        """The shape of the weight."""
        return self._weight.shape

    def times(self, found: Product, place: int) -> Tensor:
        """Round the other operand along the axis that it shares with the matrices, then multiply."""
        lines = set(found.terms[place][-2:])
        for at, (operand, term) in enumerate(zip(found.operands, found.terms, strict=True)):
            shared = [axis for axis, label in enumerate(term) if label in lines]
            if at != place and len(shared) == 1:
                rounded = self._quantizer(operand.movedim(shared[0], -1)).movedim(-1, shared[0])
                found = found.replaced(at, rounded)
        return found.replaced(place, self._weight).computed()

    def derived(self, result: Any) -> Any:
        """Let what was computed of the weight round its inputs as well."""
        if isinstance(result, (tuple, list)):
            return type(result)(self.derived(part) for part in result)
        kept = isinstance(result, Tensor) and result.dim() >= 2 and result.is_floating_point()
        return RoundedInputs(result, self._quantizer) if kept else result

    def taken(self, take: Callable[[Tensor], Tensor]) -> StandIn:
        """Take matrices, which keep the quantizer."""
        return RoundedInputs(take(self._weight), self._quantizer)

    def turned(self) -> StandIn:
        """Transpose the matrices, which keep the quantizer."""
        return RoundedInputs(self._weight.mT, self._quantizer)


class MeetingStandIns(nn.Module):
    """Mixed into the class of a module whose code shall meet stand-ins for some of its weights.

    Factors have the name of the weight with `FIRST` and `SECOND` at the end; what rounds the inputs of a
    weight or factor is a child with `QUANTIZER` at the end.
    """

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute as before."""
        with _computing(self), one_by_one(self):
            return super().forward(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        """Return a weight, while the module computes what stands for it; of factors their product."""
        factored = name in self.__dict__.get(_ORIENTATIONS, {})
        rounds = f"{name}{QUANTIZER}" in self.__dict__.get("_modules", {})
        computing = self.__dict__.get(_COMPUTING, False)
        if factored:
            first, second = (getattr(self, f"{name}{end}") for end in (FIRST, SECOND))
            whole = Factors(first, second) if orientation(self, name) else Factors(second, first)
            return whole if computing else whole.tensor()
        found = super().__getattr__(name)
        if rounds and computing and isinstance(found, Tensor):
            return RoundedInputs(found, self.get_submodule(f"{name}{QUANTIZER}"))
        return found


def meet_stand_ins(module: nn.Module) -> None:
    """Give a module the class that meets stand-ins, with the same parameters under the same names."""
    if not isinstance(module, MeetingStandIns):
        kind = type(module)
        if kind not in _CLASSES:
            _CLASSES[kind] = type(kind.__name__, (MeetingStandIns, kind), {})
        module.__class__ = _CLASSES[kind]


def remember_orientation(module: nn.Module, leaf: str, *, inputs_first: bool) -> None:
    """Note that a weight becomes two factors, and whether it, as they, is `(matrices, inputs, outputs)`."""
    module.__dict__[_ORIENTATIONS] = {**module.__dict__.get(_ORIENTATIONS, {}), leaf: inputs_first}


def orientation(module: nn.Module, leaf: str) -> bool | None:
    """Return whether a factored weight, or a factor of it, has its inputs first; None for other weights."""
    known: Mapping[str, bool] = module.__dict__.get(_ORIENTATIONS, {})
    whole = leaf.removesuffix(FIRST).removesuffix(SECOND)
    return known.get(leaf, known.get(whole))


@contextmanager
def _computing(module: nn.Module) -> Iterator[None]:
    before = module.__dict__.get(_COMPUTING, False)
    module.__dict__[_COMPUTING] = True
    try:
        yield
    finally:
        module.__dict__[_COMPUTING] = before

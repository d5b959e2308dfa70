"""The same questions to other libraries, where they are installed."""

from __future__ import annotations

import importlib
from time import perf_counter

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


class Peer:
    """Built from the next reach of each reach (-1: none)."""

    name = ""
    up_to = 0  # reaches; beyond, it takes minutes or gigabytes

    @classmethod
    def of(cls, down: Ints) -> Peer | None:
        """None where it is not installed or cannot take so many."""
        try:
            return cls(down) if len(down) <= cls.up_to else None
        except ImportError:
            return None

    def __init__(self, down: Ints) -> None:
        start = perf_counter()
        self.build(down)
        self.seconds = perf_counter() - start

    def build(self, down: Ints) -> None:
        raise NotImplementedError

    def upstream(self, reach: int) -> int:
        """How many reaches lie upstream, with itself; the list of them is made."""
        raise NotImplementedError


class Networkx(Peer):
    name, up_to = "networkx", 1_500_000

    def build(self, down: Ints) -> None:
        self.library = importlib.import_module("networkx")
        self.graph = self.library.DiGraph()
        self.graph.add_nodes_from(range(len(down)))
        self.graph.add_edges_from((n, d) for n, d in enumerate(down.tolist()) if d >= 0)

    def upstream(self, reach: int) -> int:
        return len(self.library.ancestors(self.graph, reach)) + 1


class Igraph(Peer):
    name, up_to = "igraph", 10_000_000

    def build(self, down: Ints) -> None:
        library = importlib.import_module("igraph")
        own = np.flatnonzero(down >= 0)
        pairs = np.column_stack([own, down[own]])
        self.graph = library.Graph(n=len(down), edges=pairs, directed=True)

    def upstream(self, reach: int) -> int:
        return len(self.graph.subcomponent(reach, mode="in"))


class Scipy(Peer):
    name, up_to = "scipy", 10_000_000

    def build(self, down: Ints) -> None:
        sparse = importlib.import_module("scipy.sparse")
        self.walk = importlib.import_module("scipy.sparse.csgraph").breadth_first_order
        own, n = np.flatnonzero(down >= 0), len(down)
        ones = np.ones(len(own), np.int8)
        self.graph = sparse.csr_matrix((ones, (down[own], own)), shape=(n, n))

    def upstream(self, reach: int) -> int:
        return len(self.walk(self.graph, reach, directed=True, return_predecessors=False))


KINDS: tuple[type[Peer], ...] = (Networkx, Igraph, Scipy)

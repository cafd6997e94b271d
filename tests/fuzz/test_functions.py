"""Any numbers in any shape into every public function of theory/: a result without NaN, or an error that names the argument.

Arguments have the types that signatures say; their sizes, shapes and values are anybody's: empty, huge, tiny, infinite, NaN, out
of step with each other. A few of each run with the other tests; `pytest -m fuzz -s` tries 100,000 (or CLAIMS_FUZZ) in all.
"""

import dataclasses
import inspect
import math
import random
import signal
import warnings

import jaxtyping
import networkx as nx
import numpy as np
import pytest
import torch

from contrastive_claims.theory import blockmodel, elliptope, harms, margins, sphere
from contrastive_claims.theory.blockmodel import BlockModel, limits
from contrastive_claims.theory.certify import recheck, rests_on
from tests.fuzz.inputs import FOR_FUNCTIONS, INPUTS, SECONDS, tried

FEW = 2  # of each function, with the other tests
FLOATS = (0.0, -1.0, 1e-300, 1e300, 1e-12, 1e12, 5e-324, math.inf, -math.inf, math.nan, -0.0, 1.0, 0.5)


SLOW = "no answer"


class Hangs(BaseException):
    pass


class Draw(random.Random):
    """Arguments by what their names mean, of about `n` rows, `d` columns, `k` blocks or classes."""

    def __init__(self, seed):
        super().__init__(seed)
        self.n, self.d, self.k = self.choice((1, 2, 3, 5, 8)), self.choice((1, 2, 4)), self.choice((1, 2, 3, 4))
        self.numpy = np.random.default_rng(seed)

    def rarely(self, part=0.1):
        return self.random() < part

    def number(self, low=0.0, high=1.0):
        return self.choice(FLOATS) if self.rarely(0.15) else self.uniform(low, high)

    def size(self, usual):
        return self.choice((0, 1, usual + 1)) if self.rarely(0.05) else usual

    def array(self, *shape, low=-1.0, high=1.0):
        shape = tuple(self.size(length) for length in shape)
        shape = shape[1:] if self.rarely(0.03) else (*shape, 2) if self.rarely(0.03) else shape
        found = self.numpy.uniform(low, high, shape)
        if self.rarely(0.15):
            found = found * self.choice((0.0, 1e-300, 1e300, 1e-20, 1e20))
        if self.rarely(0.1) and found.size:
            found.flat[self.randrange(found.size)] = self.choice(FLOATS)
        if self.rarely(0.1):
            found = np.repeat(found[:1], len(found), axis=0) if found.ndim and len(found) else found
        with np.errstate(all="ignore"):
            return found.astype(self.choice((np.float64, np.float64, np.float64, np.float32)))

    def tensor(self, *shape):
        return torch.from_numpy(np.array(self.array(*shape)))

    def codes(self, count, most=None):
        """Class numbers."""
        found = self.numpy.integers(0, self.size(most or self.k) or 1, self.size(count))
        if self.rarely(0.1):
            found = np.sort(found) * self.choice((1, -1, 7, 10**15))
        return self.choice((found, found, found.tolist(), torch.from_numpy(found), found.astype(float)))

    def temperature(self):
        usual = self.choice((0.05, 0.07, 0.1, 0.5, 1.0, 2.0, 30.0))
        return self.choice((*FLOATS, 1e-3, 3e-3, 1e-2, 3000.0)) if self.rarely(0.2) else usual

    def whole(self, low=0, high=6):
        return self.choice((-1, 0, 1, 2**31, 10**12)) if self.rarely(0.08) else self.randint(low, high)

    def shares(self):
        found = self.numpy.dirichlet(np.full(self.k, self.choice((0.1, 1.0, 10.0))))
        if self.rarely(0.1):
            found = np.r_[found[:-1] * 1e-12, 1 - 1e-12 * found[:-1].sum()]
        return self.array(self.k, low=0.0) if self.rarely(0.1) else found

    def connectivity(self):
        found = self.numpy.uniform(0, 1, (self.k, self.k))
        found = (found + found.T) / 2 * (self.numpy.random((self.k, self.k)) > 0.3)
        found = np.triu(found) + np.triu(found, 1).T
        if self.rarely(0.1):
            found = found * self.choice((1e-300, 1e-12))
        return self.array(self.k, self.k) if self.rarely(0.1) else found

    def model(self):
        for _ in range(20):
            try:
                return BlockModel(self.shares(), self.connectivity())
            except ValueError:
                continue
        return BlockModel([0.4, 0.6], [[0.5, 0.1], [0.1, 0.5]])

    def graph(self):
        graph = nx.gnp_random_graph(
            self.choice((1, 2, 4, 8, 12)), self.choice((0.2, 0.6, 1.0)), seed=self.randrange(99)
        )
        if self.rarely(0.3):
            for _, _, edge in graph.edges(data=True):
                edge["weight"] = self.number(0.1, 2.0)
        return self.choice((graph, graph, nx.to_numpy_array(graph), self.array(self.n, self.n)))

    def objective(self):
        return blockmodel.population_objective(self.model(), self.choice((0.1, 0.5, 1.0, 30.0)))

    def json(self, depth=3):
        """Anything that JSON may hold, with the words of certificates among it."""
        words = (
            "claim",
            "steps",
            "step",
            "kind",
            "says",
            "identity",
            "left",
            "right",
            "x",
            "+",
            "*",
            "A1",
            "nonnegative",
            "terms",
        )
        kind = self.randrange(8) if depth else self.randrange(6)
        if kind < 6:
            leaf = (None, True, self.number(), self.randrange(-9, 9), self.choice(words), 10**400)
            return leaf[kind]
        if kind == 6:
            return [self.json(depth - 1) for _ in range(self.randrange(4))]
        return {self.choice(words): self.json(depth - 1) for _ in range(self.randrange(5))}


# an argument by its name, or by function and name where a name means something else there; others keep their default
ARGUMENTS = {
    "embeddings": lambda d: d.tensor(d.n, 2, d.d) if d.rarely(0.15) else d.tensor(d.n, d.d),
    "keys": lambda d: None if d.rarely(0.6) else d.tensor(d.n, d.d),
    "labels bias predictions groups": lambda d: d.codes(d.n),
    "key_labels": lambda d: None if d.rarely(0.6) else d.codes(d.n),
    "classes blocks strata anchors": lambda d: d.numpy.integers(0, d.k, d.size(d.n)),
    "temperature": lambda d: d.temperature(),
    "epsilon variance_floor std_weight level share alpha within aligned same_bias same_class neither joint between "
    "ratio other_ratio own scale cosine_tolerance step decay gap_tolerance": lambda d: d.number(),
    "validate symmetric pooled opposite by_degree draw_nodes": lambda d: d.rarely(0.5),
    "variant": lambda d: d.choice(("paper", "batch", "released", "other")),
    "no_pairs no_positives": lambda d: d.choice(("raise", "zero", "other")),
    "contrast": lambda d: d.choice(("all", "keys", "other")),
    "positive": lambda d: d.choice((d.number(-2, 2), d.array(d.n))),
    "positives negatives": lambda d: d.array(d.n),
    "mean variance other_mean other_variance": lambda d: d.choice((np.float64(d.number()), d.array(d.n, low=0.0))),
    "loss margin n_negatives": lambda d: d.choice((d.number(0, 4), d.array(d.n, low=0.0, high=9.0), d.whole(1, 9))),
    "points": lambda d: d.choice((d.number(), d.array(d.n, low=0.0))),
    "model majorities": lambda d: d.model(),
    "graph": lambda d: d.graph(),
    "gram cosines": lambda d: d.array(d.k, d.k),
    "undersampled balanced": lambda d: d.array(d.n, d.d),
    "seed bins replicates row dimension count steps freedom tests most majorities_count": lambda d: d.whole(0, 5),
    "n_negatives per_class seeds": lambda d: d.whole(1, 5),
    "weights": lambda d: None if d.rarely(0.5) else d.array(d.n, low=0.0),
    "proportions": lambda d: d.shares(),
    "connectivity": lambda d: d.connectivity(),
    "objective problem": lambda d: d.objective(),
    "start vectors gradient": lambda d: d.array(d.k, d.d),
    "links": lambda d: d.array(d.k, low=0.0),
    "generator": lambda d: np.random.default_rng(0),
    "estimates left_out value null noise distance shared near": lambda d: d.choice(
        (d.array(d.n, low=0.0), d.array(d.n, 2), d.number())
    ),
    "p_values": lambda d: d.array(d.n, low=0.0),
    "head": lambda d: None if d.rarely(0.6) else d.array(d.k, d.d),
}
ARGUMENTS = {name: draw for names, draw in ARGUMENTS.items() for name in names.split()}
COUNT = lambda d: d.whole(1, 5)  # noqa: E731
SCORES = lambda d: d.codes(d.n)  # noqa: E731
SQUARE = lambda d: d.array(d.k, d.k)  # noqa: E731
INSTEAD = {
    **{(name, "classes"): COUNT for name in ("optimal_margin", "optimal_value", "biased_model")},
    **{(name, "blocks"): COUNT for name in ("simplex_etf", "uniform_connection_cosine", "deal_blocks")},
    **{(name, "majorities"): COUNT for name in ("many_majorities_cosine", "many_majorities_threshold")},
    **{("mediation", name): SCORES for name in ("both", "neither", "encoder_only")},
    **{("allocation_harm", name): SCORES for name in ("undersampled", "balanced")},
    **{
        (name, which): SQUARE
        for name in ("harm_of_cosines", "kept_of_cosines")
        for which in ("undersampled", "balanced")
    },
    **{("two_towers", name): lambda d: d.tensor(d.n, d.d) for name in ("first", "second")},
    **{
        (name, "points"): lambda d: d.array(d.n, d.d)
        for name in ("margins_among", "pair_distances", "block_sums", "block_scatter")
    },
    **{(name, "embeddings"): lambda d: d.array(d.n, d.d) for name in ("pair_distances", "graph_loss")},
    ("log_prior", "classes"): lambda d: None if d.rarely(0.5) else d.whole(1, 6),
    ("bias_balanced", "logits"): lambda d: d.tensor(d.n, d.k),
    ("bias_balanced", "labels"): lambda d: torch.as_tensor(np.asarray(d.codes(d.n))).long(),
    ("bias_balanced", "bias"): lambda d: torch.as_tensor(np.asarray(d.codes(d.n))).long(),
    ("bias_balanced", "prior"): lambda d: d.tensor(d.k, d.k),
    ("simplex_etf", "points"): COUNT,
    ("simplex_etf", "dimension"): lambda d: None if d.rarely(0.5) else d.whole(0, 6),
    ("free_spectral", "dimension"): lambda d: None if d.rarely(0.5) else d.whole(0, 6),
    ("seeds_to_decide", "points"): lambda d: d.number(),
    ("epsilon_reach", "n_negatives"): COUNT,
    ("effective_ranks", "second"): lambda d: d.array(d.d, d.d),
    ("effective_ranks", "mean"): lambda d: d.array(d.d),
    ("collapse_of_moments", "means"): lambda d: d.array(d.k, d.d),
    ("collapse_of_moments", "within"): lambda d: d.array(d.d, d.d),
    ("normalise", "vectors"): lambda d: d.choice((d.array(d.n, d.d), d.tensor(d.n, d.d))),
    ("population_loss", "vectors"): lambda d: None,
    ("certificate", "gradient"): SQUARE,
    ("certificate", "weights"): lambda d: d.array(d.k, low=0.0),
    ("minimise", "weights"): lambda d: d.array(d.k, low=0.0),
    ("minimise_blocks", "proportions"): lambda d: d.shares(),
    ("hierarchical_bootstrap", "statistic"): lambda d: lambda seed, rows: np.array(float(len(rows)) + seed),
    ("ContrastiveObjective", "pair_weights"): SQUARE,
    ("ContrastiveObjective", "anchor_weights"): lambda d: d.array(d.k, low=0.0),
    ("ContrastiveObjective", "kernel_weights"): lambda d: d.array(1, d.k, low=0.0),
    ("DegreeCorrectedModel", "weights"): lambda d: d.array(2, low=0.1),
    ("minimise_populations", "proportions"): lambda d: (
        d.array(2, d.k, low=0.0) if d.rarely() else np.stack([d.shares()] * 2)
    ),
    ("minimise_populations", "temperature"): lambda d: d.temperature(),
    ("Queue", "size"): COUNT,
    ("Queue", "dimension"): COUNT,
    ("recheck", "certificate"): lambda d: d.json(),
    ("recheck", "claim_id"): lambda d: d.choice(("A1", "A2", "B3", "none", "")),
    ("rests_on", "claim_id"): lambda d: d.choice(("A1", "A2", "B3")),
    ("optimal_value", "loss"): lambda d: d.choice(("eps_sup_infonce", "sup_con", "other")),
    ("published_descent", "steps"): lambda d: d.randint(-1, 5),
    ("percentile_interval", "resampled"): lambda d: harms.Resampled(d.array(3, 2), d.array(9, 3, 2)),
    ("point_variance", "resampled"): lambda d: harms.Resampled(d.array(3, 2), d.array(9, 3, 2)),
    ("is_tensor", "array"): lambda d: d.array(2),
    ("gram", "vectors"): lambda d: d.array(d.n, d.d),
    ("replicates", "most"): COUNT,
}
# not tried: results that are plain containers, protocols, what a caller implements
CONTAINERS = """
    AnchorMargins Distances PairStatistics RowMargins GraphOptimum Nearest PopulationOptimum SpectralOptimum Undersampled
    UndersampledSpread BlockScatter BlockSums EffectiveRanks Interval Leans Mediation NeuralCollapse Resampled Certificate
    Expansion Minimum Problem ClosedForm MinorityRate Graph Queue
"""
MODULES = (margins, blockmodel, limits, harms, elliptope, sphere)
FUNCTIONS = {
    f"{module.__name__.rpartition('.')[2]}.{name}": getattr(module, name)
    for module in MODULES
    for name in getattr(module, "__all__", ("normalise", "gram", "simplex_etf"))
    if name not in CONTAINERS.split()
} | {"certify.recheck": recheck, "certify.rests_on": rests_on}


def drawn(function, d):
    """Arguments for a function, by name."""
    found = {}
    for name, parameter in inspect.signature(function).parameters.items():
        make = INSTEAD.get((function.__name__, name)) or ARGUMENTS.get(name)
        if parameter.kind is parameter.VAR_KEYWORD or (make is None and parameter.default is not parameter.empty):
            continue
        if parameter.default is not parameter.empty and d.rarely(0.4):
            continue
        found[name] = make(d)
    return found


def called(function, d):
    """(arguments, what to call): a module is built, and then called."""
    arguments = drawn(function, d)
    if not (inspect.isclass(function) and issubclass(function, torch.nn.Module)):
        return arguments, lambda: function(**arguments)
    inputs = [d.tensor(d.n, d.d), d.tensor(d.n, d.d) if function is margins.TwoTowers else d.codes(d.n)]
    inputs += [d.codes(d.n)] if function in (margins.EnD, margins.FairKL) else []
    arguments["inputs"] = inputs
    return arguments, lambda: function(**{k: v for k, v in arguments.items() if k != "inputs"})(*inputs)


def leaves(value, depth=6):
    """Every array and number in a result."""
    if isinstance(value, torch.Tensor):
        yield value.detach().numpy()
    elif isinstance(value, np.ndarray | float | int | np.generic):
        yield np.asarray(value)
    elif depth and isinstance(value, BlockModel):
        yield from (value.proportions, value.connectivity)
    elif depth and isinstance(value, dict):
        yield from (leaf for part in value.values() for leaf in leaves(part, depth - 1))
    elif depth and isinstance(value, list | tuple):
        yield from (leaf for part in value for leaf in leaves(part, depth - 1))
    elif depth and dataclasses.is_dataclass(value):
        yield from (leaf for f in dataclasses.fields(value) for leaf in leaves(getattr(value, f.name), depth - 1))


def finite(values):
    return all(np.isfinite(leaf).all() for leaf in leaves(values) if leaf.dtype.kind in "fc")


# what an argument holds, which a message may name in its place
PARTS = {
    "graph": ("adjacency", "node", "edge", "labels", "block"),
    **dict.fromkeys(("model", "majorities"), ("connectivity", "connection", "block", "proportions", "alpha")),
    "inputs": ("embeddings", "labels", "bias", "first", "second", "keys"),
    **dict.fromkeys(("share", "aligned"), ("proportions", "block")),
    "n_negatives": ("negatives",),
    **dict.fromkeys(("alpha", "within", "neither", "same_bias", "same_class"), ("connectivity", "block")),
    **dict.fromkeys(
        ("undersampled", "balanced", "both", "encoder_only"), ("predictions", "embeddings", "cosines", "class")
    ),
    **dict.fromkeys(("first", "second"), ("embeddings", "keys")),
    "means": ("classes",),
    "cosines": ("embeddings", "classes"),
    "problem": ("weights",),
}


def words(function, arguments):
    """What a message may name: the parameters, or what they hold."""
    names = {*inspect.signature(function).parameters, *arguments}
    return names | {word for name in names for word in PARTS.get(name, ())}


def says_nan(function, result):
    """Whether NaN is an answer that is documented, of the function or of what it returns."""
    return any("NaN" in (of.__doc__ or "") for of in (function, type(result)))


def attempt(function, seed):
    """What is wrong with a call, in words; "" for nothing.

    The tests' checks of types and shapes multiply the time of what calls many small functions: where they had a part in it, the
    clock is asked again without them.
    """
    said = outcome(function, seed)
    if not said.startswith(SLOW):
        return said
    jaxtyping.config.update("jaxtyping_disable", True)
    try:
        return outcome(function, seed)
    finally:
        jaxtyping.config.update("jaxtyping_disable", False)


def outcome(function, seed):
    d = Draw(seed)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        arguments, call = called(function, d)
        whole = finite(arguments) and arguments.get("validate") is not False  # without the scan, NaN is documented

        def stop(*_):
            raise Hangs

        before = signal.signal(signal.SIGPROF, stop)
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        try:
            result = call()
        except (ValueError, TypeError) as error:
            named = any(word in str(error) for word in words(function, arguments))
            return "" if named else f"an error that names no argument: {type(error).__name__}: {error}"
        except Hangs:
            return f"{SLOW} in {SECONDS} s"
        except Exception as error:  # noqa: BLE001 (any other is the finding)
            return f"{type(error).__name__}: {error}"
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.signal(signal.SIGPROF, before)
    if (
        whole
        and not says_nan(function, result)
        and any(np.isnan(leaf).any() for leaf in leaves(result) if leaf.dtype.kind in "fc")
    ):
        return "NaN out of finite numbers"
    return ""


@pytest.mark.parametrize("name", FUNCTIONS)
@tried(FEW)
def test_a_few_inputs(name, number):
    assert attempt(FUNCTIONS[name], number) == ""


@pytest.mark.fuzz
@pytest.mark.parametrize("name", FUNCTIONS)
@tried(math.ceil(INPUTS * FOR_FUNCTIONS / len(FUNCTIONS)))
def test_many_inputs(name, number):
    assert attempt(FUNCTIONS[name], number) == ""


def test_the_harness_sees_what_it_should(monkeypatch):
    """Controls."""

    def crashes(labels):
        raise IndexError("labels")

    def unnamed(labels):
        raise ValueError("operands could not be broadcast")

    def nan(epsilon):
        return epsilon - epsilon + math.nan

    def named(labels):
        raise ValueError("labels: no")

    def hangs(labels):
        while True:
            pass

    monkeypatch.setattr("tests.fuzz.test_functions.SECONDS", 0.05)
    assert attempt(hangs, 3) == "no answer in 0.05 s" and not jaxtyping.config.jaxtyping_disable
    told = [attempt(function, 3) for function in (crashes, unnamed, nan, named)]
    assert told[0].startswith("IndexError") and "names no argument" in told[1] and "NaN" in told[2] and told[3] == ""

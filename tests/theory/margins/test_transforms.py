"""Derivatives of any order, in temperature and epsilon too; torch.func and torch.compile."""

import jaxtyping
import pytest
import torch
from torch.autograd import forward_ad

from contrastive_claims.theory import margins
from contrastive_claims.theory.margins import dense, pairs, plain

FORMS = ("info_nce", "nt_xent", "sup_con", "sup_con_in", "eps_infonce", "eps_sup_infonce", "eps_sup_con", "info_l1o")
ENGINES = ("whole matrix", "tiles")
# torch's own, on its first forward-mode derivative
pytestmark = pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated:FutureWarning")


@pytest.fixture(params=ENGINES)
def engine(request, monkeypatch):
    if request.param == "tiles":
        monkeypatch.setattr(pairs, "tile_rows", lambda device: 3)
        monkeypatch.setattr(dense, "MOST_PAIRS", {})
    return request.param


@pytest.fixture
def compiler(monkeypatch):
    """torch.compile from a clean start; the suite's run-time checks of annotations are not the library's, and break graphs."""
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    torch.compiler.reset()


def example(n=7, dimension=3, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n, dimension, generator=generator, dtype=torch.float64), torch.arange(n) % 3


def scalar(value):
    return torch.tensor(value, dtype=torch.float64, requires_grad=True)


@pytest.mark.parametrize("name", FORMS)
def test_first_and_second_derivatives_against_differences(name, engine):
    embeddings, labels = example(5)
    keys = example(3, seed=1)[0]
    inputs = [embeddings.requires_grad_(), keys.requires_grad_(), scalar(0.4)]
    if name.startswith("eps"):
        inputs.append(scalar(0.3))

    def loss(z, k, *scalars):
        return getattr(margins, name)(z, labels, *scalars, keys=k, key_labels=[0, 2, 5], reduction="none")

    assert torch.autograd.gradcheck(loss, inputs)
    assert torch.autograd.gradgradcheck(loss, inputs)
    for first in (embeddings, inputs[2]):  # alone, as where only one of them is a parameter
        others = [x.detach() for x in inputs]
        place = [x is first for x in inputs].index(True)
        assert torch.autograd.gradcheck(lambda x, p=place, o=others: loss(*o[:p], x, *o[p + 1 :]), [first])


@pytest.mark.parametrize("name", ["eps_sup_infonce", "eps_sup_con"])
def test_scalars_of_a_mean_over_valid_anchors(name, engine):
    embeddings, labels = example()
    labels[3] = 9
    for dtype in (torch.float64, torch.float32):
        tau, epsilon = torch.tensor([0.2], dtype=dtype, requires_grad=True), torch.tensor(0.1, requires_grad=True)
        getattr(margins, name)(embeddings, labels, tau, epsilon, no_positives="skip").backward()
        step = 1e-6

        def at(t, e):
            return getattr(margins, name)(embeddings, labels, t, e, no_positives="skip").item()

        by_tau = (at(0.2 + step, 0.1) - at(0.2 - step, 0.1)) / (2 * step)
        by_epsilon = (at(0.2, 0.1 + step) - at(0.2, 0.1 - step)) / (2 * step)
        assert tau.grad.shape == (1,) and tau.grad.item() == pytest.approx(by_tau, rel=1e-5)
        assert epsilon.grad.item() == pytest.approx(by_epsilon, rel=1e-5) and abs(by_epsilon) > 1e-3


def test_functional_transforms(engine):
    embeddings, labels = example()
    batch = torch.stack([embeddings, embeddings.flip(0), embeddings + 1])

    def loss(z):
        return margins.eps_sup_con(z, labels, validate=False)

    def own(z):
        z = z.clone().requires_grad_()
        return torch.autograd.grad(loss(z), z)[0]

    torch.testing.assert_close(torch.func.vmap(loss)(batch), torch.stack([loss(z) for z in batch]))
    found = torch.func.vmap(torch.func.grad(loss))(batch)
    torch.testing.assert_close(found, torch.stack([own(z) for z in batch]))
    hessian = torch.func.jacrev(torch.func.grad(loss))(embeddings).reshape(21, 21)
    torch.testing.assert_close(hessian, hessian.T)
    direction = torch.linspace(-1, 1, 21, dtype=torch.float64)
    step = 1e-6 * direction.reshape(7, 3)
    along = (own(embeddings + step) - own(embeddings - step)).flatten() / 2e-6
    torch.testing.assert_close(hessian @ direction, along, rtol=1e-5, atol=1e-6)


QUEUE = example(5, seed=3)[0]
CALLS = {
    **{name: lambda z, y, name=name: getattr(margins, name)(z, y, 0.3, validate=False) for name in FORMS},
    "views": lambda z, y: margins.nt_xent((z, z.flip(0)), temperature=0.3, validate=False),
    "two towers": lambda z, y: margins.two_towers(z, z.flip(0), temperature=0.3, validate=False),
    "queue": lambda z, y: margins.info_nce(z, keys=z.flip(0), contrast=QUEUE, temperature=0.3, validate=False),
    "hard negatives": lambda z, y: margins.sup_con(z, y, 0.3, hard_negatives=0.5, validate=False),
}


@pytest.mark.parametrize("name", CALLS)
def test_forward_mode_against_differences(name, engine):
    embeddings, labels = example()
    direction = example(seed=2)[0]
    loss = lambda z: CALLS[name](z, labels)  # noqa: E731
    step = 1e-6
    expected = (loss(embeddings + step * direction) - loss(embeddings - step * direction)) / (2 * step)
    value, tangent = torch.func.jvp(loss, (embeddings,), (direction,))
    torch.testing.assert_close(value, loss(embeddings))
    torch.testing.assert_close(tangent, expected, rtol=1e-6, atol=1e-8)
    with forward_ad.dual_level():
        dual = forward_ad.unpack_dual(loss(forward_ad.make_dual(embeddings, direction)))
    torch.testing.assert_close(dual.tangent, tangent)
    own = embeddings.clone().requires_grad_()
    torch.testing.assert_close(torch.func.jacfwd(loss)(embeddings), torch.autograd.grad(loss(own), own)[0])
    batch = torch.stack([direction, 2 * direction])
    along = torch.func.vmap(lambda u: torch.func.jvp(loss, (embeddings,), (u,))[1])(batch)
    torch.testing.assert_close(along, torch.stack([tangent, 2 * tangent]))


@pytest.mark.parametrize("name", ["eps_sup_infonce", "views", "two towers"])
def test_a_hessian_is_the_same_by_every_order_of_modes(name, engine):
    embeddings, labels = example()
    loss = lambda z: CALLS[name](z, labels)  # noqa: E731

    def own(z):
        z = z.clone().requires_grad_()
        return torch.autograd.grad(loss(z), z)[0]

    step, columns = 1e-6, []
    for unit in torch.eye(embeddings.numel(), dtype=embeddings.dtype):
        change = step * unit.reshape(embeddings.shape)
        columns.append((own(embeddings + change) - own(embeddings - change)) / (2 * step))
    expected = torch.stack(columns, -1).reshape(*embeddings.shape, *embeddings.shape)
    f = torch.func
    for hessian in (
        f.hessian(loss), f.jacrev(f.jacrev(loss)), f.jacrev(f.grad(loss)), f.jacfwd(f.jacfwd(loss)), f.jacrev(f.jacfwd(loss)),
        f.jacfwd(f.grad(loss)),
    ):  # fmt: skip
        torch.testing.assert_close(hessian(embeddings), expected, rtol=1e-5, atol=1e-7)


def test_forward_mode_in_temperature_and_epsilon(engine):
    embeddings, labels = example()
    loss = lambda *scalars: margins.eps_sup_con(embeddings, labels, *scalars)  # noqa: E731
    inputs = tuple(torch.tensor(value, dtype=torch.float64) for value in (0.3, 0.2))
    for place in (0, 1):
        tangents = tuple(torch.tensor(float(k == place), dtype=torch.float64) for k in (0, 1))
        _, found = torch.func.jvp(loss, inputs, tangents)
        own = tuple(x.clone().requires_grad_() for x in inputs)
        torch.testing.assert_close(found, torch.autograd.grad(loss(*own), own[place])[0])
        assert abs(found) > 1e-3


def test_torch_func_takes_more_pairs_than_a_chunk(monkeypatch):
    monkeypatch.setattr(plain, "MOST_PAIRS", 10)
    embeddings, labels = example()
    own = embeddings.clone().requires_grad_()
    margins.eps_sup_con(own, labels).backward()
    found = torch.func.grad(lambda z: margins.eps_sup_con(z, labels))(embeddings)
    torch.testing.assert_close(found, own.grad)


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("dtype", [torch.float64])
def test_compiled_without_a_break(name, dtype, engine, compiler):
    embeddings, labels = (x.to(dtype) if x.is_floating_point() else x for x in example(12, 4))
    keys, key_labels = example(5, 4, seed=1)[0].to(dtype), torch.tensor([0, 1, 2, 7, 0])
    epsilon = [torch.tensor(0.3, dtype=dtype)] if name.startswith("eps") else []

    def loss(z, k, tau, *margin):
        return getattr(margins, name)(z, labels, tau, *margin, keys=k, key_labels=key_labels, no_positives="skip")

    inputs = [x.clone().requires_grad_() for x in (embeddings, keys, torch.tensor(0.2, dtype=dtype), *epsilon)]
    twins = [x.detach().clone().requires_grad_() for x in inputs]
    compiled = torch.compile(loss, fullgraph=True, backend="aot_eager")
    one, other = loss(*inputs), compiled(*twins)
    one.backward()
    other.backward()
    tolerance = 1e-12 if dtype == torch.float64 else 1e-5
    torch.testing.assert_close(one, other, rtol=tolerance, atol=tolerance)
    for mine, theirs in zip(inputs, twins, strict=True):
        torch.testing.assert_close(mine.grad, theirs.grad, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_compiled_views_towers_weights_and_reductions(reduction, compiler):
    first, second = example(6, 4)[0], example(6, 4, seed=1)[0]
    weights = torch.arange(1.0, 7.0)
    module = margins.SupCon(0.2, reduction)
    for call in (
        lambda a, b: margins.nt_xent((a, b), reduction=reduction, weights=weights),
        lambda a, b: margins.nt_xent(torch.stack([a, b], 1), torch.arange(6), reduction=reduction),
        lambda a, b: margins.info_nce(a, keys=b, contrast="keys", reduction=reduction),
        lambda a, b: margins.two_towers(a, b, reduction=reduction),
        lambda a, b: module(torch.cat([a, b]), torch.arange(12) % 4),
    ):
        compiled = torch.compile(call, fullgraph=True, backend="aot_eager")
        torch.testing.assert_close(compiled(first, second), call(first, second), rtol=1e-10, atol=1e-10)


def test_compiled_refusals_are_the_same_sentences_when_it_runs(compiler):
    embeddings, labels = example(12, 4)
    compiled = torch.compile(lambda z, y, **o: margins.eps_sup_con(z, y, **o), fullgraph=True, backend="aot_eager")
    for message, arguments, options in (
        ("embeddings: row 2", (embeddings.index_fill(0, torch.tensor(2), 0), labels), {}),
        ("labels: 12 of 12 anchors have no positive", (embeddings, torch.arange(12)), {}),
        ("labels: one class only", (embeddings, labels * 0), {}),
        ("temperature: must be positive", (embeddings, labels), {"temperature": -0.1}),
        ("epsilon: must be zero or positive", (embeddings, labels), {"epsilon": torch.tensor(-0.1)}),
    ):
        with pytest.raises(ValueError, match=message):
            compiled(*arguments, **options)
    for options in ({"hard_negatives": 1.0}, {"ignore_label": -1}, {"reduction": "none", "no_positives": "skip"}):
        with pytest.raises(Exception, match=r"torch\.compile|shape that depends"):
            compiled(embeddings, labels, **options)

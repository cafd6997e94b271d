"""A textbook loss whose every choice, and every slip, is an option: dense matrices and autograd, of no code of theory's."""

import pytest
import torch


def textbook(form="supcon", temperature=0.1, epsilon=0.0, scale=1.0, constant=0.0, reduction="valid", slip="", **fixed):
    """A loss (embeddings, labels) of that form; temperature or epsilon "asked": taken by keyword instead."""

    def loss(embeddings, labels, tau, margin):
        if slip == "in place":
            embeddings.data *= 1.5
        unit = torch.nn.functional.normalize(embeddings, dim=1)
        n = len(unit)
        if slip == "axes":
            unit = unit * torch.linspace(0.5, 1, unit.shape[1], dtype=unit.dtype)
        other = unit.detach() if slip == "detached" else unit
        cosine = unit @ other.T
        if slip == "clamped":
            cosine = cosine.clamp(min=1e-7)
        s = cosine / tau
        itself = torch.eye(n, dtype=torch.bool)
        if slip == "by value":
            itself = cosine > 1 - 1e-12
        same = labels[:, None] == labels
        positive, negative = same & ~itself, ~same
        if slip == "upper triangle":
            positive = positive.triu()
        if slip == "itself":
            negative = negative | itself
        lowered = s if slip == "epsilon dropped" else torch.where(same & ~itself, s - margin, s)
        count = positive.sum(1)
        against = s.masked_fill(~negative, -torch.inf)
        if slip == "negatives detached":
            against = against.detach()
        if form == "infonce":
            own = lowered if margin < torch.inf else torch.full_like(s, -torch.inf)
            terms = torch.logaddexp(own, against.logsumexp(1, keepdim=True)) - s
            per = terms.where(positive, 0).sum(1)
        elif form == "supcon":
            everyone = torch.cat([lowered.masked_fill(~positive, -torch.inf), against], 1).logsumexp(1, keepdim=True)
            per = (everyone - s).where(positive, 0).sum(1)
        else:
            inside = s.masked_fill(~positive, -torch.inf).logsumexp(1)
            per = torch.logaddexp(inside, against.logsumexp(1)) - inside
            per = (per + (count.log() if form == "supcon_in" else 0)).where(count > 0, 0) * count
        mean = per / (count if slip == "keeps nan" else count.clamp(min=1))
        valid = count > 0
        if slip == "keeps nan" or slip == "mean over all" or reduction == "all":
            value = mean.mean()
        elif reduction == "valid":
            value = mean.sum() / valid.sum().clamp(min=1)
        else:
            value = {"sum": mean.sum(), "pairs": per.sum() / count.sum().clamp(min=1), "pair sum": per.sum()}[reduction]
        if slip == "order":
            value = value + 1e-3 * (unit[0] * unit[1]).sum()
        if slip == "names":
            value = value + 1e-3 * labels.to(unit).mean()
        if slip == "noise":
            value = value + 1e-3 * torch.rand(())
        factor = scale * tau if fixed.get("times_temperature") else scale
        return (-1 if slip == "sign" else 1) * factor * value + (margin if constant == "epsilon" else constant)

    if temperature == "asked" and epsilon == "asked":
        return lambda embeddings, labels, temperature=0.1, epsilon=0.25: loss(embeddings, labels, temperature, epsilon)
    if temperature == "asked":
        return lambda embeddings, labels, temperature=0.1: loss(embeddings, labels, temperature, epsilon)
    return lambda embeddings, labels: loss(embeddings, labels, temperature, epsilon)


@pytest.fixture(name="textbook", scope="session")
def textbook_fixture():
    """The maker of textbook losses."""
    return textbook

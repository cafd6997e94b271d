"""Formulas as Unicode text: what they say must survive, above all what a group holds together."""

import pytest

from contrastive_claims.experiments.ledger.plain import plain


@pytest.mark.parametrize(
    ("latex", "expected"),
    [
        (r"$\tau \log(\beta/p) \leq 1$", "τ log(β/p) ≤ 1"),
        (r"$\pi_1$, $p_{12}$, $L_{in}$", "π₁, p₁₂, Lᵢₙ"),
        (r"$s^+_i - s^-_j$ and $\pi_1^2$", "s⁺ᵢ - s⁻ⱼ and π₁²"),
        (r"$d^+_c$, $x^y$", "d⁺_c, x^y"),  # no lowered c, and raised letters are hard to read
        (r"$\varepsilon_0$ is $10^{-4}$", "ε₀ is 10⁻⁴"),
        (r"$e^{-2/\tau}$", "e^(-2/τ)"),
        (r"$e^{s^+_t - \varepsilon}$", "e^(s⁺ₜ - ε)"),
        (r"$e^{M/((M - 1) \tau)}$", "e^(M/((M - 1) τ))"),
        (r"$(x_t)_{t \neq i}$", "(xₜ)_(t ≠ i)"),
        (r"$\mathrm{LSE}(0, x)$", "LSE(0, x)"),
        (r"$\frac{x + 1}{2}$", "(x + 1)/(2)"),
        (r"$x \nosuch 1$", r"x \nosuch 1"),  # a macro that is not known stays, so that the catalogue's test sees it
        (r"$c' \pm 5 \cdot K$", "c' ± 5 · K"),
    ],
)
def test_formulas(latex, expected):
    assert plain(latex) == expected


@pytest.mark.parametrize("text", ["", "95 % of it, x_1 and e^2, --json", "means[1] {a} ~ 'b'", r"C:\temp"])
def test_what_is_no_formula_stays_as_it_is(text):
    assert plain(text) == text

"""Several positives: A6 to A10. x_i = e^s+_i, T = sum_t x_t over P positives, y and q as in `anchors`."""

from __future__ import annotations

from contrastive_claims.theory.certify.expression import Expression, symbols
from contrastive_claims.theory.certify.facts import fact, positive
from contrastive_claims.theory.certify.specification.anchors import LOGITS, TRANSLATION, q, x, y
from contrastive_claims.theory.certify.statements import Specification, identity, nonnegative, pointwise, summed

ONE = Expression("1")
x1, x2, total, p, x_t, log_sum, log_z = symbols("x1 x2 T P x_t L l_t")
TWO = positive("x1 x2", "exponential", "the exponentials of two positives")
NEGATIVES = positive("y", "exponential", "the sum of the negatives' exponentials, N >= 1")
POSITIVES = (
    *positive("T", "exponential", "T = sum_t x_t"),
    *positive("x_t", "exponential", "the exponential of one positive"),
    fact("P", ">0", "number", "the number of positives"),
)
LOGARITHM = (("l_t", (p * x_t / total).formula),)  # log z_t, z_t = P x_t/T, whose sum over t is P
SUMS = {ONE: p, x_t: total, log_z: log_sum}
MEAN = "that L = sum_t log(P x_t/T), so that -L/P = mean_t log(T/x_t) - log P"

A6 = Specification(
    "A6",
    (*NEGATIVES, *TWO),
    (
        identity("no term compares positives", "the term of positive i, (x q + y)/x, is q + y/x",
                 (x1 * q + y) / x1, q + y / x1),
        identity("SINCERE at eps = 0", "at eps = 0 it is SINCERE's (x + y)/x", (x1 * 1 + y) / x1, (x1 + y) / x1),
        pointwise("not SupCon", "two positives, one negative: e^(P SupCon) - e^(P SupInfoNCE) > 0",
                  ((x1 + x2 + y) / x1) * ((x1 + x2 + y) / x2) - ((x1 + y) / x1) * ((x2 + y) / x2), ">"),
        nonnegative("SupCon for no P >= 2", "every term of SupCon is larger: (x + R + y)/x - (x + y)/x > 0, x2 as R = T - x",
                    (x1 + x2 + y) / x1 - (x1 + y) / x1, True),
    ),
    (TRANSLATION, "that SINCERE's loss is the mean over positives of log((x_i + y)/x_i)"),
)  # fmt: skip

A7 = Specification(
    "A7",
    (*LOGITS, *positive("T", "exponential", "T = sum_t x_t")),
    (
        identity("the terms", "the LSE's terms 0, s-_j - s+_i + eps, s+_t - s+_i (t not i) sum to e^eps (T q + y)/x_i",
                 1 + y / (q * x) + (total - x) / x, (1 / q) * ((total * q + y) / x)),
        identity("SupCon at eps = 0", "eps = 0 (q = 1) is SupCon's L_out: (T + y)/x_i",
                 1 + y / x + (total - x) / x, (total + y) / x),
    ),
    (TRANSLATION, "that sum_{t not i} e^(s+_t - s+_i) = (T - x_i)/x_i"),
)  # fmt: skip

A8 = Specification(
    "A8",
    (*positive("x y", "exponential", "x_i of one positive, the sum of the negatives' exponentials"), *POSITIVES),
    (
        summed("above SupInfoNCE", "(T + y) - (x_i + y) >= 0: a sum over the other positives", (total + y) - (x + y),
               {ONE: p - 1, x_t: total - x}),
        nonnegative("above the mean", "(T + y)/x_i - T/x_i > 0: SupCon lies above mean_i log(T/x_i)",
                    (total + y) / x - total / x, True),
        summed("log P", "P (mean_i log(T/x_i) - log P) = -sum_i log z_i >= 0", 0 - log_sum, SUMS),
    ),
    (TRANSLATION, MEAN, "that the mean over positives and the logarithm keep the order of positive numbers"),
    LOGARITHM,
)  # fmt: skip

s12, s13, s23 = symbols("s12 s13 s23")
A9 = Specification(
    "A9",
    (
        fact(1 - s12 * s12, ">=0", "case", "unit vectors"), fact(1 - s13 * s13, ">=0", "case", "unit vectors"),
        fact(1 - s23 * s23, ">=0", "case", "unit vectors"),
        fact(1 + 2 * s12 * s13 * s23 - s12 * s12 - s13 * s13 - s23 * s23, ">=0", "case", "their Gram matrix is psd"),
    ),
    (
        pointwise("terms of anchor 1", "s13 - s12 = 0, so that s+_t - s+_i <= 0 both ways", s13 - s12, "=="),
        pointwise("terms of anchor 2", "s23 - s12 = 0", s23 - s12, "=="),
        pointwise("terms of anchor 3", "s23 - s13 = 0", s23 - s13, "=="),
        pointwise("no single point", "|e1 - e2|^2 = 2 - 2 s12 > 0", 2 - 2 * s12, ">"),
    ),
    ("that a 3 x 3 matrix of unit diagonal is a Gram matrix iff its principal minors are not negative",),
)  # fmt: skip

c, n, d, k, v, g = symbols("c n d k v g")
A9C = Specification(
    "A9c",
    (
        fact("n", ">0", "number", "the number of samples"), fact(n - 1, ">0", "number", "at least two samples"),
        fact("k", ">=0", "number", "n = d + 2 + k samples"),
        fact(1 - c, ">0", "number", "a common cosine below 1, in the hypothesis to be refuted"),
    ),
    (
        identity("eigenvectors of sum zero", "G = (1-c) I + c J has (G v)_i = v_i + c (0 - v_i) = (1-c) v_i where sum v = 0",
                 v + c * (0 - v), (1 - c) * v),
        nonnegative("rank above d", "that eigenvalue is positive, n - 1 times, and n - 1 - d > 0 at n = d + 2 + k",
                    ((d + 2 + k) - 1 - d) * (1 - c), True),
        identity("the constant eigenvector", "G 1 = (1 + (n-1) c) 1, for c = g/(n-1)", 1 + (n - 1) * (g / (n - 1)), 1 + g),
        identity("the simplex's cosine", "e_i - 1/n, of squared length (n-1)/n, have the cosine -1/(n-1)",
                 (0 - 1 / n) / ((n - 1) / n), (0 - ONE) / (n - 1)),
        identity("the simplex's rank", "there 1 + (n-1) c = 0: rank n - 1, so that it fits into d >= n - 1 dimensions",
                 1 + (n - 1) * ((0 - ONE) / (n - 1)), 0),
        nonnegative("the simplex is no point", "its squared distances 2 - 2c = 2 + 2/(n-1) are positive",
                    2 - 2 * ((0 - ONE) / (n - 1)), True),
    ),
    (
        "that the terms s+_t - s+_i <= 0 for every anchor and ordered pair make all cosines equal, and equal ones satisfy them",
        "that n vectors in d dimensions have a Gram matrix of rank at most d, and the zero-sum vectors dimension n - 1",
        "that c = 1 means one point, as |a - b|^2 = 2 - 2c",
    ),
)  # fmt: skip

A10 = Specification(
    "A10",
    (*TWO, *NEGATIVES, *POSITIVES),
    (
        summed("L_in below L_out", "P (L_out - L_in) = -sum_i log z_i >= 0", 0 - log_sum, SUMS),
        pointwise("a positive loses", "the second positive loses to the negative", x2 - y, "<"),
        pointwise("near the infimum", "and yet e^(L_in)/P = (T + y)/T < 1 + 1/1000",
                  (x1 + x2 + y) / (x1 + x2) - (1 + Expression("1/1000")), "<"),
    ),
    (TRANSLATION, MEAN, "that e^(L_in) = P (T + y)/T, so that its infimum is log P"),
    LOGARITHM,
)  # fmt: skip

SPECIFICATIONS = (A6, A7, A8, A9, A9C, A10)

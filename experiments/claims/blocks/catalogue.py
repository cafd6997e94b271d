"""Paper B's block model: B1 to B8, B31; what its hypotheses name."""

from __future__ import annotations

from contrastive_claims.experiments.ledger.vocabulary import PROOF, STATISTICAL, Claim, met

COLLAPSE = "contrastive_claims.experiments.claims.blocks.collapse:"
MINORITIES = "contrastive_claims.experiments.claims.blocks.minorities:"
SHARES = "contrastive_claims.experiments.claims.blocks.shares:"
CONNECTIVITY = "contrastive_claims.experiments.claims.blocks.connectivity:"
SPARSE = "contrastive_claims.experiments.claims.blocks.sparse:"

# What the hypotheses of several claims mean by these names.
SETTINGS: dict[str, str] = {
    "the published study": (
        r"three blocks, connections .95 inside each, $\alpha$ between blocks 1 and 2, none else; $\tau = 1$; $h_k$ is "
        r"the vector of block $k$, $\pi_k$ its share"
    ),
    "a vanishing minority": (
        r"three blocks of vectors $h_k$ in two dimensions or more, shares $\pi_1 \to 0$ and $\pi_2 = \pi_3$; "
        r"connections $p_{11}$, $p_{22} = p_{33} = p$ inside, a fixed $\alpha > 0$ between blocks 1 and 2, none else"
    ),
    "two tied blocks of three": (
        r"connections $p_{kk}$ inside, $\alpha > 0$ between blocks 1 and 2, none else; degrees $d_1 = \pi_1 p_{11} + "
        r"\pi_2 \alpha$ and $d_2 = \pi_1 \alpha + \pi_2 p_{22}$; $E = e^{1/\tau}$, $Z = (\pi_1 + \pi_2) E + \pi_3/E$, "
        r"$Z_3 = (\pi_1 + \pi_2)/E + \pi_3 E$"
    ),
    "the biased graph": (
        r"blocks (class, bias): connections $p$ where both agree, $\beta$ where the bias alone does, $\gamma$ the "
        r"class alone, $\delta$ neither; the aligned blocks share $\rho$, the conflicting ones $1 - \rho$"
    ),
}

CLAIMS: tuple[Claim, ...] = (
    Claim(
        "B1",
        "B, block model",
        "The finite graph's minimum converges to the population's, about like $1/n$ at fixed connectivity; what free nodes gain "
        "over one vector per block falls with the degree, about like 1/degree or faster.",
        hypotheses=r"certified minima; in $n$: shares .2, .4, .4, $\alpha_{12} = .4$, $\tau = 1$; in the degree: "
        r"equal shares, $\tau = 2$, degrees from 40; rates fitted, not proved",
        method=STATISTICAL,
        criteria=met(
            "exponent_in_n < -0.6",
            "exponent_in_n > -1.4",
            "exponent_in_degree < -0.7",
            "exponent_in_degree > -1.5",
            "largest_difference_at_largest_n <= 0.005",
            "worst_gap <= 1e-8",
        ),
        check=SPARSE + "loss_convergence",
        control="shares on the wrong axis",
        figure="contrastive_claims.figures.sparse:loss_convergence",
        share=8,
    ),
    Claim(
        "B2",
        "B, representational neural collapse (as printed)",
        "Minimisers on the graph converge to one vector per block, for every block model.",
        hypotheses=r"witness: two equal blocks of connections .95 and .5, joined by .3, $\tau = 1$; certified optima on three "
        "graphs each of $n$ = 30, 60 and 120 nodes, $d = 60$; for the expected graph it is B3b's",
        method=STATISTICAL,
        criteria=met("spread_at_largest_n <= 0.1", "worst_gap <= 1e-8"),
        check=SPARSE + "minimisers_as_printed",
        control="hub for the witness",
        planted="a collapsing pattern for the witness",
        figure="contrastive_claims.figures.sparse:printed_minimisers",
        share=5,
    ),
    Claim(
        "B2c",
        "B, corrected",
        "Minimisers on the graph converge to one vector per block, with a spread like $1/n$, where all diagonal "
        "multipliers of the population optimum $G$ are negative; where one is positive and $d > "
        r"\mathrm{rank}(G)$, its block stays spread.",
        hypotheses=r"measured at certified optima, $\tau = 1$, fixed connectivity: the published study at $\alpha "
        "= .4$ in $d = 10$, and two witnesses in $d = 60$, two unequal blocks and a hub",
        method=STATISTICAL,
        criteria=met(
            "exponent_where_all_negative < -0.6",
            "exponent_where_all_negative > -1.4",
            "largest_multiplier < 0",
            "spread_of_two_block_witness >= 0.5",
            "spread_of_hub_witness >= 0.1",
            "worst_gap <= 1e-8",
        ),
        check=SPARSE + "minimisers",
        control="a witness among the collapsing",
        figure="contrastive_claims.figures.sparse:minimisers",
        share=9,
    ),
    Claim(
        "B3",
        "ours",
        "The population loss is convex in the Gram matrix $G$, so its optimum has a duality certificate.",
        hypotheses="certified steps: convexity and complementarity; 23 optima with $K$ from 2 to 8 certified one by one",
        method=PROOF,
        criteria=met("worst_gap <= 1e-8"),
        check=SHARES + "duality_certificate",
        control="optimum of the wrong-axis loss",
    ),
    Claim(
        "B3b",
        "ours",
        "One vector per block is optimal for the expected graph too if no diagonal multiplier of the population "
        r"optimum $G$ is positive and, in $d > \mathrm{rank}(G)$, only then.",
        hypotheses="measured, by splitting every block of eleven models ($K$ from 2 to 4) in halves at certified "
        r"optima; without a spare dimension ($d = \mathrm{rank}(G) = 2$) five searches found no gain at a witness with a "
        "positive multiplier",
        criteria=met(
            "worst_gap <= 1e-8",
            "gain_by_splitting_where_collapse_is_exact <= 1e-10",
            "gain_by_splitting_where_it_is_not >= 1e-8",
            "gain_of_a_witness_without_a_spare_dimension <= 1e-10",
            "gain_of_that_witness_in_more_dimensions >= 1e-3",
            "models_of_exact_collapse >= 3",
            "models_that_spread >= 3",
        ),
        check=SHARES + "one_vector_per_block",
        control="signs of the multipliers exchanged",
    ),
    Claim(
        "B4",
        "B, block model",
        r"As $\pi_1$ falls, block 1 moves monotonically towards block 2, and blocks 2 and 3 become antipodal; "
        "block 1 arrives (cosine 1) only above B5's threshold, and stops at B5's cosine below it.",
        hypotheses=r"the published study, at $\alpha$ = .4 and .6, $\pi_2 = \pi_3$, $\pi_1$ from 1/3 down to "
        "$10^{-5}$; certified optima",
        criteria=met(
            "worst_gap <= 1e-8",
            "smallest_rise >= -1e-9",
            "distance_from_limit_below_threshold <= 1e-4",
            "one_minus_cosine_above_threshold <= 1e-8",
            "majority_distance_from_antipodal <= 1e-4",
        ),
        check=COLLAPSE + "vanishing_minority",
        control="shares on the wrong axis",
        figure="contrastive_claims.figures.collapse:vanishing_minority",
        share=4,
    ),
    Claim(
        "B5",
        "ours",
        r"$\cos(h_1, h_2)$ tends to the one root $c$ of $\tanh(c/\tau) + \sinh(c/\tau)/\cosh(1/\tau) = 1 + "
        r"\alpha/p$, cut at 1: the minority collapses fully iff $\alpha/p \geq 2 \tanh(1/\tau) - 1$.",
        hypotheses=r"a vanishing minority; limit, root and threshold for every $\alpha/p$ and $\tau$; the root "
        r"enclosed by intervals for $\alpha/p$ in $[1/20, 1]$, $\tau$ in $(0, 2.5]$; optima certified "
        r"at $\pi_1 = 10^{-5}$",
        method=PROOF,
        criteria=met(
            "worst_gap <= 1e-8",
            "worst_distance_from_limit <= 1e-3",
            "worst_ratio_of_distances_at_a_tenth_of_the_share <= 0.2",
            "separation_above_threshold <= 1e-6",
            "separation_below_threshold >= 1e-3",
            "roots_outside_their_enclosure <= 0",
        ),
        check=MINORITIES + "vanishing_limit",
        control="alpha/p for 1 + alpha/p",
        figure="contrastive_claims.figures.phases:vanishing_limit",
        share=2,
    ),
    Claim(
        "B6",
        "ours",
        r"Every cosine is $1 + \tau \log(\alpha/p)$, cut at $-1/(K - 1)$ and 1: inside these ends and at the "
        "upper one for any shares, at the lower one for balanced shares.",
        hypotheses=r"$K$ blocks, connections $p$ inside each and $\alpha$ between any two",
        method=PROOF,
        criteria=met("worst_gap <= 1e-8", "worst_cosine_error <= 1e-6"),
        check=COLLAPSE + "uniform_connections",
        control="the cut cosine without tau",
        figure="contrastive_claims.figures.collapse:uniform_connections",
        share=4,
    ),
    Claim(
        "B7",
        "B, block model",
        "Balanced disconnected blocks stand at the simplex ETF, cosine $-1/(K - 1)$.",
        hypotheses=r"certified steps for every $K$ and $\tau$; besides, $K$ from 2 to 10 at $\tau$ = .1, .5, 1 "
        "and 2 certified one by one",
        method=PROOF,
        criteria=met("worst_gap <= 1e-8", "worst_cosine_error <= 1e-6", "worst_loss_error <= 1e-8"),
        check=COLLAPSE + "disconnected_blocks",
        control="unbalanced shares",
        share=4,
    ),
    Claim(
        "B8",
        "ours",
        r"The threshold $2 \tanh(1/\tau) - 1$ falls in $\tau$: a vanishing minority collapses fully from $\tau = "
        r"2/\log((3 + r)/(1 - r))$ on, $r = \alpha/p < 1$; the cosine itself is not monotone in $\tau$.",
        hypotheses=r"a vanishing minority; certified: threshold, critical temperatures (1.8205 as $r \to 0$), the "
        "cosine's turn at $r = 8/19$",
        method=PROOF,
        criteria=met(
            "worst_gap <= 1e-8",
            "largest_rise_of_threshold <= 0",
            "separation_above_critical_temperature <= 1e-6",
            "separation_below_critical_temperature >= 1e-3",
            "cosine_falls_by >= 0.19",
            "cosine_rises_by >= 0.2",
        ),
        check=MINORITIES + "temperature",
        control="tanh of the temperature",
        figure="contrastive_claims.figures.phases:temperature",
        share=3,
    ),
    Claim(
        "B8b",
        "ours",
        r"RH falls from 1 to 0 as $\tau$ rises where $p_{11} = p$: lower temperatures protect. A minority that is "
        "loosely connected inside can have RH above 1.",
        hypotheses=r"a vanishing minority; measured: 40 temperatures from .1 to 1.3, $\alpha$ = .1, .2, .4, .6; RH > 1 "
        r"at $p_{11} = .2$, $p = .95$, $\alpha = .4$, $\tau = .1$",
        criteria=met(
            "worst_gap <= 1e-8",
            "largest_rise <= 1e-12",
            "largest_at_the_lowest_temperature <= 1",
            "rh_at_tau_0.1 >= 0.99",
            "rh_at_tau_1.2 <= 1e-9",
            "of_a_loose_minority > 1",
        ),
        check=MINORITIES + "harm_ratio",
        control="not divided by the balanced distance",
        share=2,
    ),
    Claim(
        "B31",
        "B, block model (as printed)",
        "Increased connectivity between two groups leads to their convergence.",
        hypotheses=r"witness: shares .9, .01, .09, $\alpha_{11} = \alpha_{22} = .8$, $\alpha_{33} = .3$, $\alpha_{13} = "
        r".7$, $\alpha_{23} = .3$, $\tau = 2$, and $\alpha_{12}$ from 0 to .1; certified optima, cosines enclosed",
        method=PROOF,
        criteria=met("worst_gap <= 1e-8", "rise_of_the_cosine >= 0", "smallest_rise_where_one_weight_changes >= 1e-2"),
        check=CONNECTIVITY + "convergence_as_printed",
        control="the connection taken away",
        planted="the published study for the witness",
    ),
    Claim(
        "B31c",
        "ours",
        r"For optima $G$, $G'$ of pair weights $W$, $W'$ at the same shares and $\tau$, $\sum_{kl} (W'_{kl} - "
        r"W_{kl})(G'_{kl} - G_{kl}) \geq 0$: if one cross weight alone rises, its cosine does not fall. In the study "
        r"$\cos(h_1, h_2)$ never falls in $\alpha$.",
        hypotheses=r"the published study, at any shares, $\tau$ and connections inside; all steps certified; besides, "
        "160 random pairs of models with $K$ from 2 to 5, and the study at nine shares and temperatures",
        method=PROOF,
        criteria=met(
            "worst_gap <= 1e-8",
            "smallest_product >= -1e-9",
            "median_product >= 1e-3",
            "smallest_rise_in_the_study >= -1e-9",
            "smallest_rise_over_the_sweep >= 1e-2",
        ),
        check=CONNECTIVITY + "monotone",
        control="sign exchanged",
        share=2,
    ),
)

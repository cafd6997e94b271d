"""Paper A: margins, debiasing, information; as printed, corrected (c), and ours."""

from __future__ import annotations

from contrastive_claims.experiments.ledger.vocabulary import EMPIRICAL, PROOF, Claim, Form, met

MARGINS = "contrastive_claims.experiments.claims.margins.infonce:"
SUPERVISED = "contrastive_claims.experiments.claims.margins.supervised:"
INFORMATION = "contrastive_claims.experiments.claims.margins.information:"
LARGER = "contrastive_claims.experiments.claims.margins.larger_epsilon:"
CONDITIONS = "contrastive_claims.experiments.claims.margins.conditions:"
IN_EPSILON = "contrastive_claims.experiments.claims.margins.information_in_epsilon:"

# What the hypotheses of several claims mean by these names.
SETTINGS: dict[str, str] = {
    "an anchor with negatives": (
        r"any real logits $s^+_i$ of an anchor's $P \geq 1$ positives (one, $s^+$, unless said) and $s^-_j$ of its $N "
        r"\geq 1$ negatives; $\ell$ is its eps-InfoNCE loss, $\varepsilon \geq 0$; LSE is log-sum-exp"
    ),
    "free embeddings": (
        r"each sample has a unit vector of its own in $d$ dimensions; $K \geq 2$ classes, each of two samples or "
        "more; the loss is the mean over all samples"
    ),
}

CLAIMS: tuple[Claim, ...] = (
    Claim(
        "A1",
        "A, eps-InfoNCE",
        r"$-\log(e^{s^+} / (e^{s^+ - \varepsilon} + \sum_j e^{s^-_j}))$ equals $\mathrm{LSE}(-\varepsilon, (s^-_j "
        "- s^+)_j)$ exactly.",
        hypotheses="an anchor with negatives",
        method=PROOF,
        criteria=met("worst_relative_error <= 1e-12"),
        check=MARGINS + "eps_infonce_identity",
        control="eps left out",
        share=2,
    ),
    Claim(
        "A2",
        "A, margin theory",
        r"Hinge sandwich: $H \leq \ell + \varepsilon \leq H + \log(N + 1)$ with $H = \max(0, \max_j(s^-_j - s^+ + "
        r"\varepsilon))$; the lower end is approached, never attained.",
        hypotheses="an anchor with negatives",
        method=PROOF,
        criteria=met("lower_slack >= -1e-12", "upper_slack >= -1e-12", "lower_end_approached_within <= 1e-12"),
        check=MARGINS + "hinge_sandwich",
        control="log N for log(N + 1)",
        figure="contrastive_claims.figures.margins:hinge_sandwich",
        share=2,
    ),
    Claim(
        "A3",
        "ours",
        r"The loss pins the margin: $-\log(e^\ell - q) \leq m \leq -\log((e^\ell - q)/N)$, so $\ell \leq \log 2 - "
        r"\varepsilon$ gives $m \geq \varepsilon$; the lower end is convex in $\ell$, and $m \geq -\log(e^\ell - "
        r"q - (N - 1) e^{-2/\tau})$ on the sphere.",
        hypotheses=r"an anchor with negatives; $m = s^+ - \max_j s^-_j$, $q = e^{-\varepsilon}$; on the sphere a "
        r"logit is a cosine over $\tau$, and that end is attained where it is not negative",
        method=PROOF,
        criteria=met(
            "lower_slack >= -1e-9",
            "upper_slack >= -1e-9",
            "sphere_slack >= -1e-9",
            "sphere_attained_within <= 1e-9",
            "threshold_violations <= 0",
            "midpoint_convexity_slack >= -1e-9",
        ),
        check=MARGINS + "margin_from_loss",
        control="eps left out",
        figure="contrastive_claims.figures.margins:margin_interval",
        share=2,
    ),
    Claim(
        "A4",
        "A, eps-InfoNCE",
        r"eps-InfoNCE is InfoNCE at $\varepsilon = 0$ and tends to InfoL1O (no positive in the denominator) as "
        r"$\varepsilon \to \infty$; $\ell$ falls in $\varepsilon$ and $\ell + \varepsilon$ rises: the slope of "
        r"$\ell$ lies in $(-1, 0)$.",
        hypotheses="an anchor with negatives",
        method=PROOF,
        criteria=met(
            "infonce_worst_relative_error <= 1e-12",
            "infol1o_worst_relative_error <= 1e-12",
            "largest_slope < 0",
            "smallest_slope_plus_one > 0",
        ),
        check=MARGINS + "eps_infonce_in_epsilon",
        control="eps on the negatives",
    ),
    Claim(
        "A5",
        "A, margin condition (as printed)",
        r"$d^+ - d^- < -\varepsilon$ iff $s^- - s^+ \leq -\varepsilon$.",
        hypotheses="$s$ the cosine, $d$ the squared distance of unit vectors; one exact witness, and random pairs",
        method=PROOF,
        criteria=met("failures <= 0"),
        check=MARGINS + "distance_form_as_printed",
        control="four times eps",
        planted="twice eps, the right factor",
    ),
    Claim(
        "A5c",
        "A, corrected",
        r"$d^+ - d^- = 2 (s^- - s^+)$ for cosines $s$ and $2 \tau (s^- - s^+)$ for logits, so that the margin "
        "carries that factor.",
        hypotheses=r"unit vectors; $d$ is the squared distance, a logit the cosine over $\tau$",
        method=PROOF,
        criteria=met("worst_error <= 1e-12"),
        check=MARGINS + "distance_form",
        control="no factor",
    ),
    Claim(
        "A6",
        "A, eps-SupInfoNCE",
        r"eps-SupInfoNCE is the mean over positives $i$ of $\mathrm{LSE}(-\varepsilon, (s^-_j - s^+_i)_j)$: no "
        r"term compares positives. At $\varepsilon = 0$ it is SINCERE's loss and, for $P \geq 2$, not SupCon.",
        hypotheses="an anchor with negatives",
        method=PROOF,
        criteria=met(
            "worst_relative_error <= 1e-12",
            "sincere_worst_relative_error <= 1e-12",
            "other_positives_effect <= 1e-12",
            "supcon_minus_supinfonce_at_witness >= 0.4",
        ),
        check=SUPERVISED + "eps_sup_infonce_identity",
        control="SupCon's denominator",
        share=3,
    ),
    Claim(
        "A7",
        "A, eps-SupCon",
        r"eps-SupCon adds terms $s^+_t - s^+_i$: with $e^{s^+_t - \varepsilon}$ of all positives in its "
        r"denominator it is $-\varepsilon$ plus the mean over $i$ of $\mathrm{LSE}(0, (s^-_j - s^+_i + "
        r"\varepsilon)_j, (s^+_t - s^+_i)_t)$, $t \neq i$.",
        hypotheses=r"an anchor with negatives; at $\varepsilon = 0$ it is SupCon, with the sum over positives "
        "outside the logarithm",
        method=PROOF,
        criteria=met("worst_relative_error <= 1e-12", "supcon_worst_relative_error <= 1e-12"),
        check=SUPERVISED + "eps_sup_con_identity",
        control="eps left out on the positives",
    ),
    Claim(
        "A8",
        "A and ours",
        "With the same average over the positives SupCon is at least SupInfoNCE anchor by anchor, and exceeds "
        r"$\log P$ however wide the margin.",
        hypotheses="an anchor with negatives",
        method=PROOF,
        criteria=met("difference_slack >= -1e-12", "log_p_slack >= -1e-12", "log_p_excess_at_wide_margin <= 1e-12"),
        check=SUPERVISED + "supcon_above_supinfonce",
        control="summed over the positives",
        figure="contrastive_claims.figures.margins:supcon_floor",
        share=2,
    ),
    Claim(
        "A9",
        "A (as printed)",
        r"The non-contrastive terms $s^+_t - s^+_i \leq 0$ alone would collapse all positives to a single point.",
        hypotheses="every sample of a class an anchor in turn; one exact witness, three orthonormal samples",
        method=PROOF,
        criteria=met("largest_non_contrastive_term <= 0", "largest_squared_distance <= 0"),
        check=SUPERVISED + "collapse_to_a_point_as_printed",
        control="antipodal pair",
        planted="samples at one point",
    ),
    Claim(
        "A9c",
        "A, corrected",
        "The non-contrastive terms force one point iff the class has at least $d + 2$ samples; 3 to $d + 1$ "
        "samples may stand at a regular simplex.",
        hypotheses="unit vectors in $d$ dimensions; at least two samples, each an anchor in turn",
        method=PROOF,
        criteria=met(
            "largest_term_of_simplex <= 1e-12",
            "smallest_spread_of_simplex >= 2",
            "fewest_missing_dimensions >= 1",
        ),
        check=SUPERVISED + "collapse_to_a_point",
        control="threshold one lower",
    ),
    Claim(
        "A10",
        "A, SupCon-in",
        r"$L_{in}$ needs only one positive to beat the negatives, and $L_{in} \leq L_{out}$.",
        hypotheses="an anchor with negatives; the logarithm outside ($L_{in}$) or inside ($L_{out}$) the mean "
        r"over positives; needs: comes within .0011 of its infimum $\log P$ while another positive "
        "loses",
        method=PROOF,
        criteria=met("out_minus_in_slack >= -1e-12", "in_above_its_infimum <= 0.0011", "margin_of_losing_positive < 0"),
        check=SUPERVISED + "sup_con_in_below_out",
        control="exchanged",
    ),
    Claim(
        "A11",
        "A (as printed)",
        r"$E \log(e^{s^+} / (e^{s^+} + \sum_j e^{s^-_j})) \leq I \leq E \log(e^{s^+} / \sum_j e^{s^-_j})$.",
        hypotheses="$I$ is the mutual information of anchor and positive, negatives come from the marginal; "
        "witness: independent pair, constant critic $s$, $N = 2$",
        method=PROOF,
        criteria=met("lower_half_slack >= -1e-12", "upper_half_slack >= -1e-12"),
        check=INFORMATION + "information_bounds_as_printed",
        control="sign turned",
        planted="the corrected bounds",
    ),
    Claim(
        "A11c",
        "A, corrected",
        r"$\log(N + 1) + E \log(e^{s^+} / (e^{s^+} + \sum_j e^{s^-_j})) \leq I$ for every critic $s$; $I \leq "
        r"\log N + E \log(e^{s^+} / \sum_j e^{s^-_j})$ for $s = \mathrm{PMI} + c(\mathrm{anchor})$, though some "
        "other critics break it.",
        hypotheses=r"as in A11; finite laws in which every pair is possible; besides, 120 laws of $3 \times 3$ symbols "
        "enumerated with random critics, $N$ from 1 to 3, and a Gaussian pair simulated",
        criteria=met(
            "lower_slack >= -1e-9", "upper_slack_of_optimal_critic >= -1e-9", "upper_slack_of_other_critics < 0"
        ),
        check=INFORMATION + "information_bounds",
        control="log(2N + 2) for log(N + 1)",
        share=2,
    ),
    Claim(
        "A12",
        "ours",
        "Every global minimiser of eps-SupInfoNCE and of eps-SupCon collapses within classes, for any $d$, "
        r"imbalance and $\varepsilon$; with $K \geq 2$ balanced classes and $d \geq K - 1$ it is the simplex ETF.",
        hypotheses="free embeddings; besides, the balanced ones of sixteen optima ($K$ from 2 to 5) certified one by one",
        method=PROOF,
        criteria=met(
            "worst_gap <= 1e-8",
            "worst_within_class_spread <= 1e-6",
            "worst_distance_from_etf <= 1e-6",
            "worst_value_error <= 1e-8",
        ),
        check=SUPERVISED + "free_optima",
        control="unbalanced classes",
    ),
    Claim(
        "A13",
        "A and Graf et al. 2021",
        r"SupCon's optimum on $K \geq 2$ balanced classes is the simplex ETF.",
        hypotheses=r"free embeddings, $d \geq K - 1$; besides, fifteen optima ($K$ = 2, 3, 5, 6) certified one by one",
        method=PROOF,
        criteria=met(
            "worst_gap <= 1e-8",
            "worst_within_class_spread <= 1e-6",
            "worst_distance_from_etf <= 1e-6",
            "worst_value_error <= 1e-8",
        ),
        check=SUPERVISED + "supcon_optima",
        control="unbalanced classes",
    ),
    Claim(
        "A14",
        "A",
        r"A larger $\varepsilon$ widens the worst margin reached on biased data.",
        hypotheses=r"cosine margins of conflicting training pairs: 192 synthetic samples, $\rho = .95$, a small "
        r"MLP, 50 full-batch steps, $\tau = .1$, $\varepsilon = .5$ against 0, five paired seeds; not "
        r"so at $\tau = .5$, on fresh data, or at free unbalanced optima",
        method=EMPIRICAL,
        setting="synthetic data, a small MLP",
        criteria=met("worst_margin_difference > 0"),
        check=LARGER + "larger_epsilon",
        control="a tenth of the steps with eps",
        figure="contrastive_claims.figures.debiasing:margins_by_epsilon",
        share=16,
    ),
    Claim(
        "A19",
        "A, experiments",
        r"SupCon $\leq$ eps-SupCon $\leq$ eps-SupInfoNCE in accuracy.",
        method=EMPIRICAL,
        pending="no quick form: decided on trained encoders at the standard scale",
        share=95,
        standard=Form(
            hypotheses="CIFAR-10 at a CPU's size: 1,000 images a class, a small ConvNet, two views, 8 epochs, "
            r"$\tau = .1$, $\varepsilon = .25$; probe on the training features; eight paired seeds "
            "(three left it open), 97.5 % intervals over them and the test points",
            criteria=met("eps_sup_con_minus_sup_con >= 0", "eps_sup_infonce_minus_eps_sup_con >= 0"),
            check="contrastive_claims.experiments.claims.margins.order_of_losses:order_of_losses",
            control="an eighth of the epochs",
            figure="contrastive_claims.figures.debiased:losses_in_order",
            data=("cifar10",),
            presets=("cifar10-harm-cpu",),
            setting="CIFAR-10, small ConvNet, eight seeds",
            looks=2,
        ),
    ),
    Claim(
        "A21",
        "ours",
        "Classes of $m$, $m$ and $M$ samples: the small ones merge exactly ($h_1 = h_2 = -h_3$) iff $4 m E^2 "
        r"\leq M (1 + Z_1/Z_3)$, that is from some $\varepsilon_0$ on: 0 for $M$ large, and for $\tau$ high if $M "
        "> 2 m$; infinite for $M$ near $m$.",
        hypotheses=r"free embeddings; $2 \leq m \leq M$, $d \geq 2$; $E = e^{1/\tau}$, $Z_1 = a_1 E "
        r"e^{-\varepsilon} + m E + M/E$, $Z_3 = a_3 E e^{-\varepsilon} + 2 m/E$, $a = 1$ or, for "
        r"eps-SupCon, $n_k - 1$; ten optima certified beside $\varepsilon_0$",
        method=PROOF,
        criteria=met(
            "worst_gap <= 1e-8",
            "worst_separation_above_threshold <= 1e-7",
            "smallest_separation_below_threshold >= 1e-3",
        ),
        check=SUPERVISED + "minority_merging",
        control="threshold one lower",
    ),
    Claim(
        "A26",
        "A, margin condition",
        r"The condition $\sum_j s^-_j - \sum_i s^+_i < -\varepsilon$ should be avoided: one far negative fulfils it "
        "while another is closer than every positive.",
        hypotheses=r"$s$ the cosine, on the sphere, $\varepsilon > 0$; one exact witness, two positives and two "
        "negatives, and random cosines",
        method=PROOF,
        criteria=met(
            "left_side_plus_epsilon < 0",
            "negative_closer_than_every_positive_by > 0",
            "distance_from_the_sphere <= 0",
            "part_of_random_anchors_that_fulfil_it_so >= 0.05",
        ),
        check=CONDITIONS + "condition_on_sums",
        control="the hardest pair for the sums",
    ),
    Claim(
        "A31",
        "A, information",
        r"By $0 < \varepsilon < \infty$ one might find a tighter approximation of $I$: at the optimal critic "
        r"$J_\varepsilon$ rises from $J_0 \leq I$ to $J_\infty \geq I$, and for dependent pairs it is $I$ at just one "
        r"such $\varepsilon$.",
        hypotheses=r"$J_\varepsilon = \log(N + q) + E \log(e^{s^+}/(q e^{s^+} + \sum_j e^{s^-_j}))$, $q = "
        r"e^{-\varepsilon}$; A11c's laws enumerated (proof: docstring); there $q \to \sqrt{N^2 + N} - N$ at weak "
        "dependence; other critics may gain or not",
        criteria=met(
            "smallest_rise_in_epsilon >= -1e-12",
            "lower_end_slack > 0",
            "upper_end_slack > 0",
            "worst_distance_at_the_best_epsilon <= 1e-10",
            "smallest_distance_of_the_ends >= 1e-6",
            "largest_distance_if_independent <= 1e-6",
            "error_of_the_weak_limit <= 1e-3",
            "random_critics_that_gain >= 1",
            "random_critics_that_do_not >= 1",
        ),
        check=IN_EPSILON + "interior_estimates",
        control="the constant of eps = 0 at every eps",
        share=2,
    ),
    Claim(
        "A31b",
        "ours",
        r"No $\varepsilon < \infty$ makes $J_\varepsilon$ an upper bound of $I$ for all laws, even at the optimal "
        r"critic; for no $\varepsilon \geq \log 2$ is it a lower bound there. Up to $\varepsilon = 1/2$ it is one, "
        "for every critic that was tried.",
        hypotheses=r"$J_\varepsilon$ as in A31; exact laws, $N$ = 1, 2, 3, $\varepsilon$ from .1 to 4 (proof: "
        r"docstring); the search: anchor by anchor, three symbols, any critic, 30 starts, not proved; for $N = 1$ it "
        r"ends at $\varepsilon = \log(e - 1)$",
        criteria=met(
            "largest_excess_as_an_upper_bound < 0",
            "largest_slack_as_a_lower_bound_beyond_log_2 < 0",
            "smallest_slack_as_a_lower_bound >= -1e-9",
            "smallest_slack_of_one_negative_at_its_edge >= -1e-9",
            "smallest_slack_of_one_negative_beyond_it < -1e-6",
        ),
        check=IN_EPSILON + "bounds_in_epsilon",
        control="a lower bound up to eps = 1",
    ),
)

"""Every claim as plain data: id, source, statement, method, criteria, check and control by name. No code runs here.

Sources: "A" is Barbano et al., Unbiased Supervised Contrastive Learning (ICLR 2023); "B" is Maity et al., An
Investigation of Representation and Allocation Harms in Contrastive Learning (ICLR 2024); "ours" is stated by neither.
A claim as printed bears the plain id, its corrected form the same id with a c.
"""

from __future__ import annotations

from experiments.ledger import PROOF, READING, STATISTICAL, Claim, Criterion

MARGINS, SUPERVISED = "experiments.claims.margins:", "experiments.claims.supervised:"
DEBIASING, INFORMATION = "experiments.claims.debiasing:", "experiments.claims.information:"
BIASED = "experiments.claims.biased:"
COLLAPSE, PUBLISHED, HARMS = (
    "experiments.claims.collapse:",
    "experiments.claims.published:",
    "experiments.claims.harms:",
)


def met(*texts: str) -> tuple[Criterion, ...]:
    """Criteria from "quantity relation bound" texts; Criterion refuses what it does not know."""
    parts = [text.split() for text in texts]
    return tuple(Criterion(quantity, relation, float(bound)) for quantity, relation, bound in parts)


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "A1",
        "A, eps-InfoNCE",
        "-log(e^s+ / (e^(s+ - eps) + sum_j e^s-_j)) equals LSE(-eps, {s-_j - s+}_j) exactly, for every number of negatives.",
        method=PROOF,
        criteria=met("worst_relative_error <= 1e-12"),
        check=MARGINS + "eps_infonce_identity",
        control="missing_epsilon",
        share=2,
    ),
    Claim(
        "A2",
        "A, margin theory",
        "Hinge sandwich: H <= loss + eps <= H + log(N+1) with H = max(0, max_j(s-_j - s+ + eps)); "
        "the lower end is approached, never attained.",
        method=PROOF,
        criteria=met("lower_slack >= -1e-12", "upper_slack >= -1e-12", "lower_end_approached_within <= 1e-12"),
        check=MARGINS + "hinge_sandwich",
        control="log_of_n",
        figure="figures.margins:hinge_sandwich",
        share=2,
    ),
    Claim(
        "A3",
        "ours",
        "The loss l pins the margin m = s+ - max_j s-_j: -log(e^l - e^-eps) <= m <= -log((e^l - e^-eps)/N), so "
        "l <= log 2 - eps implies m >= eps; the lower end is convex in l; on the sphere "
        "m >= -log(e^l - e^-eps - (N-1) e^(-2/tau)), attained.",
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
        control="missing_epsilon",
        figure="figures.margins:margin_interval",
        share=2,
    ),
    Claim(
        "A4",
        "A, eps-InfoNCE",
        "eps = 0 is InfoNCE, eps -> inf is InfoL1O; the loss falls in eps, loss + eps rises, the slope lies in (-1, 0).",
        method=PROOF,
        criteria=met(
            "infonce_worst_relative_error <= 1e-12",
            "infol1o_worst_relative_error <= 1e-12",
            "largest_slope < 0",
            "smallest_slope_plus_one > 0",
        ),
        check=MARGINS + "eps_infonce_in_epsilon",
        control="epsilon_on_negatives",
    ),
    Claim(
        "A5",
        "A, margin condition (as printed)",
        "d+ - d- < -eps iff s- - s+ <= -eps, with d the squared distance.",
        method=PROOF,
        criteria=met("failures <= 0"),
        check=MARGINS + "distance_form_as_printed",
        control="factor_of_four",
    ),
    Claim(
        "A5c",
        "A, corrected",
        "On the unit sphere d+ - d- = 2 (s- - s+) for cosines and 2 tau (s- - s+) for logits, so the margin carries that "
        "factor.",
        method=PROOF,
        criteria=met("worst_error <= 1e-12"),
        check=MARGINS + "distance_form",
        control="no_factor",
    ),
    Claim(
        "A6",
        "A, eps-SupInfoNCE",
        "eps-SupInfoNCE is the mean over positives i of LSE(-eps, {s-_j - s+_i}_j): no term compares positives; at eps = 0 "
        "it is SINCERE's loss and, for two positives or more, not SupCon.",
        method=PROOF,
        criteria=met(
            "worst_relative_error <= 1e-12",
            "sincere_worst_relative_error <= 1e-12",
            "other_positives_effect <= 1e-12",
            "supcon_minus_supinfonce_at_witness >= 0.4",
        ),
        check=SUPERVISED + "eps_sup_infonce_identity",
        control="supcon_denominator",
        share=3,
    ),
    Claim(
        "A7",
        "A, eps-SupCon",
        "eps-SupCon adds s+_t - s+_i <= 0 for t != i: the LSE over 0, s-_j - s+_i + eps and s+_t - s+_i, averaged over i, is "
        "eps plus the loss whose denominator holds e^(s+_t - eps) for every positive; eps = 0 is SupCon's L_out.",
        method=PROOF,
        criteria=met("worst_relative_error <= 1e-12", "supcon_worst_relative_error <= 1e-12"),
        check=SUPERVISED + "eps_sup_con_identity",
        control="epsilon_missing_on_positives",
    ),
    Claim(
        "A8",
        "A and ours",
        "With the same normalisation over P positives SupCon >= SupInfoNCE anchor by anchor, and SupCon > log P however "
        "wide the margin.",
        method=PROOF,
        criteria=met("difference_slack >= -1e-12", "log_p_slack >= -1e-12", "log_p_excess_at_wide_margin <= 1e-12"),
        check=SUPERVISED + "supcon_above_supinfonce",
        control="summed_over_positives",
        figure="figures.margins:supcon_floor",
        share=2,
    ),
    Claim(
        "A9",
        "A (as printed)",
        "The non-contrastive terms alone would collapse all positives to a single point.",
        method=PROOF,
        criteria=met("largest_non_contrastive_term <= 0", "largest_squared_distance <= 0"),
        check=SUPERVISED + "collapse_to_a_point_as_printed",
        control="antipodal_pair",
    ),
    Claim(
        "A9c",
        "A, corrected",
        "They force one point iff the class has at least d + 2 samples; 3 to d + 1 samples may stand at a regular simplex.",
        method=PROOF,
        criteria=met(
            "largest_term_of_simplex <= 1e-12",
            "smallest_spread_of_simplex >= 2",
            "fewest_missing_dimensions >= 1",
        ),
        check=SUPERVISED + "collapse_to_a_point",
        control="threshold_one_lower",
    ),
    Claim(
        "A10",
        "A, SupCon-in",
        "L_in needs only one positive to beat the negatives; L_in <= L_out.",
        method=PROOF,
        criteria=met("out_minus_in_slack >= -1e-12", "in_above_its_infimum <= 0.0011", "margin_of_losing_positive < 0"),
        check=SUPERVISED + "sup_con_in_below_out",
        control="exchanged",
    ),
    Claim(
        "A11",
        "A (as printed)",
        "E log[e^s+/(e^s+ + sum e^s-)] <= I <= E log[e^s+/sum e^s-].",
        method=PROOF,
        criteria=met("lower_half_slack >= -1e-12", "upper_half_slack >= -1e-12"),
        check=INFORMATION + "information_bounds_as_printed",
        control="sign_turned",
    ),
    Claim(
        "A11c",
        "A, corrected",
        "log(N+1) + E log[e^s+/(e^s+ + sum e^s-)] <= I for every critic; I <= log N + E log[e^s+/sum e^s-] for the optimal "
        "critic s = PMI + c(anchor), and not for others.",
        hypotheses="enumerated exactly on 120 joint distributions over 3 x 3 symbols, N from 1 to 3; a Gaussian pair simulated",
        criteria=met(
            "lower_slack >= -1e-9", "upper_slack_of_optimal_critic >= -1e-9", "upper_slack_of_other_critics < 0"
        ),
        check=INFORMATION + "information_bounds",
        control="log_of_2n_plus_2",
        share=2,
    ),
    Claim(
        "A12",
        "ours",
        "Every global minimiser of eps-SupInfoNCE and eps-SupCon over free embeddings collapses within classes (any dimension, "
        "imbalance and eps; at least two samples per class); with K balanced classes and d >= K-1 the simplex ETF is optimal.",
        hypotheses="collapse: proved in general; values: sixteen optima, K from 2 to 5, certified one by one",
        method=PROOF,
        criteria=met(
            "worst_gap <= 1e-8",
            "worst_within_class_spread <= 1e-6",
            "worst_distance_from_etf <= 1e-6",
            "worst_value_error <= 1e-8",
        ),
        check=SUPERVISED + "free_optima",
        control="unbalanced",
    ),
    Claim(
        "A13",
        "A and Graf et al. 2021",
        "SupCon's optimum on balanced classes is the simplex ETF.",
        hypotheses="fifteen optima, K from 2 to 6, certified one by one",
        method=PROOF,
        criteria=met(
            "worst_gap <= 1e-8",
            "worst_within_class_spread <= 1e-6",
            "worst_distance_from_etf <= 1e-6",
            "worst_value_error <= 1e-8",
        ),
        check=SUPERVISED + "supcon_optima",
        control="unbalanced",
    ),
    Claim(
        "A14",
        "A",
        "A larger eps widens the worst margin reached on biased data.",
        hypotheses="margins in cosines of conflicting pairs on the biased training set: 192 synthetic samples with an easy bias, rho = "
        ".95, a small MLP, 50 full-batch steps of Adam, tau = .1, eps .5 against 0, five paired seeds; the setting was declared on "
        "other seeds. Not so at tau = .5 nor on fresh unbiased data; certified optima over free unbalanced embeddings go "
        "the other way, those of the biased graph either way",
        method=STATISTICAL,
        criteria=met("worst_margin_difference > 0"),
        check=BIASED + "larger_epsilon",
        control="untrained",
        figure="figures.debiasing:margins_by_epsilon",
        share=16,
    ),
    Claim(
        "A15",
        "A (as printed)",
        "d+aligned < d+conflicting <= d-aligned - eps < d-conflicting - eps is the worst case of biased training.",
        hypotheses="squared distances, means over pairs; the middle inequality tested without its eps, which favours the claim",
        criteria=met(
            "largest_first_gap_at_supcon_optimum >= 1e-6",
            "largest_middle_gap_with_stronger_bias >= 0",
            "sup_con_training_middle_gap >= 0",
            "sup_con_fresh_middle_gap >= 0",
            "worst_gap <= 1e-8",
        ),
        check=BIASED + "distance_ordering",
        control="class_and_bias_exchanged",
        figure="figures.debiasing:distance_ordering",
        share=12,
    ),
    Claim(
        "A15c",
        "A, corrected",
        "SupCon's optimum over free embeddings puts all positives at distance 0, whatever their bias; on the biased graph "
        "d+conflicting lies below d-aligned exactly when the class ties more strongly than the bias; encoders trained on biased "
        "data keep d+aligned < d+conflicting and d-aligned < d-conflicting, with d+conflicting below d-aligned on the "
        "training set and above it on fresh unbiased data.",
        hypotheses="squared distances, means over pairs; graphs: means with the loss's weights, 32 certified optima; encoders: SupCon, "
        "rho = .95, tau = .1, 50 full-batch steps, five seeds",
        method=STATISTICAL,
        criteria=met(
            "largest_positive_distance_at_supcon_optimum <= 1e-6",
            "largest_middle_gap_with_stronger_bias < 0",
            "smallest_middle_gap_with_stronger_class > 0",
            "sup_con_training_first_gap > 0",
            "sup_con_training_middle_gap > 0",
            "sup_con_training_last_gap > 0",
            "sup_con_fresh_first_gap > 0",
            "sup_con_fresh_middle_gap < 0",
            "sup_con_fresh_last_gap > 0",
            "worst_gap <= 1e-8",
        ),
        check=BIASED + "distance_ordering",
        control="class_and_bias_exchanged",
        figure="figures.debiasing:distance_ordering",
        share=12,
    ),
    Claim(
        "A16",
        "A, FairKL",
        "Between Gaussians fitted to aligned and conflicting distances, KL = 1/2 [(var_a + (mu_a - mu_c)^2)/var_c - "
        "log(var_a/var_c) - 1] >= (mu_a - mu_c)^2/(2 var_c) >= 0, zero iff both moments agree.",
        hypotheses="positive variances",
        method=PROOF,
        criteria=met(
            "worst_relative_error <= 1e-9",
            "bound_slack >= -1e-12",
            "value_at_equal_moments <= 0",
            "smallest_value_at_unequal_moments > 0",
        ),
        check=DEBIASING + "gaussian_kl",
        control="variances_swapped_in_log",
        share=2,
    ),
    Claim(
        "A17",
        "A, FairKL against EnD",
        "Matching first moments only is not enough: equal means, unequal spreads.",
        method=PROOF,
        criteria=met("squared_gap_of_means <= 0", "kl > 0"),
        check=DEBIASING + "first_moments_only",
        control="equal_variances",
    ),
    Claim(
        "A18",
        "A, experiments",
        "eps-SupInfoNCE + FairKL beats eps-SupInfoNCE alone on extremely biased data (Biased-MNIST).",
        method=STATISTICAL,
    ),
    Claim("A19", "A, experiments", "SupCon <= eps-SupCon <= eps-SupInfoNCE in accuracy.", method=STATISTICAL),
    Claim(
        "A20",
        "ours",
        "At rho = 0.999 and batch 256 (ten classes and colours) 77 % of the batches hold no off-colour sample; both variances of "
        "positives exist for 3.2e-4 of the anchors, both of negatives for 1.32e-3; with none, the released penalty pushes "
        "positives apart.",
        criteria=met(
            "batches_without_any >= 0.774",
            "batches_without_any <= 0.7741",
            "anchors_with_both_positive_variances <= 3.2e-4",
            "anchors_with_both_negative_variances <= 1.32e-3",
            "simulated_none_z_score <= 4",
            "simulated_positive_z_score <= 4",
            "simulated_negative_z_score <= 4",
            "released_penalty_rises_with_collapse > 0",
        ),
        check=DEBIASING + "off_colour_counts",
        control="rho_of_99_percent",
    ),
    Claim(
        "A21",
        "ours",
        "Two minority classes of m samples beside one of M merge exactly from a threshold eps* on: 4 m e^(2/tau) <= "
        "M (1 + Z_1/Z_3).",
        hypotheses="2 <= m <= M; the algebra in general, ten certified optima on both sides of eps*",
        method=PROOF,
        criteria=met(
            "worst_gap <= 1e-8",
            "worst_separation_above_threshold <= 1e-7",
            "smallest_separation_below_threshold >= 1e-3",
        ),
        check=SUPERVISED + "minority_merging",
        control="threshold_one_lower",
    ),
    Claim("B1", "B", "The finite graph's loss converges to the population loss as n grows.", method=STATISTICAL),
    Claim("B2", "B", "Minimisers on the graph converge to one vector per block.", method=STATISTICAL),
    Claim(
        "B3", "ours", "The population problem is convex in the Gram matrix: its optimum carries a duality certificate."
    ),
    Claim(
        "B4",
        "B, block model",
        "As the minority's share falls, block 1 moves monotonically towards block 2, to which it is tied, and blocks 2 and "
        "3 become antipodal; it arrives there (cosine 1) above B5's threshold only, at B5's cosine below it.",
        hypotheses="K = 3, alpha_kk = .95, alpha_12 in {.4, .6}, tau = 1, shares 1/3 down to 1e-5",
        criteria=met(
            "worst_gap <= 1e-8",
            "smallest_rise >= -1e-9",
            "distance_from_limit_below_threshold <= 1e-4",
            "one_minus_cosine_above_threshold <= 1e-8",
            "majority_distance_from_antipodal <= 1e-4",
        ),
        check=COLLAPSE + "vanishing_minority",
        control="shares_on_the_wrong_axis",
        figure="figures.collapse:vanishing_minority",
        share=4,
    ),
    Claim(
        "B5",
        "ours",
        "As pi_1 -> 0 the limit is c with tanh(c/tau) + sinh(c/tau)/cosh(1/tau) = 1 + alpha/p, full collapse iff alpha/p >= 2 tanh(1/tau) - 1.",
    ),
    Claim(
        "B6",
        "ours",
        "Equal within-connectivity p, all cross-connections alpha: every cosine is clip(1 + tau log(alpha/p), -1/(K-1), 1); "
        "inside the clip and at its upper end for any shares, at its lower end for balanced ones.",
        method=PROOF,
        criteria=met("worst_gap <= 1e-8", "worst_cosine_error <= 1e-6"),
        check=COLLAPSE + "uniform_connections",
        control="no_temperature",
        figure="figures.collapse:uniform_connections",
        share=4,
    ),
    Claim(
        "B7",
        "B, block model",
        "Balanced disconnected blocks: the simplex ETF, cosine -1/(K-1).",
        hypotheses="K from 2 to 10, tau in {.1, .5, 1, 2}: one duality certificate each",
        method=PROOF,
        criteria=met("worst_gap <= 1e-8", "worst_cosine_error <= 1e-6", "worst_loss_error <= 1e-8"),
        check=COLLAPSE + "disconnected_blocks",
        control="unbalanced",
        share=4,
    ),
    Claim(
        "B8",
        "ours",
        "Temperature decides: the threshold 2 tanh(1/tau) - 1 falls in tau; above tau = 1/artanh(1/2) any positive alpha collapses the minority fully.",
    ),
    Claim(
        "B9",
        "B, harms",
        "Representation harm: an undersampled class moves towards its semantic neighbour: RH(i, neighbour) is the row's "
        "minimum and lies below the mean of the rest of the row.",
        hypotheses="quick form: scikit-learn's digits, classes 1 and 2 undersampled 20 times, five paired seeds; SimCLR without a "
        "projection head (embeddings as the loss compares them), mild augmentation: settings chosen on other seeds so that "
        "an effect can show; with a projection head the neighbour of digit 2 was usually not the minimum at this size",
        method=STATISTICAL,
        criteria=met(
            "digit_1_neighbour_minus_next < 0",
            "digit_2_neighbour_minus_next < 0",
            "digit_1_neighbour_minus_rest < 0",
            "digit_2_neighbour_minus_rest < 0",
        ),
        check=HARMS + "representation_harm_digits",
        control="balanced",
        figure="figures.harms:harm_rows",
        data=("digits",),
        presets=("digits",),
        share=90,
    ),
    Claim(
        "B10",
        "B, harms",
        "Allocation harm: TE_ii is strongly negative and the mass goes to the same neighbour.",
        method=STATISTICAL,
    ),
    Claim(
        "B11",
        "B, harms",
        "Representation harm is partly responsible: NIE_ii < 0, NIE/TE about 8-22 %.",
        method=STATISTICAL,
    ),
    Claim("B12", "B, harms", "The same with SimSiam, and with BCL, which only softens it.", method=STATISTICAL),
    Claim("B13", "B, text", "SimCSE with an underrepresented group shows the same collapse.", method=STATISTICAL),
    Claim("B14", "ours", "On real data RH rises towards 1 (less harm) as the temperature falls.", method=STATISTICAL),
    Claim(
        "B15",
        "ours",
        "Share independence: if the Gram matrix 1 + tau log(alpha_kl/p) is psd, it is the optimum for every pi.",
    ),
    Claim("B16", "ours", "Spread law: with unequal alpha_kk, |m_k|^2 = 1 + tau log(alpha_kk/p_max)."),
    Claim("B17", "ours", "Exact full collapse at finite shares: a closed condition for K = 3."),
    Claim("B18", "ours", "Many and unequal majorities: the minority's limit cosine and its collapse threshold."),
    Claim("B19", "ours", "Connected majorities: full collapse never occurs once beta > p e^(-2/tau)."),
    Claim("B20", "ours", "The first-order rate in pi_1 of the minority's cosine."),
    Claim("B21", "ours", "Two minorities decouple at first order."),
    Claim("B22", "ours", "Biased graph: (beta - gamma)(cos_bias - cos_class) >= 0 for all rho, tau, p, delta."),
    Claim(
        "B23",
        "ours",
        "Sparse graphs: below a mean degree exact collapse fails, and the optimum's rank grows.",
        method=STATISTICAL,
    ),
    Claim(
        "P1",
        "B, figure of finite graphs",
        "The published finite-graph panels reproduce: every block cosine lies within the prediction interval over graph "
        "seeds, up to the half unit of its last printed digit.",
        hypotheses="n = (256 | 32 | 4, 256, 256), alpha_12 = .4, tau = 1, d = 10, five graph seeds",
        method=STATISTICAL,
        criteria=met("worst_excess <= 0", "worst_gap <= 1e-8"),
        check=PUBLISHED + "finite_graph_panels",
        control="connectivity_of_a_tenth",
        figure="figures.collapse:published_panels",
        share=25,
    ),
    Claim(
        "P2",
        "B, figure of the population loss",
        "The published population panels come from a loss whose shares weight row i instead of column j in both terms "
        "(after the released script's 1,000 steps); the population loss itself has other optima.",
        hypotheses="alpha_12 = .4, pi_1 in {1/4, 1/16, 1/64}, tau = 1, d = 20",
        criteria=met(
            "wrong_axis_distance_from_print <= 0.005",
            "right_optimum_distance_from_print >= 0.05",
            "worst_gap <= 1e-8",
        ),
        check=PUBLISHED + "population_panels",
        control="right_axis",
        figure="figures.collapse:published_population",
        share=8,
    ),
    Claim(
        "P3", "B, figure of the population loss", "With that slip and alpha = .1 the minority does not collapse at all."
    ),
    Claim(
        "P4",
        "B, figure of finite graphs",
        "The third finite panel is coloured by the second panel's values.",
        method=READING,
    ),
)

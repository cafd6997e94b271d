"""Paper A on trained encoders: A15 to A18, A20, A22 to A24, A27 to A30, A33, A35, A36."""

from __future__ import annotations

from contrastive_claims.experiments.ledger.vocabulary import EMPIRICAL, NUMERICAL, PROOF, STATISTICAL, Claim, Form, met

DEBIASED = "contrastive_claims.experiments.claims.debiasing.penalties:"
MOMENTS = "contrastive_claims.experiments.claims.debiasing.moments:"
ORDER = "contrastive_claims.experiments.claims.debiasing.distance_order:"
DISTANCES = "contrastive_claims.experiments.claims.debiasing.encoder_distances:"
LATER = "no quick form: decided on trained encoders at the standard scale"

ON_A_GPU = "no form below the papers' own size: decided at scale paper, on a GPU"

# What the hypotheses of several claims mean by these names.
SETTINGS: dict[str, str] = {
    "Biased-MNIST encoders": (
        r"60,000 images, small ConvNet, 4 epochs, batch 256, eps-SupInfoNCE, $\tau = .1$, $\varepsilon = .5$; accuracy: "
        "linear probe on biased features, half of the unbiased test images; a penalty's weight: best on another "
        r"seed and the other half, $\rho = .99$"
    ),
    "four sets of distances": (
        "mean squared distances over pairs: $d^+$ of one class, $d^-$ of two; $d_a$ where the two samples share the "
        "bias attribute (aligned), $d_c$ where they do not (conflicting)"
    ),
}
GAINS = "Biased-MNIST encoders; gains in unbiased accuracy; five paired seeds, two of them added later"
# Unbiased accuracy with FairKL in paper A's table; it prints none for eps-SupInfoNCE alone.
PRINTED = met("accuracy_at_990 >= 0.9786", "accuracy_at_997 >= 0.9408", "accuracy_at_999 >= 0.8955")


def gains(
    check: str,
    more: str = "",
    control: str = "shuffled bias",
    figure: str = "contrastive_claims.figures.debiased:debiased_accuracy",
) -> Form:
    """The standard form of A18a, A18b, A18c and A24."""
    return Form(
        hypotheses=GAINS + more,
        criteria=met("gain_at_990 > 0", "gain_at_997 > 0", "gain_at_999 > 0"),
        check=DEBIASED + check,
        control=control,
        figure=figure,
        data=("mnist",),
        presets=("mnist-biased-cpu",),
        setting="Biased-MNIST, small ConvNet, five seeds",
        looks=2,
        published=PRINTED,
    )


def grows(check: str, figure: str = "") -> Form:
    """The standard form of A18m and A24m; A18m's numbers are drawn by A18a."""
    return Form(
        hypotheses=GAINS,
        criteria=met("gain_at_999_minus_990 > 0", "gain_at_999_minus_997 > 0"),
        check=DEBIASED + check,
        control="half the right answers at .999 spoilt",
        figure=figure,
        data=("mnist",),
        presets=("mnist-biased-cpu",),
        setting="Biased-MNIST, small ConvNet, five seeds",
        planted="mistakes put right up to the published accuracy",
        looks=2,
    )


def losses_alone(
    check: str, hypotheses: str, *criteria: str, control: str, planted: str, figure: str = "", looks: int = 1
) -> Form:
    """The standard form of A27, A27i, A28, A28i and A30."""
    return Form(
        hypotheses=hypotheses,
        criteria=met(*criteria),
        check="contrastive_claims.experiments.claims.debiasing.losses_alone:" + check,
        control=control,
        figure=figure,
        data=("mnist",),
        presets=("mnist-biased-cpu",),
        setting="Biased-MNIST, small ConvNet, five seeds",
        planted=planted,
        looks=looks,
    )


def on_corrupted_cifar(check: str, *criteria: str) -> Form:
    """The standard form of A36 and A36v."""
    return Form(
        hypotheses=r"Corrupted CIFAR-10 at CPU size: small ConvNet, 4 epochs, batch 256, $\tau = .1$, $\varepsilon = .25$, the "
        r"released penalty at its best weight on held-out training images at $\rho = .98$; five paired seeds",
        criteria=met(*criteria),
        check="contrastive_claims.experiments.claims.debiasing.corrupted_cifar:" + check,
        control="half the right answers with the penalty spoilt",
        figure="contrastive_claims.figures.losses_alone:losses_by_rho",
        data=("cifar10",),
        presets=("corrupted-cifar10-cpu",),
        setting="Corrupted CIFAR-10, small ConvNet, five seeds",
        planted="mistakes put right up to the published accuracy",
        published=met(
            "accuracy_of_released_at_950 >= 0.5073",
            "accuracy_of_released_at_980 >= 0.4145",
            "accuracy_of_released_at_990 >= 0.3653",
            "accuracy_of_released_at_995 >= 0.3333",
        ),
    )


PUBLISHED_SIZE = (
    r"Biased-MNIST, $\rho = .999$; four 7 x 7 convolutions, 80 epochs, batch 256, Adam, $\tau = .1$, $\varepsilon = .5$, "
    "no head; linear probe, half of the unbiased test images; three paired seeds"
)


def at_published_size(check: str, *criteria: str, planted: str = "", published: tuple[str, ...] = ()) -> Form:
    """The form at scale paper of A27h, A28h, A33a, A33b and A33r."""
    return Form(
        hypotheses=PUBLISHED_SIZE,
        criteria=met(*criteria),
        check="contrastive_claims.experiments.claims.debiasing.published_size:" + check,
        control="the other arm's encoders, half their right answers spoilt",
        figure="",
        data=("mnist",),
        presets=("biased-mnist-paper",),
        setting="Biased-MNIST, published size, three seeds",
        planted=planted,
        published=met(*published),
    )


def gains_at_published_size(check: str, arm: str) -> Form:
    """The form at scale paper of A33a, A33b and A33r."""
    return at_published_size(
        check,
        "gain_at_999 > 0.05",
        planted="mistakes put right up to the published accuracy",
        published=(f"accuracy_of_{arm} >= 0.8955",),
    )


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "A15",
        "A, Eq. 8 (a definition); ours, an observation",
        "Encoders trained on biased data keep $d^+_a < d^+_c$ and $d^-_a < d^-_c$; which of $d^+_c$ and $d^-_a$ is larger "
        r"depends on the strength of the bias and, on synthetic data at $\rho = .95$, on whether the data are the training set.",
        hypotheses="four sets of distances; 32 certified graph optima, means with the loss's weights; SupCon's free optimum, "
        r"one point per class; encoders: SupCon on synthetic data, $\rho = .95$, $\tau = .1$, 50 full-batch steps, five seeds",
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
        check=ORDER + "distance_ordering",
        control="class and bias exchanged",
        figure="contrastive_claims.figures.debiasing:distance_ordering",
        share=12,
        standard=Form(
            hypotheses=r"Biased-MNIST encoders, four sets of distances; no penalty, $\rho$ = .99 ($d^+_c$ below $d^-_a$) "
            "and .999 (above), on the training set as on unbiased data; five seeds, Student's 95 % intervals; stated after "
            "three seeds had been seen",
            criteria=met(
                "smallest_outer_gap > 0",
                "training_middle_gap_at_990 > 0",
                "fresh_middle_gap_at_990 > 0",
                "training_middle_gap_at_999 < 0",
                "fresh_middle_gap_at_999 < 0",
            ),
            check=DISTANCES + "distance_ordering_of_encoders",
            control="positives for negatives",
            figure="contrastive_claims.figures.encoders:encoder_distances",
            data=("mnist",),
            presets=("mnist-biased-cpu",),
        ),
    ),
    Claim(
        "A16",
        "A, FairKL",
        r"$\mathrm{KL} = ((v_a + (\mu_a - \mu_c)^2)/v_c - \log(v_a/v_c) - 1)/2 \geq (\mu_a - \mu_c)^2/(2 v_c) "
        r"\geq 0$, zero iff both moments agree.",
        hypotheses="between the Gaussians fitted to the aligned ($a$) and the conflicting ($c$) distances of an "
        r"anchor, of means $\mu$ and positive variances $v$",
        method=PROOF,
        criteria=met(
            "worst_relative_error <= 1e-9",
            "bound_slack >= -1e-12",
            "value_at_equal_moments <= 0",
            "smallest_value_at_unequal_moments > 0",
        ),
        check=MOMENTS + "gaussian_kl",
        control="variances swapped in the logarithm",
        share=2,
    ),
    Claim(
        "A17",
        "A, FairKL's two members",
        "Equal means (Eq. 9-a, 9-b) do not make the KL (Eq. 9-c, 9-d) zero: distances of equal means may differ in their spread.",
        hypotheses="one exact witness, Gaussians of equal means and of variances 4 and 1",
        method=PROOF,
        criteria=met("squared_gap_of_means <= 0", "kl > 0"),
        check=MOMENTS + "first_moments_only",
        control="equal variances",
    ),
    Claim(
        "A20",
        "ours",
        r"77 % of the batches hold no off-colour sample; both variances of positives exist for $3.2 \cdot "
        r"10^{-4}$ of the anchors, both of negatives for $1.32 \cdot 10^{-3}$; with no off-colour sample the "
        "released penalty pushes positives apart.",
        hypotheses=r"$\rho = .999$, batch 256, ten classes and colours; exact counts, and batches simulated",
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
        check=MOMENTS + "off_colour_counts",
        control="rho of 99 percent",
    ),
    Claim(
        "A18a",
        "A, FairKL with equal means (Eq. 9-a, 9-b)",
        r"eps-SupInfoNCE with FairKL beats eps-SupInfoNCE alone on extremely biased data, at every $\rho$ = .99, .997, .999.",
        method=EMPIRICAL,
        pending=LATER,
        share=94,
        standard=gains("fair_kl_of_means"),
    ),
    Claim(
        "A18b",
        "A, FairKL as a KL (Eq. 9-c, 9-d)",
        r"eps-SupInfoNCE with FairKL beats eps-SupInfoNCE alone on extremely biased data, at every $\rho$ = .99, .997, .999.",
        method=EMPIRICAL,
        pending=LATER,
        share=94,
        standard=gains(
            "fair_kl_as_a_kl",
            r"; its weight, the grid's least, $10^{-6}$, changes next to nothing; the encoders with larger ones, one for each, "
            "were less accurate",
            control="half the right answers spoilt",
        ),
    ),
    Claim(
        "A18c",
        "A, corrected",
        "With a floor of .1 under the variances of FairKL as a KL, so that it stays bounded where distances collapse, "
        r"eps-SupInfoNCE with it beats eps-SupInfoNCE alone at every $\rho$ = .99, .997, .999.",
        method=EMPIRICAL,
        pending=LATER,
        share=93,
        standard=gains("fair_kl_with_a_floor"),
    ),
    Claim(
        "A18j",
        "A, FairKL as a Jeffreys divergence",
        r"eps-SupInfoNCE with the symmetric FairKL beats eps-SupInfoNCE alone on extremely biased data, at every $\rho$.",
        method=EMPIRICAL,
        pending=LATER,
        share=82,
        standard=Form(
            hypotheses=r"Biased-MNIST encoders at $\rho$ = .99, .997, .999, but the weight: best at .99 on 10,000 training "
            "images left out; five paired seeds; stated when the encoders without it had been seen, none of these seeds with it",
            criteria=met("gain_at_990 > 0", "gain_at_997 > 0", "gain_at_999 > 0"),
            check="contrastive_claims.experiments.claims.debiasing.jeffreys:fair_kl_as_jeffreys",
            control="half the right answers spoilt",
            figure="contrastive_claims.figures.losses_alone:losses_by_rho",
            data=("mnist",),
            presets=("mnist-biased-cpu",),
            setting="Biased-MNIST, small ConvNet, five seeds",
            planted="mistakes put right up to the published accuracy",
            published=PRINTED,
        ),
    ),
    Claim(
        "A18m",
        "ours",
        r"What equal means (Eq. 9-a, 9-b) gain over eps-SupInfoNCE alone is largest at $\rho$ = .999.",
        method=STATISTICAL,
        pending=LATER,
        share=92,
        standard=grows("fair_kl_of_means_by_rho"),
    ),
    Claim(
        "A22",
        "ours",
        "The released penalty debiases by its two linear terms (pull conflicting positives, push aligned "
        "negatives): without the squared gaps of moments they lose at most five points of its gain, and gain "
        "more than these gaps alone.",
        method=STATISTICAL,
        pending=LATER,
        share=80,
        standard=Form(
            hypotheses=r"Biased-MNIST encoders; $\rho = .99$, parts at the weight of the whole, the grid's largest, where "
            "accuracy still rises; debiases: five points above no penalty; five paired seeds (three left it open), 97.5 % "
            "intervals over them and the test points",
            criteria=met("linear_minus_alone > 0.05", "linear_minus_released > -0.05", "linear_minus_matching > 0"),
            check="contrastive_claims.experiments.claims.debiasing.penalty_terms:released_terms_apart",
            control="shuffled bias",
            figure="contrastive_claims.figures.penalties:penalty_parts",
            data=("mnist",),
            presets=("mnist-biased-cpu",),
            setting="Biased-MNIST, small ConvNet, five seeds",
            looks=2,
        ),
    ),
    Claim(
        "A23",
        "ours, a test of this code",
        "Every anchor of every trained encoder lies within the bounds of A2 and A3, and no encoder's loss is "
        "below the optimum of A12.",
        method=NUMERICAL,
        pending=LATER,
        share=10,
        standard=Form(
            hypotheses="the 90 encoders of A24, with and without penalties, kept in float32; 500 anchors of each "
            "on the training and on the test set, in batches of 25 images a class; bounds within "
            "$10^{-4}$ logits",
            criteria=met("violations <= 0", "smallest_loss_gap >= 0"),
            check="contrastive_claims.experiments.claims.debiasing.bounds:bounds_on_encoders",
            control="eps left out",
            figure="contrastive_claims.figures.encoders:bounds_and_optimum",
            data=("mnist",),
            presets=("mnist-biased-cpu",),
        ),
    ),
    Claim(
        "A24",
        "A's released code",
        "eps-SupInfoNCE with the penalty that the released code computes, which is no KL, beats eps-SupInfoNCE "
        r"alone on extremely biased data, at every $\rho$ = .99, .997, .999.",
        method=EMPIRICAL,
        pending=LATER,
        share=99,
        standard=gains(
            "released_penalty",
            r"; its weight is the grid's largest, 100",
            figure="contrastive_claims.figures.debiased:penalties_compared",
        ),
    ),
    Claim(
        "A24m",
        "ours",
        r"What the released penalty gains over eps-SupInfoNCE alone is largest at $\rho$ = .999.",
        method=STATISTICAL,
        pending=LATER,
        share=91,
        standard=grows("released_penalty_by_rho", "contrastive_claims.figures.debiased:debiased_accuracy"),
    ),
    Claim(
        "A27",
        "A, figure of the losses without a penalty",
        r"Without a penalty eps-SupInfoNCE and eps-SupCon are alike in unbiased accuracy for $\rho \leq .997$, and at "
        ".999 eps-SupInfoNCE is better by much more.",
        method=EMPIRICAL,
        pending=LATER,
        share=90,
        standard=losses_alone(
            "losses_by_rho",
            r"Biased-MNIST encoders at three of its four values of $\rho$; alike: the lead of eps-SupInfoNCE is smaller than at "
            ".999; five paired seeds; stated when the encoders of eps-SupInfoNCE had been seen, and none of eps-SupCon",
            "sup_infonce_minus_sup_con_at_999 > 0",
            "lead_at_999_minus_990 > 0",
            "lead_at_999_minus_997 > 0",
            control="eps-SupCon for the other, half its right answers at .999 spoilt",
            planted="eps-SupCon for the other, mistakes put right, most of them at .999",
        ),
    ),
    Claim(
        "A27i",
        "A, figure of the losses without a penalty",
        r"Without a penalty eps-SupInfoNCE leads eps-SupCon in unbiased accuracy by more at $\rho = .999$ than at .995.",
        method=EMPIRICAL,
        pending=LATER,
        share=90,
        standard=losses_alone(
            "losses_by_every_rho",
            r"as A27, all four of the figure's values of $\rho$; stated when the other three had been seen (A27: the lead is the "
            "least at .999), and no encoder without a penalty at .995",
            "lead_at_999_minus_995 > 0",
            control="eps-SupCon for the other, half its right answers at .999 spoilt",
            planted="eps-SupCon for the other, mistakes put right, most of them at .999",
            figure="contrastive_claims.figures.losses_alone:losses_by_rho",
        ),
    ),
    Claim(
        "A28",
        "A, figure of the losses without a penalty",
        r"Without a penalty eps-SupInfoNCE and eps-SupCon are more accurate on unbiased data than cross-entropy, at every "
        r"$\rho$.",
        method=EMPIRICAL,
        pending=LATER,
        share=89,
        standard=losses_alone(
            "beyond_cross_entropy",
            r"Biased-MNIST encoders at three of its four values of $\rho$, cross-entropy by a linear probe too; five paired "
            "seeds, two of them added later; stated when all encoders but those of eps-SupCon had been seen",
            *(
                f"{loss}_minus_cross_entropy_at_{rho} > 0"
                for rho in ("990", "997", "999")
                for loss in ("sup_infonce", "sup_con")
            ),
            control="cross-entropy for both, half its right answers spoilt",
            planted="cross-entropy for both, mistakes put right",
            looks=2,
        ),
    ),
    Claim(
        "A28i",
        "A, figure of the losses without a penalty",
        r"Without a penalty eps-SupInfoNCE and eps-SupCon are more accurate on unbiased data than cross-entropy, at "
        r"$\rho = .995$.",
        method=EMPIRICAL,
        pending=LATER,
        share=89,
        standard=losses_alone(
            "beyond_cross_entropy_between",
            r"as A28, at the one of the figure's values of $\rho$ that it leaves out; stated when those beside it had been seen "
            "(A28), and none of these encoders",
            "sup_infonce_minus_cross_entropy_at_995 > 0",
            "sup_con_minus_cross_entropy_at_995 > 0",
            control="cross-entropy for both, half its right answers spoilt",
            planted="cross-entropy for both, mistakes put right",
        ),
    ),
    Claim(
        "A29",
        "A, table of Biased-MNIST",
        r"eps-SupInfoNCE with FairKL beats cross-entropy, EnD, BiasCon with cross-entropy and BiasBal at every $\rho$, by most "
        "at .999.",
        hypotheses="Biased-MNIST; EnD decorrelates by squared cosines: it is not Eq. 9-a, 9-b",
        method=EMPIRICAL,
        pending=LATER,
        share=87,
        standard=Form(
            hypotheses=r"as A29h, three of its seeds; $\rho$ = .99, .995, .997, .999; weights tuned at .999 and, for all smaller "
            r"$\rho$, at .99; stated after A29h, which had seen those at .999, and none of these seeds before .999",
            criteria=met(
                *(
                    f"released_minus_{name}_at_{rho} > 0"
                    for rho in ("990", "995", "997", "999")
                    for name in ("cross_entropy", "entangle", "bias_contrast", "bias_balanced")
                ),
                *(
                    f"lead_over_{name}_at_999_minus_{rho} > 0"
                    for rho in ("990", "995", "997")
                    for name in ("cross_entropy", "entangle", "bias_contrast", "bias_balanced")
                ),
            ),
            check="contrastive_claims.experiments.claims.debiasing.baselines:released_at_every_rho",
            control="the best baseline at each rho, half its right answers spoilt",
            figure="contrastive_claims.figures.debiased:published_table",
            data=("mnist",),
            presets=("mnist-biased-cpu",),
            setting="Biased-MNIST, small ConvNet, three seeds",
            planted="mistakes put right: up to the published accuracy at .999, just ahead of the best baseline before",
            published=met(
                "accuracy_of_released_at_990 >= 0.9786",
                "accuracy_of_released_at_995 >= 0.97",
                "accuracy_of_released_at_997 >= 0.9408",
                "accuracy_of_released_at_999 >= 0.8955",
            ),
        ),
    ),
    Claim(
        "A30",
        "A, experiments",
        r"Accuracy as a function of $\varepsilon$ has its best value inside the range tried.",
        method=EMPIRICAL,
        pending=LATER,
        share=88,
        standard=losses_alone(
            "epsilon_inside",
            r"Biased-MNIST encoders at $\rho = .99$, but $\varepsilon$ of 0, .25, .5, 1, 2, 4 logits; the best inner one, chosen "
            "on another seed and the other half of the images, against both ends; five paired seeds",
            "best_minus_least > 0",
            "best_minus_largest > 0",
            control="the worse end for the best, half its right answers spoilt",
            planted="the better end for the best, mistakes put right",
            figure="contrastive_claims.figures.losses_alone:accuracy_by_epsilon",
        ),
    ),
    Claim(
        "A27h",
        "A, figure of the losses without a penalty, its hardest setting",
        r"Without a penalty eps-SupInfoNCE has a higher unbiased accuracy than eps-SupCon at $\rho = .999$.",
        method=EMPIRICAL,
        pending=ON_A_GPU,
        paper=at_published_size("losses", "sup_infonce_minus_sup_con > 0"),
    ),
    Claim(
        "A28h",
        "A, figure of the losses without a penalty, its hardest setting",
        r"Without a penalty eps-SupInfoNCE and eps-SupCon have a higher unbiased accuracy than cross-entropy at $\rho = .999$.",
        method=EMPIRICAL,
        pending=ON_A_GPU,
        paper=at_published_size(
            "beyond_cross_entropy", "sup_infonce_minus_cross_entropy > 0", "sup_con_minus_cross_entropy > 0"
        ),
    ),
    Claim(
        "A33a",
        "ours",
        r"At the published size and $\rho = .999$, equal means (Eq. 9-a, 9-b) at weight 10 gain more than five points of "
        "unbiased accuracy over eps-SupInfoNCE alone.",
        method=STATISTICAL,
        pending=ON_A_GPU,
        paper=gains_at_published_size("means", "end"),
    ),
    Claim(
        "A33b",
        "ours",
        r"At the published size and $\rho = .999$, FairKL as a KL (Eq. 9-c, 9-d) at weight $10^{-4}$ gains more than five points "
        "of unbiased accuracy over eps-SupInfoNCE alone.",
        method=STATISTICAL,
        pending=ON_A_GPU,
        paper=gains_at_published_size("kl", "paper"),
    ),
    Claim(
        "A33r",
        "ours",
        r"At the published size and $\rho = .999$, the released code's penalty at weight 100 gains more than five points of "
        "unbiased accuracy over eps-SupInfoNCE alone.",
        method=STATISTICAL,
        pending=ON_A_GPU,
        paper=gains_at_published_size("released", "released"),
    ),
    Claim(
        "A29h",
        "A, table of Biased-MNIST, its hardest setting",
        r"At $\rho = .999$ eps-SupInfoNCE with FairKL has a higher unbiased accuracy than cross-entropy, EnD (Tartaglione et "
        "al.), BiasCon with cross-entropy and BiasBal.",
        method=EMPIRICAL,
        pending=LATER,
        share=95,
        standard=Form(
            hypotheses=r"60,000 images, small ConvNet, 4 epochs; FairKL as released; weights: best on 10,000 training images "
            "left out; BiasCon on ordinary batches, its authors draw rare pairs more often; linear probe, or the classifier of a "
            "baseline; five paired seeds",
            criteria=met(
                "released_minus_cross_entropy > 0",
                "released_minus_entangle > 0",
                "released_minus_bias_contrast > 0",
                "released_minus_bias_balanced > 0",
            ),
            check="contrastive_claims.experiments.claims.debiasing.baselines:released_against_baselines",
            control="the best baseline, half its right answers spoilt",
            figure="contrastive_claims.figures.debiased:beside_published",
            data=("mnist",),
            presets=("mnist-biased-cpu",),
            setting="Biased-MNIST, small ConvNet, five seeds",
            planted="mistakes put right up to the published accuracy",
            published=met("accuracy_of_released >= 0.8955"),
        ),
    ),
    Claim(
        "A35",
        "ours",
        r"Descent on FairKL's KL moves a conflicting distance $d$ away from the aligned ones iff $d - \mu_c > (n-1) v_c "
        r"g/(n(v_a + g^2 - v_c))$: at a gap of ten deviations, of nearly half of them. Equal means move none away.",
        hypotheses=r"the KL of Eq. 9-c with unbiased moments, $g = \mu_c - \mu_a > 0$, $v_a + g^2 > v_c$, $n$ conflicting "
        "distances; 400 random sets against automatic differentiation; Gaussian distances of equal spread",
        criteria=met(
            "worst_relative_error <= 1e-6",
            "mismatched_signs <= 0",
            "pushed_away >= 0.4",
            "pushed_away_by_means <= 0",
        ),
        check="contrastive_claims.experiments.claims.debiasing.kl_mechanism:kl_pushes_away",
        control="the KL the other way round",
        share=3,
    ),
    Claim(
        "A35e",
        "ours",
        "Where FairKL's KL is strong enough to change an encoder, it widens the conflicting distances and, at weights "
        r"$10^{-4}$ and $10^{-3}$, their gap to the aligned ones grows; accuracy falls. Equal means shrink the gap.",
        method=NUMERICAL,
        pending=LATER,
        share=11,
        standard=Form(
            hypotheses=r"Biased-MNIST encoders, $\rho = .99$; positives of the training set; one encoder a weight from $10^{-4}$ "
            "on, against that of the least weight; exploratory: stated after these encoders had been seen",
            criteria=met(
                "smallest_widening > 0",
                "smallest_gap_growth_at_least_weights > 0",
                "least_accuracy_lost > 0.05",
                "largest_gap_growth_by_means < 0",
            ),
            check="contrastive_claims.experiments.claims.debiasing.kl_mechanism:kl_widens_encoders",
            control="aligned and conflicting exchanged",
            figure="contrastive_claims.figures.penalties:kl_mechanism",
            data=("mnist",),
            presets=("mnist-biased-cpu",),
            setting="Biased-MNIST, small ConvNet, one seed",
        ),
    ),
    Claim(
        "A36",
        "A, table of Corrupted CIFAR-10",
        r"eps-SupInfoNCE with FairKL beats eps-SupInfoNCE alone with .5, 1, 2 and 5 % of the samples conflicting "
        r"($\rho$ = .995, .99, .98, .95).",
        method=EMPIRICAL,
        pending=LATER,
        share=86,
        standard=on_corrupted_cifar(
            "released_beside_none", *(f"gain_at_{rho} > 0" for rho in ("950", "980", "990", "995"))
        ),
    ),
    Claim(
        "A36v",
        "A, table of Corrupted CIFAR-10",
        "eps-SupInfoNCE with FairKL beats cross-entropy with .5, 1, 2 and 5 % of the samples conflicting.",
        method=EMPIRICAL,
        pending=LATER,
        share=85,
        standard=on_corrupted_cifar(
            "released_beside_cross_entropy",
            *(f"beyond_cross_entropy_at_{rho} > 0" for rho in ("950", "980", "990", "995")),
        ),
    ),
)

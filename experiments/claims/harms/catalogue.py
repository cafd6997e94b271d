"""Paper B's harms on real data: B9 to B14 (with B11b, without B13: claims.text), B27 to B30 (with B28p, B28q), B32 and B34."""

from __future__ import annotations

from contrastive_claims.experiments.ledger.vocabulary import EMPIRICAL, STATISTICAL, Claim, Form, met

HARMS = "contrastive_claims.experiments.claims.harms.digits:"
REPRESENTATION = "contrastive_claims.experiments.claims.harms.representation:"
ALLOCATION = "contrastive_claims.experiments.claims.harms.allocation:"
LATER = "no quick form: decided on Fashion-MNIST or CIFAR-10 at the standard scale"
FASHION = "Fashion-MNIST, small ConvNet, three seeds"

# What the hypotheses of several claims mean by these names.
SETTINGS: dict[str, str] = {
    "Fashion-MNIST encoders": (
        "1,000 images a class, 10 of the undersampled one; SimCLR, a small ConvNet without a projection head, 10 "
        r"epochs, $\tau = .5$; paired seeds (equal initial weights), three of them unless said"
    ),
    "class after class": (
        "each of the ten classes is undersampled in turn; its neighbour is the class of largest mean cosine over two "
        "balanced encoders of other seeds; strong are the five classes whose neighbour stands out most there"
    ),
    "heads of both protocols": (
        "linear, on 500 training images a class, 5 of the undersampled one; and, as in the released code, on 225 of 300 "
        "held-out images, 2 of the undersampled one, judged on the other 75, in four folds; 95 % intervals over seeds and "
        "test points"
    ),
}


def pretrained(criteria: tuple[str, ...], more: str, published: tuple[str, ...] = ()) -> Form:
    """The standard form of B28p and B28q."""
    return Form(
        hypotheses="CIFAR-10's vehicles, 500 images each, 5 of the undersampled; EfficientNet-Lite0 at 48 pixels, its last two "
        f"blocks learn, SimCLR, 10 epochs, head 256-128; {more}; five paired seeds",
        criteria=met(*criteria),
        check="contrastive_claims.experiments.claims.harms.pretrained:harm_from_imagenet",
        control="merged with planes and ships",
        planted="merged with each other",
        setting="CIFAR-10 vehicles, ImageNet weights, five seeds",
        figure="contrastive_claims.figures.harms:harm_along_pretraining",
        data=("cifar10",),
        presets=("cifar10-harm-pretrained", "cifar10-harm-cpu"),
        published=met(*published),
    )


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "B9",
        "B, harms",
        "Representation harm, without a projection head: an undersampled class moves towards its semantic neighbour: RH towards "
        "it is the row's minimum, and lies below the mean of the rest of the row.",
        hypotheses="scikit-learn's digits, classes 1 and 2 undersampled 20 times, five paired seeds; SimCLR, mild "
        "augmentation, chosen on other seeds so that an effect can show: with a head digit 2's neighbour was usually not the "
        "minimum",
        method=EMPIRICAL,
        criteria=met(
            "digit_1_neighbour_minus_next < 0",
            "digit_2_neighbour_minus_next < 0",
            "digit_1_neighbour_minus_rest < 0",
            "digit_2_neighbour_minus_rest < 0",
        ),
        drift=2e-3,  # rounding in its 25 trainings
        check=HARMS + "representation_harm_digits",
        control="merged with the farthest digit",
        setting="scikit-learn's digits, small ConvNet, five seeds",
        figure="contrastive_claims.figures.harms:harm_rows",
        data=("digits",),
        presets=("digits",),
        share=90,
        standard=Form(
            hypotheses="Fashion-MNIST encoders, class after class; the row's minimum, and RH below 1: on average over the strong "
            "classes; the mean of the rest: on average over all ten; 95 % intervals over seeds and test points",
            criteria=met("neighbour_minus_rest < 0", "strong_neighbour_harm < 1", "strong_neighbour_minus_next < 0"),
            check=REPRESENTATION + "representation_harm_fashion",
            control="merged with the farthest class",
            setting=FASHION,
            figure="contrastive_claims.figures.harms:harm_matrix",
            data=("fashion-mnist",),
            presets=("fashion-harm-cpu",),
        ),
    ),
    Claim(
        "B10",
        "B, harms",
        "Allocation harm: $TE_{ii}$ is strongly negative (here minus the accuracy: a head that sees few images of a class "
        "never predicts it, whatever the encoder), and the mass goes to the same neighbour.",
        method=EMPIRICAL,
        pending=LATER,
        share=89,
        standard=Form(
            hypotheses="Fashion-MNIST encoders, class after class; heads on 500 training images a class, 5 of the "
            "undersampled one; the neighbour's gain is the row's largest: on average over the strong classes; 95 % intervals "
            "over seeds and test points",
            criteria=met(
                "own_effect < 0",
                "head_predicts_it <= 0",
                "head_predicts_it_unharmed <= 0",
                "strong_gain_minus_next > 0",
            ),
            check=ALLOCATION + "allocation_harm_fashion",
            control="gains exchanged with the farthest class",
            setting=FASHION,
            figure="contrastive_claims.figures.allocation:total_effects",
            data=("fashion-mnist",),
            presets=("fashion-harm-cpu",),
        ),
    ),
    Claim(
        "B11",
        "B, harms",
        "Representation harm is partly responsible for allocation harm: $NIE_{ii} < 0$, and TE = NIE - rNDE.",
        method=EMPIRICAL,
        pending=LATER,
        share=30,
        standard=Form(
            hypotheses="Fashion-MNIST encoders, class after class; means over the ten classes; heads of both protocols",
            criteria=met("own_indirect < 0", "own_indirect_held_out < 0", "identity_error <= 1e-12"),
            check=ALLOCATION + "indirect_effect_fashion",
            control="all of the class recognised",
            setting=FASHION,
            figure="contrastive_claims.figures.allocation:indirect_effects",
            data=("fashion-mnist",),
            presets=("fashion-harm-cpu",),
        ),
    ),
    Claim(
        "B11b",
        "B, harms",
        "Of the allocation harm about 8 to 22 % pass through the representation (NIE/TE).",
        method=EMPIRICAL,
        pending=LATER,
        share=30,
        standard=Form(
            hypotheses="Fashion-MNIST encoders, class after class; ratio of means over the ten classes; heads of both protocols",
            criteria=met("share >= 0.08", "share <= 0.22", "share_held_out >= 0.08", "share_held_out <= 0.22"),
            check=ALLOCATION + "share_through_representation",
            control="all of the class recognised",
            setting=FASHION,
            planted="15 % of the class taken for its neighbour",
            published=met("share >= 0.08", "share_held_out >= 0.08"),
            figure="contrastive_claims.figures.allocation:shares",
            data=("fashion-mnist",),
            presets=("fashion-harm-cpu",),
        ),
    ),
    Claim(
        "B12",
        "B, harms",
        "Under SimSiam (behind its projection, as released) and BCL too an undersampled class moves towards its neighbour, more "
        "than towards the rest; BCL only softens it (its RH lies above SimCLR's).",
        method=EMPIRICAL,
        pending=LATER,
        share=60,
        standard=Form(
            hypotheses="Fashion-MNIST encoders; boots, and the class of strongest neighbour outside their pair; "
            r"BCL at $\tau = .5$, SimSiam for 30 epochs (10 had left it open), its features shown beside, not judged; 97.5 % "
            "intervals over seeds and test points",
            criteria=met(
                "simsiam_neighbour_minus_rest < 0",
                "bcl_neighbour_minus_rest < 0",
                "bcl_minus_simclr > 0",
            ),
            check="contrastive_claims.experiments.claims.harms.methods:harm_under_other_methods",
            control="merged with the farthest class",
            setting=FASHION,
            looks=2,
            figure="contrastive_claims.figures.harms:harm_by_method",
            data=("fashion-mnist",),
            presets=("fashion-harm-cpu",),
        ),
    ),
    Claim(
        "B12s",
        "B, harms",
        "Under SimSiam, compared behind its projection as in the released code, an undersampled class moves towards its "
        "neighbour, and more than towards the rest.",
        method=EMPIRICAL,
        pending=LATER,
        share=60,
        standard=Form(
            hypotheses="Fashion-MNIST encoders of SimSiam, 30 epochs; ankle boots (towards sneakers) and trousers (towards "
            "dresses), the pairs that B12 declares, each 100 times fewer; five paired seeds that B12 did not see, 95 % "
            "intervals over seeds and test points",
            criteria=met("neighbour_minus_rest < 0", "neighbour_harm < 1"),
            check="contrastive_claims.experiments.claims.harms.methods:harm_under_simsiam",
            control="merged with the farthest class",
            setting="Fashion-MNIST, small ConvNet, five seeds",
            figure="contrastive_claims.figures.harms:harm_by_method",
            data=("fashion-mnist",),
            presets=("fashion-harm-cpu",),
            planted="merged with the neighbour",
        ),
    ),
    Claim(
        "B14",
        "ours",
        "On real data RH rises towards 1 (less harm) as the temperature falls.",
        method=STATISTICAL,
        pending=LATER,
        share=61,
        standard=Form(
            hypotheses=r"Fashion-MNIST encoders; RH(boot, sneaker), boots undersampled, $\tau$ = .1, .2, .5, 1, each with its "
            "own balanced encoders; by .001 per halving on average; 95 % intervals over seeds and test points; exploratory: from "
            ".5 to 1 RH rises instead",
            criteria=met("slope_per_doubling <= -0.001", "distance_gained > 0"),
            check="contrastive_claims.experiments.claims.harms.temperature:harm_against_temperature",
            control="merged at the lowest temperature",
            figure="contrastive_claims.figures.mitigation:harm_by_temperature",
            data=("fashion-mnist",),
            presets=("fashion-harm-cpu",),
            setting=FASHION,
        ),
    ),
    Claim(
        "B27",
        "ours",
        "At equal epochs, counting every class alike in the loss, drawing every class alike, and a temperature of .1 in place "
        "of .5 each raise the RH of undersampled ankle boots towards sneakers.",
        method=STATISTICAL,
        pending=LATER,
        share=40,
        standard=Form(
            hypotheses="Fashion-MNIST encoders; B14 asks the same encoders for a trend up to a temperature of 1; 95 % intervals "
            "over seeds and test points",
            criteria=met("reweighted_loss_rise > 0", "balanced_draws_rise > 0", "temperature_0.1_rise > 0"),
            check="contrastive_claims.experiments.claims.harms.mitigation:mitigations_at_equal_budget",
            setting=FASHION,
            control="merged where mitigated",
            figure="contrastive_claims.figures.mitigation:mitigations",
            data=("fashion-mnist",),
            presets=("fashion-harm-cpu",),
        ),
    ),
    Claim(
        "B28",
        "B, harms",
        "On CIFAR-10 automobiles and trucks, each undersampled 100 times, move towards each other, and more than "
        "towards other classes.",
        method=EMPIRICAL,
        pending=LATER,
        share=100,
        standard=Form(
            hypotheses="vehicles only, 2,500 images each, 25 of the undersampled; SimCLR, 40 epochs (second look, after 10), "
            r"$\tau = .5$; RH of centred embeddings .98; all ten classes, 5 epochs: undecided; published RH .78 and .83 (ResNet, "
            "500 epochs)",
            criteria=met("pair_harm < 1", "pair_minus_rest < 0", "pair_minus_next < 0"),
            check="contrastive_claims.experiments.claims.harms.cifar:harm_on_cifar",
            control="merged with planes and ships",
            setting="CIFAR-10 vehicles, small ConvNet, three seeds",
            looks=2,
            published=met("pair_harm <= 0.832"),
            figure="contrastive_claims.figures.harms:harm_by_setting",
            data=("cifar10",),
            presets=("cifar10-harm-cpu",),
        ),
        paper=Form(
            hypotheses="all ten classes, 5,000 images each, 50 of the undersampled; SimCLR as published but from fresh weights, "
            "ResNet-34, 500 epochs, features before the head; three paired seeds; 95 % intervals over seeds and test points",
            criteria=met("pair_harm < 1", "pair_minus_rest < 0", "pair_minus_next < 0"),
            check="contrastive_claims.experiments.claims.harms.published_size:harm_at_published_size",
            control="merged with planes and ships",
            planted="merged with each other",
            setting="CIFAR-10, published size, three seeds",
            published=met("pair_harm <= 0.806"),
            figure="",
            data=("cifar10",),
            presets=("cifar10-simclr-paper",),
        ),
    ),
    Claim(
        "B28p",
        "B, harms, from ImageNet weights",
        "In an encoder that begins from ImageNet weights automobiles and trucks, each undersampled 100 times, move towards each "
        "other, and more than towards other classes.",
        method=EMPIRICAL,
        pending=LATER,
        share=98,
        standard=pretrained(
            ("pair_harm < 1", "pair_minus_rest < 0", "pair_minus_next < 0"),
            "features; published RH .78 and .83 (ResNet, 500 epochs)",
            published=("pair_harm <= 0.832",),
        ),
    ),
    Claim(
        "B28q",
        "ours",
        "There the harm is a merger: of their separation automobiles and trucks keep less than .8, less than of that from any "
        "other class; behind the projection head their RH is below .95, and below that of the rest.",
        method=STATISTICAL,
        pending=LATER,
        share=97,
        standard=pretrained(
            (
                "pair_kept < 0.8",
                "pair_kept_minus_next < 0",
                "pair_harm_behind_head < 0.95",
                "pair_minus_rest_behind_head < 0",
            ),
            "separation of features as in B30",
        ),
    ),
    Claim(
        "B28t",
        "B, harms, from ImageNet weights",
        "From ImageNet weights and among all ten classes too, automobiles and trucks, each undersampled 100 times, move towards "
        "each other, and more than towards other classes.",
        method=EMPIRICAL,
        pending=LATER,
        share=96,
        standard=Form(
            hypotheses="CIFAR-10, 500 images of each class, 5 of the undersampled; EfficientNet-Lite0 at 48 pixels, its last two "
            "blocks learn, SimCLR, 10 epochs, head 256-128; features; published .78, .83 (ResNet, 500 epochs); three paired "
            "seeds, Student's intervals",
            criteria=met("pair_harm < 1", "pair_minus_rest < 0", "pair_minus_next < 0"),
            check="contrastive_claims.experiments.claims.harms.pretrained:harm_among_ten",
            control="merged with planes and ships",
            planted="merged with each other",
            setting="CIFAR-10, ImageNet weights, three seeds",
            figure="contrastive_claims.figures.harms:harm_rows_of_pair",
            data=("cifar10",),
            presets=("cifar10-harm-pretrained",),
            published=met("pair_harm <= 0.832"),
        ),
    ),
    Claim(
        "B29",
        "ours",
        "The block model of a graph of raw images names the class that an undersampled class moves towards, for at least four "
        "of ten classes (guessing: one of nine); it names no more of them than counting the ties between classes does.",
        method=STATISTICAL,
        pending=LATER,
        share=20,
        standard=Form(
            hypotheses="500 images a class joined to 10 nearest in pixels; named: the nearest block as the share "
            r"vanishes, $\tau = .5$; moves towards: the least entry of its mean row of RH, Fashion-MNIST encoders of B9; counts: "
            "from what is certain to what may be",
            criteria=met("hits >= 4", "hits_minus_ties <= 0", "chance <= 0.05"),
            check="contrastive_claims.experiments.claims.harms.partners:collapse_partners",
            setting=FASHION,
            control="classes shuffled",
            figure="contrastive_claims.figures.partners:collapse_partners",
            data=("fashion-mnist",),
            presets=("fashion-harm-cpu",),
        ),
    ),
    Claim(
        "B30",
        "ours",
        "An RH far below 1 need not be a merger: undersampled sneakers move to an RH below .7 towards sandals "
        "and keep three quarters of their separation from them; boots, at such an RH towards sneakers, keep less "
        "than half.",
        method=STATISTICAL,
        pending=LATER,
        share=30,
        standard=Form(
            hypotheses="Fashion-MNIST encoders; separation: squared distance of class means over the variances; "
            "four seeds of their own, trained after B9's had shown it; 95 % intervals over seeds and "
            "test points",
            criteria=met("sneaker_harm < 0.7", "sneaker_kept > 0.75", "boot_harm < 0.7", "boot_kept < 0.5"),
            check="contrastive_claims.experiments.claims.harms.mergers:mergers",
            setting="Fashion-MNIST, small ConvNet, four seeds",
            control="balanced",
            figure="contrastive_claims.figures.mergers:moves_and_mergers",
            data=("fashion-mnist",),
            presets=("fashion-harm-cpu",),
        ),
    ),
    Claim(
        "B34",
        "ours",
        "Ratios (RH, separation kept) foretell what a balanced head loses on an undersampled class, and rank the wrong way how "
        "well it recognises it: the classes that move most are recognised best. Separation itself ranks that rightly.",
        method=STATISTICAL,
        pending=LATER,
        share=25,
        standard=Form(
            hypotheses="Fashion-MNIST encoders, class after class; the least entry of each row; rank correlations over "
            "the ten classes; Student's 95 % intervals over seeds; exploratory: stated after these encoders had been seen",
            criteria=met(
                "fall_by_RH > 0",
                "fall_by_separation_kept > 0",
                "accuracy_by_RH < 0",
                "accuracy_by_separation_kept < 0",
                "accuracy_by_separation > 0",
            ),
            check="contrastive_claims.experiments.claims.harms.measures:measures_of_harm",
            control="order of the accuracies reversed",
            figure="contrastive_claims.figures.mergers:measures_of_harm",
            data=("fashion-mnist",),
            presets=("fashion-harm-cpu",),
            setting=FASHION,
        ),
    ),
    Claim(
        "B32",
        "ours",
        "Three numbers are called RankMe: of the singular values as printed, of centred ones, of the covariance's eigenvalues. "
        "The last never exceeds the second, nor the participation ratio the last; on one data set they differ twofold.",
        hypotheses="400 random matrices, as widely used packages compute them; the data set: scikit-learn's digits, unit rows",
        criteria=met(
            "slack >= -1e-9",
            "error <= 1e-4",
            "ratio >= 1.9",
            "closest_two >= 0.1",
            "epsilon_adds <= 0.01",
        ),
        check="contrastive_claims.experiments.claims.harms.effective_rank:effective_rank_names",
        control="roots for eigenvalues",
        data=("digits",),
    ),
)

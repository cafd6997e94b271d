"""Paper B's text half: B13 on news, on glosses, by gender, and what we say beside it."""

from __future__ import annotations

from contrastive_claims.experiments.ledger.vocabulary import EMPIRICAL, STATISTICAL, Claim, Criterion, Form, met

REPRESENTATION = "contrastive_claims.experiments.claims.text.representation:"
LATER = "no quick form: decided on AG News and WordNet's glosses at the standard scale"
SAME_AS_B9 = met(
    "neighbour_minus_rest < 0", "strong_neighbour_harm < 1", "strong_neighbour_minus_next < 0", "groups_moved > 0"
)
MOVES = met("neighbour_harm < 1", "neighbour_minus_rest < 0", "groups_moved > 0")
SHUFFLED, PULLED = "labels shuffled", "each group pulled towards its partner"
SPEECH = "all speech, small transformer, five seeds"
NEWS, GLOSSES = "AG News, small transformer, five seeds", "WordNet glosses, small transformer, five seeds"
FIGURE = "contrastive_claims.figures.text:"

SETTINGS: dict[str, str] = {
    "text encoders": (
        "one layer of width 64, from scratch; SimCSE at equal steps, half of the subwords dropped in each pass "
        r"(dropped features alone teach nothing), $\tau = .5$; each group undersampled 100 times in turn; five paired seeds"
    ),
    "encoders of all speech": (
        r"one layer of width 32, from scratch; SimCSE at 700 steps, $\tau = .2$, three tenths of the subwords dropped (chosen "
        "on a balanced encoder of another seed); each group undersampled 100 times in turn; five paired seeds"
    ),
    "partners of groups": (
        "the group of largest mean cosine over two balanced encoders of other seeds; strong is the half of the "
        "groups whose partner stands out most there"
    ),
}


def harm(check: str, setting: str, data: str, criteria: tuple[Criterion, ...], hypotheses: str) -> Form:
    """The standard form of a claim about RH: what all of them share."""
    return Form(
        hypotheses=hypotheses + "; 95 % intervals over seeds and test points",
        criteria=criteria,
        check=REPRESENTATION + check,
        control=SHUFFLED,
        planted=PULLED,
        setting=setting,
        figure=FIGURE + "harm_of_groups",
        data=(data,),
        presets=(),
    )


def partners(check: str, setting: str, data: tuple[str, ...], hypotheses: str, figure: str = "") -> Form:
    """The standard form of a claim about predicted partners."""
    return Form(
        hypotheses=hypotheses
        + "; moves towards: the least entry of its mean row of RH; counts: from what is certain to what may be",
        criteria=met("chance <= 0.05", "hits_minus_ties <= 0"),
        check="contrastive_claims.experiments.claims.text.partners:" + check,
        control="moves away from the graph's partner",
        planted="moves as the graph says",
        setting=setting,
        figure=figure,
        data=data,
        presets=(),
    )


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "B13",
        "B, text",
        "SimCSE with an underrepresented group shows the same collapse.",
        hypotheses="plants among 400 glosses each of four kinds (docstrings of packages where WordNet is absent), "
        "undersampled 100 times; 80 steps; as B9 asks, partners of groups, 95 % intervals over seeds and test points",
        method=EMPIRICAL,
        criteria=SAME_AS_B9,
        drift=5e-2,  # rounding in its 17 trainings, and the installed packages where these are the corpus
        check=REPRESENTATION + "harm_quick",
        control=SHUFFLED,
        planted=PULLED,
        setting=GLOSSES,
        figure=FIGURE + "harm_of_groups",
        data=("wordnet",),
        packages=("tokenizers",),
        share=30,
        standard=harm(
            "harm_on_news",
            NEWS,
            "ag_news",
            SAME_AS_B9,
            "the four topics of AG News, 1,200 articles each, text encoders, partners of groups; as B9 asks",
        ),
    ),
    Claim(
        "B13w",
        "B, text",
        "The same on WordNet's glosses, grouped by lexicographer file.",
        method=EMPIRICAL,
        pending=LATER,
        share=30,
        packages=("tokenizers",),
        standard=harm(
            "harm_on_glosses",
            GLOSSES,
            "wordnet",
            SAME_AS_B9,
            "seven files of nouns, 1,600 glosses each, text encoders, partners of groups (the taxonomy's beside); as B9 "
            "asks",
        ),
    ),
    Claim(
        "B13v",
        "B, text",
        "The same on WordNet's glosses of all parts of speech: adjectives, adverbs, people, animals, plants and verbs.",
        method=EMPIRICAL,
        pending=LATER,
        share=30,
        packages=("tokenizers",),
        standard=harm(
            "harm_by_speech",
            SPEECH,
            "wordnet-all",
            SAME_AS_B9,
            "seven lexicographer files, 1,650 glosses each, encoders of all speech, partners of groups (WordNet's pointers' "
            "beside); as B9 asks",
        ),
    ),
    Claim(
        "B13t",
        "B, text",
        "Undersampled, a group of WordNet's glosses moves towards the group that WordNet's own taxonomy names, more than towards "
        "the rest.",
        method=EMPIRICAL,
        pending=LATER,
        share=30,
        packages=("tokenizers",),
        standard=harm(
            "harm_towards_taxonomy",
            GLOSSES,
            "wordnet",
            MOVES,
            "as B13w (text encoders), but the partner shares most hypernyms; worded after B13w's seeds had shown it, "
            "decided on five others; means over the seven groups",
        ),
    ),
    Claim(
        "B13g",
        "B, text",
        "Women underrepresented in an occupation move towards the men of that occupation, more than towards others.",
        method=EMPIRICAL,
        pending=LATER,
        share=30,
        packages=("tokenizers",),
        standard=harm(
            "harm_to_women",
            "WordNet people, small transformer, five seeds",
            "wordnet",
            MOVES,
            "WordNet's named leaders and performers among 8,600 people, about 20 women each, 10 times fewer; text "
            "encoders else; 12 held out of each group",
        ),
    ),
    Claim(
        "B13k",
        "ours",
        "An undersampled group of documents loses separation from its partner and from the rest alike, and balanced "
        "heads recognise fewer of it (NIE below 0).",
        method=STATISTICAL,
        pending=LATER,
        share=60,
        packages=("tokenizers",),
        standard=Form(
            hypotheses="AG News and WordNet's glosses, text encoders, partners of groups; means over all groups; 95 "
            "% intervals over seeds and test points",
            criteria=met(
                "news_kept < 1",
                "news_kept_rest < 1",
                "news_indirect < 0",
                "glosses_kept < 1",
                "glosses_kept_rest < 1",
                "glosses_indirect < 0",
            ),
            check=REPRESENTATION + "separation_lost",
            control="encoders exchanged",
            setting="two corpora, small transformer, five seeds",
            figure=FIGURE + "what_groups_lose",
            data=("ag_news", "wordnet"),
            presets=(),
        ),
    ),
    Claim(
        "B13p",
        "ours",
        "The block model of a graph of lexical neighbours names the group that an undersampled one moves towards, "
        "for more groups than guessing would; it names no more of them than counting the ties does.",
        method=STATISTICAL,
        pending=LATER,
        share=60,
        packages=("tokenizers",),
        standard=Form(
            hypotheses="500 documents a group joined to 10 nearest by tf-idf, AG News and WordNet's glosses; moves "
            "towards: the least entry of its mean row of RH, text encoders; counts: from what is certain to what may be",
            criteria=met("chance <= 0.05", "hits_minus_ties <= 0"),
            check="contrastive_claims.experiments.claims.text.partners:text_partners",
            control="moves away from the graph's partner",
            planted="moves as the graph says",
            setting="two corpora, small transformer, five seeds",
            figure=FIGURE + "partners_of_groups",
            data=("ag_news", "wordnet"),
            presets=(),
        ),
    ),
    Claim(
        "B13q",
        "ours",
        "The same on glosses of all parts of speech.",
        method=STATISTICAL,
        pending=LATER,
        share=30,
        packages=("tokenizers",),
        standard=partners(
            "speech_partners",
            SPEECH,
            ("wordnet-all",),
            "500 documents of each of B13v's seven groups joined to 10 nearest by tf-idf, encoders of all speech",
            FIGURE + "partners_of_groups",
        ),
    ),
    Claim(
        "B13j",
        "ours",
        "Over images and texts together, 28 groups of four data sets, the block model of a graph of neighbours names where an "
        "undersampled group goes more often than guessing would, and no more often than counting ties does.",
        method=STATISTICAL,
        pending=LATER,
        share=90,
        packages=("tokenizers",),
        standard=partners(
            "partners_of_all",
            "four data sets, small encoders",
            ("ag_news", "wordnet-all", "fashion-mnist"),
            "graphs and encoders of B29, B13p and B13q; worded with the rows of all but B13q known",
        ),
    ),
)

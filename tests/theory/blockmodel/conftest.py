"""What Hypothesis draws when a test asks for ``from_type(BlockModel)``: up to five blocks, shares down to about 1e-3."""

import numpy as np
from hypothesis import strategies as st

from theory.blockmodel import BlockModel


@st.composite
def block_models(draw):
    blocks = draw(st.integers(2, 5))
    sizes = np.array(draw(st.lists(st.floats(0.005, 1), min_size=blocks, max_size=blocks)))
    alpha = np.zeros((blocks, blocks))
    for k in range(blocks):
        alpha[k, k] = draw(st.sampled_from([0.95, 0.5, 1.0]))
        for m in range(k):
            alpha[k, m] = alpha[m, k] = draw(st.sampled_from([0.0, 0.1, 0.4, 0.9]))
    return BlockModel(sizes / sizes.sum(), alpha)


st.register_type_strategy(BlockModel, block_models())

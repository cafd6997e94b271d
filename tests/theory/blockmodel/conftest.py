"""What Hypothesis draws when a test asks for ``from_type(BlockModel)``: up to five blocks, shares down to about 1e-3."""

from hypothesis import strategies as st

from contrastive_claims.theory.blockmodel import BlockModel
from contrastive_claims.theory.laws.strategies import block_models

st.register_type_strategy(BlockModel, block_models())

"""The shapes that functions of theory promise for their results are checked while tests run: a wrong one is refused."""

import importlib
import sys
import textwrap

import jaxtyping
import numpy as np
import pytest
from jaxtyping import install_import_hook

MODULE = """
    import numpy as np
    from jaxtyping import Float

    def gram(vectors) -> Float[np.ndarray, "n n"]:
        return vectors @ vectors.T

    def wrong(vectors) -> Float[np.ndarray, "n n"]:
        return vectors
"""


def test_a_result_of_another_shape_is_refused(tmp_path, monkeypatch, request):
    (tmp_path / "shaped.py").write_text(textwrap.dedent(MODULE))
    monkeypatch.syspath_prepend(tmp_path)
    checker = request.config.pluginmanager.get_plugin(str(request.config.rootpath / "tests" / "conftest.py"))
    with install_import_hook("shaped", f"{checker.__name__}.shapes_of_results"):
        shaped = importlib.import_module("shaped")
    try:
        assert shaped.gram(np.ones((2, 3))).shape == (2, 2)
        with pytest.raises(jaxtyping.TypeCheckError, match="Expected type"):
            shaped.wrong(np.ones((2, 3)))
    finally:
        sys.modules.pop("shaped", None)

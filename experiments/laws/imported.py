"""A function by its name, MODULE:FUNCTION, from the working directory or what is installed. Its code runs: that is the point."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


def imported(name: str) -> Callable[..., Any]:
    """The function, class or module (torch.nn) that "module:function" names; the module may lie in the working directory.

    Raises ValueError, one sentence, where it is not so written, the module is not there or raises, it has no such name (the
    nearest are told), or what bears the name cannot be called.
    """
    module, colon, attribute = name.partition(":")
    if not colon or not module or not attribute:
        raise ValueError(f"{name!r}: write MODULE:FUNCTION, such as my_losses:my_loss")
    if module.endswith(".py") or "/" in module:
        advice = module.removesuffix(".py").strip("./").replace("/", ".")
        raise ValueError(f"{name!r}: name the module, not its file: {advice}:{attribute}")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        found = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is not None and (module == error.name or module.startswith(f"{error.name}.")):
            raise ValueError(f"{name!r}: no module {error.name} here ({here}) or installed") from error
        raise ValueError(f"{name!r}: importing {module} needs {error.name}, which is not installed") from error
    except Exception as error:
        said = " ".join(str(error).split())
        raise ValueError(f"{name!r}: importing {module} raised {type(error).__name__}: {said[:200]}") from error
    if not hasattr(found, attribute):
        near = difflib.get_close_matches(attribute, [one for one in vars(found) if one[0] != "_"], n=3, cutoff=0.4)
        raise ValueError(f"{name!r}: {module} has no {attribute}" + (f"; nearest: {', '.join(near)}" if near else ""))
    if not callable(getattr(found, attribute)):
        raise ValueError(f"{name!r}: {attribute} is a {type(getattr(found, attribute)).__name__}, not a function")
    return getattr(found, attribute)
